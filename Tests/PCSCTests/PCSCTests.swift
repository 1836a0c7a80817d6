import EMRTDPCSC
import Foundation
import ISO7816
import Testing

/// The library against a real pcscd with the virtual reader; run by `make test-pcsc`.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PCSCTests {
    @Test func listsReaders() async throws {
        try VirtualReader.require(readers: 2)
        #expect(try PCSC.readers().map(\.name) == VirtualReader.slots)
        #expect(try PCSC.readers().allSatisfy { !$0.isCardPresent && $0.atr.isEmpty })
        try await VirtualReader.withCard(slot: 1) { _ in
            try await VirtualReader.wait(slot: 1, forCard: true)
            let reader = try #require(try PCSC.readers().last)
            #expect(reader.isCardPresent && !reader.isCardMute && reader.atr == VirtualCard.atr)
        }
    }

    @Test func givesDetailsOfAReader() throws {
        try VirtualReader.require(readers: 2)
        let details = try PCSC.details(ofReader: "00 01")
        #expect(details.name == VirtualReader.slots[1])
        // vpcd knows no feature request.
        #expect(details.maximumCommandLength == nil && details.supportsExtendedLength == nil)
        #expect(throws: CardChannelError(.noReader)) { try PCSC.details(ofReader: "ACR1252") }
    }

    @Test func noCardInTime() async throws {
        try VirtualReader.require(readers: 2)
        await #expect(throws: CardChannelError(.noCard)) { try await PCSC.waitForCard(timeout: .milliseconds(300)) }
        await #expect(throws: CardChannelError(.noCard)) { try await PCSC.waitForCard(timeout: .zero) }
        await #expect(throws: CardChannelError(.noCard)) { try await PCSC.waitForCard(timeout: .seconds(-1)) }
    }

    @Test func unknownReaderName() async throws {
        try VirtualReader.require(readers: 2)
        let error = await #expect(throws: CardChannelError.self) {
            try await PCSC.waitForCard(reader: "ACS ACR1252", timeout: .milliseconds(300))
        }
        #expect(error?.code == .noReader)
        #expect(error?.reason.contains("ACS ACR1252") == true)
    }

    @Test func cardInsertedLater() async throws {
        try VirtualReader.require(readers: 2)
        let waiting = Task { try await PCSC.waitForCard(timeout: .seconds(20)) }
        try await Task.sleep(for: .milliseconds(300))
        try await VirtualReader.withCard(slot: 1) { _ in
            let connection = try await waiting.value
            #expect(connection.properties.readerName == VirtualReader.slots[1])
            #expect(connection.properties.atr == VirtualCard.atr)
            #expect(connection.properties.maximumCommandLength == nil)
            #expect(connection.properties.supportsExtendedLength == nil)
            await connection.close()
        }
    }

    @Test func waitsForTheReaderAskedFor() async throws {
        try await VirtualReader.withCard(slot: 0) { _ in
            try await VirtualReader.wait(slot: 0, forCard: true)
            await #expect(throws: CardChannelError(.noCard)) {
                try await PCSC.waitForCard(reader: "virtual pcd 00 01", timeout: .milliseconds(300))
            }
        }
    }

    @Test(arguments: [1, 2, 255, 256, 257, 4096, 65_000, 65_533])
    func transmits(length: Int) async throws {
        try await VirtualReader.withCard { _ in
            let connection = try await VirtualReader.connect()
            let command = CommandAPDU.readBinary(offset: 0, length: length)
            let response = try await connection.transmit(command.encoded())
            #expect(response == VirtualCard.pattern(length) + [0x90, 0x00])
            await connection.close()
        }
    }

    @Test(arguments: [1, 255, 256, 5000, 65_000])
    func transmitsLongCommands(length: Int) async throws {
        try await VirtualReader.withCard { _ in
            let connection = try await VirtualReader.connect()
            let command = CommandAPDU(ins: 0xD6, data: VirtualCard.pattern(length))
            let response = try await connection.transmit(command.encoded())
            #expect(response == VirtualCard.pattern(length) + [0x90, 0x00])
            await connection.close()
        }
    }

    @Test func refusesWhatIsNoCommand() async throws {
        try await VirtualReader.withCard { card in
            let connection = try await VirtualReader.connect()
            for command in [[], [0, 0xB0, 0], [UInt8](repeating: 0, count: 70_000)] as [[UInt8]] {
                await #expect(throws: CardChannelError(.transmissionFailed)) { try await connection.transmit(command) }
            }
            #expect(card.commandCount == 0)
            _ = try await connection.transmit([0, 0xB0, 0, 0, 1])
            await connection.close()
        }
    }

    @Test func responseWithoutStatusWord() async throws {
        try await VirtualReader.withCard(answer: { _ in .response([0x90]) }) { _ in
            let connection = try await VirtualReader.connect()
            await #expect(throws: CardChannelError.self) { try await connection.transmit([0, 0xB0, 0, 0, 1]) }
            await connection.close()
        }
    }

    @Test func cardRemovedInTheMiddleOfACommand() async throws {
        try await VirtualReader.withCard(answer: { $0[1] == 0xB0 ? .leave : .response([0x90, 0]) }) { _ in
            let connection = try await VirtualReader.connect()
            #expect(try await connection.transmit([0, 0xA4, 0, 0]) == [0x90, 0])
            await #expect(throws: CardChannelError(.cardRemoved)) { try await connection.transmit([0, 0xB0, 0, 0, 0]) }
            await #expect(throws: CardChannelError(.cardRemoved)) { try await connection.transmit([0, 0xA4, 0, 0]) }
            await #expect(throws: CardChannelError(.cardRemoved)) { try await connection.reset() }
            await connection.close()
        }
    }

    @Test func cardRemovedBetweenCommands() async throws {
        try await VirtualReader.withCard { card in
            let connection = try await VirtualReader.connect()
            card.remove()
            try await VirtualReader.wait(forCard: false)
            await #expect(throws: CardChannelError(.cardRemoved)) { try await connection.transmit([0, 0xB0, 0, 0, 1]) }
            await connection.close()
            await #expect(throws: CardChannelError(.closed)) { try await connection.transmit([0, 0xB0, 0, 0, 1]) }
        }
    }

    @Test func resets() async throws {
        try await VirtualReader.withCard { card in
            let connection = try await VirtualReader.connect()
            let before = card.resetCount
            try await connection.reset()
            try await connection.reset()
            #expect(card.resetCount == before + 2)
            #expect(try await connection.transmit([0, 0xB0, 0, 0, 2]) == [0, 1, 0x90, 0])
            await connection.close()
            #expect(card.resetCount > before + 2, "the card is reset when it is given back")
        }
    }

    @Test func closes() async throws {
        try await VirtualReader.withCard { card in
            let connection = try await VirtualReader.connect()
            let before = card.resetCount
            await connection.close()
            #expect(card.resetCount == before + 1)
            await connection.close()
            #expect(card.resetCount == before + 1)
            await #expect(throws: CardChannelError(.closed)) { try await connection.transmit([0, 0xB0, 0, 0, 1]) }
            await #expect(throws: CardChannelError(.closed)) { try await connection.reset() }
        }
    }

    @Test func closesItselfWhenForgotten() async throws {
        try await VirtualReader.withCard { card in
            var connection: PCSCConnection? = try await VirtualReader.connect()
            _ = try await connection?.transmit([0, 0xB0, 0, 0, 1])
            let before = card.resetCount
            connection = nil
            let second = try await VirtualReader.connect()
            #expect(card.resetCount > before)
            await second.close()
        }
    }

    @Test func anotherProgramHasTheReaderExclusively() async throws {
        try await VirtualReader.withCard { _ in
            try await VirtualReader.wait(forCard: true)
            let holder = try CardHolder("exclusive")
            #expect(try PCSC.readers().first?.isExclusivelyUsed == true)
            let error = await #expect(throws: CardChannelError.self) {
                try await VirtualReader.connect(busyTimeout: .milliseconds(300))
            }
            #expect(error?.code == .readerBusy)
            #expect(error?.reason.contains("SCardConnect") == true)
            // It lets go while we wait.
            let waiting = Task { try await VirtualReader.connect(busyTimeout: .seconds(20)) }
            try await Task.sleep(for: .milliseconds(200))
            try holder.end()
            let connection = try await waiting.value
            #expect(try await connection.transmit([0, 0xB0, 0, 0, 2]) == [0, 1, 0x90, 0])
            await connection.close()
        }
    }

    @Test func anotherProgramHasATransaction() async throws {
        try await VirtualReader.withCard { card in
            try await VirtualReader.wait(forCard: true)
            let holder = try CardHolder("transaction")
            let error = await #expect(throws: CardChannelError.self) {
                try await VirtualReader.connect(busyTimeout: .milliseconds(300))
            }
            #expect(error?.code == .readerBusy)
            #expect(error?.reason.contains("SCardConnect") == true)
            try holder.end()
            // The attempt that was given up gives the card back by itself.
            let connection = try await VirtualReader.connect(busyTimeout: .seconds(20))
            #expect(try await connection.transmit([0, 0xB0, 0, 0, 2]) == [0, 1, 0x90, 0])
            await connection.close()
        }
    }

    @Test func oneTransactionForTheWholeSession() async throws {
        try await VirtualReader.withCard { card in
            let first = try await VirtualReader.connect()
            _ = try await first.transmit([0, 0xB0, 0, 0, 1])
            await #expect(throws: CardChannelError(.readerBusy)) {
                try await VirtualReader.connect(busyTimeout: .milliseconds(300))
            }
            try await first.reset()
            let waiting = Task { try await VirtualReader.connect(busyTimeout: .seconds(20)) }
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await first.transmit([0, 0xB0, 0, 0, 1]) == [0, 0x90, 0])
            await first.close()
            let second = try await waiting.value
            #expect(try await second.transmit([0, 0xB0, 0, 0, 1]) == [0, 0x90, 0])
            await second.close()
        }
    }

    @Test func cancelledWhileWaiting() async throws {
        try VirtualReader.require(readers: 2)
        let task = Task { try await PCSC.waitForCard(timeout: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: CardChannelError(.closed)) { try await task.value }
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await PCSC.waitForCard(timeout: .seconds(60))
        }
        await #expect(throws: CardChannelError(.closed)) { try await late.value }
    }

    @Test func cancelledInTheMiddleOfACommand() async throws {
        let gate = DispatchSemaphore(value: 0)
        try await VirtualReader.withCard(answer: { _ in .later(gate, [0x90, 0]) }) { card in
            let connection = try await VirtualReader.connect()
            let before = card.resetCount
            let task = Task { try await connection.transmit([0, 0xB0, 0, 0, 1]) }
            while card.commandCount == 0 { try await Task.sleep(for: .milliseconds(10)) }
            task.cancel()
            gate.signal()
            await #expect(throws: CardChannelError(.closed)) { try await task.value }
            #expect(card.resetCount > before, "the session is dead, so the card is reset")
            await #expect(throws: CardChannelError(.closed)) { try await connection.transmit([0, 0xB0, 0, 0, 1]) }
            #expect(card.commandCount == 1)
        }
    }

    @Test func cancelledBeforeACommand() async throws {
        try await VirtualReader.withCard { card in
            let connection = try await VirtualReader.connect()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await connection.transmit([0, 0xB0, 0, 0, 1])
            }
            await #expect(throws: CardChannelError(.closed)) { try await task.value }
            #expect(card.commandCount == 0)
        }
    }

    @Test func givesEachInsertedCardOnce() async throws {
        try VirtualReader.require(readers: 2)
        var cards = PCSC.insertedCards(reader: "Virtual PCD").makeAsyncIterator()
        try await VirtualReader.withCard(slot: 0) { _ in
            let first = try #require(try await cards.next())
            #expect(first.properties.readerName == VirtualReader.slots[0])
            await first.close()
            // The card stays where it is; one in the other slot is the next.
            try await VirtualReader.withCard(slot: 1) { _ in
                let second = try #require(try await cards.next())
                #expect(second.properties.readerName == VirtualReader.slots[1])
                await second.close()
            }
        }
        try await VirtualReader.withCard(slot: 0) { _ in
            let third = try #require(try await cards.next())
            #expect(third.properties.readerName == VirtualReader.slots[0])
            await third.close()
        }
    }

    @Test func manyCommandsInARow() async throws {
        try await VirtualReader.withCard { card in
            let connection = try await VirtualReader.connect()
            for index in 1...500 {
                let length = index % 200 + 1
                let response = try await connection.transmit([0, 0xB0, 0, 0, UInt8(length)])
                #expect(response.count == length + 2)
            }
            #expect(card.commandCount == 500)
            await connection.close()
        }
    }

    @Test func serviceIsNotThere() async {
        await #expect(processExitsWith: .success) {
            setenv("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm", 1)
            let error = #expect(throws: CardChannelError.self) { try PCSC.readers() }
            #expect(error?.code == .serviceUnavailable)
            #expect(error?.reason.contains("SCardEstablishContext") == true)
            await #expect(throws: CardChannelError(.serviceUnavailable)) {
                try await PCSC.waitForCard(timeout: .seconds(5))
            }
        }
    }
}
