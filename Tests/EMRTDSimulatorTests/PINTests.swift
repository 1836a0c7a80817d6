import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import Testing

/// The counter of the PIN (TR-03110-2, 2.5; TR-03110-3, B.11 and B.12): three tries, suspended with one left, blocked without.
@Suite("PIN and PUK of the chip")
struct PINTests {
    private static let oid = "800A04007F00070202040202"

    /// What MSE:Set AT answers for the PIN; the run that it begins goes no further.
    private func status(_ terminal: TestTerminal) -> String { terminal.send("0022C1A40F" + Self.oid + "830103") }

    private func wrong(
        _ terminal: TestTerminal, resumes: Bool = false, expecting code: ProtocolError.Code
    ) async throws -> StatusWord? {
        let error = await #expect(throws: ProtocolError.self) {
            try await terminal.pace(.pin, "000000", resumes: resumes)
        }
        #expect(error?.code == code)
        return error?.statusWord
    }

    @Test func opens() async throws {
        for reference in PACEPasswordReference.allCases {
            let terminal = try TestTerminal.identityCard()
            try await terminal.pace(reference)
            try await terminal.selectApplication()
            #expect(try await terminal.read("EF.COM").first == 0x60)
        }
    }

    @Test func suspendedResumedAndBlocked() async throws {
        let terminal = try TestTerminal.identityCard()
        #expect(status(terminal) == "9000")
        #expect(try await wrong(terminal, expecting: .wrongPassword) == 0x63C2)
        #expect(status(terminal) == "63C2")
        terminal.reset()
        #expect(status(terminal) == "63C2", "a reset forgets no try")
        #expect(try await wrong(terminal, expecting: .wrongPassword) == 0x63C1)
        #expect(status(terminal) == "63C1")
        #expect(terminal.send("10860000027C0000") == "6985", "suspended: not without the CAN")
        await #expect(throws: ProtocolError(.passwordSuspended, "", step: "")) { try await terminal.pace(.pin) }

        // Not with the MRZ either, nor with the CAN of a session that is over.
        try await terminal.pace(.mrz)
        await #expect(throws: ProtocolError.self) { try await terminal.pace(.pin, resumes: true) }
        terminal.reset()
        try await terminal.pace(.can)
        terminal.reset()
        await #expect(throws: ProtocolError.self) { try await terminal.pace(.pin, resumes: true) }

        terminal.reset()
        try await terminal.pace(.can)
        try await terminal.pace(.pin, resumes: true)
        try await terminal.selectApplication()
        terminal.reset()
        #expect(status(terminal) == "9000", "the right PIN gives all tries back")

        for _ in 0..<2 { _ = try await wrong(terminal, expecting: .wrongPassword) }
        try await terminal.pace(.can)
        _ = try await wrong(terminal, resumes: true, expecting: .passwordBlocked)
        terminal.reset()
        #expect(status(terminal) == "63C0")
        #expect(terminal.send("10860000027C0000") == "6983")
        try await terminal.pace(.can)
        await #expect(throws: ProtocolError(.passwordBlocked, "", step: "")) {
            try await terminal.pace(.pin, resumes: true)
        }
    }

    @Test func unblocking() async throws {
        let terminal = try TestTerminal.identityCard()
        for _ in 0..<2 { _ = try await wrong(terminal, expecting: .wrongPassword) }
        try await terminal.pace(.can)
        _ = try await wrong(terminal, resumes: true, expecting: .passwordBlocked)
        let unblock = CommandAPDU(ins: 0x2C, p1: 0x03, p2: 0x03)

        terminal.reset()
        #expect(terminal.send("002C0303") == "6982")
        try await terminal.pace(.can)
        #expect(try await terminal.status(unblock) == .securityStatusNotSatisfied)
        terminal.reset()
        await #expect(throws: ProtocolError(.wrongPassword, "", step: "")) {
            try await terminal.pace(.puk, "0000000000")
        }
        try await terminal.pace(.puk)
        #expect(try await terminal.status(unblock) == .success)
        terminal.reset()
        #expect(status(terminal) == "9000")
        try await terminal.pace(.pin)

        // Ten times in all.
        terminal.reset()
        try await terminal.pace(.puk)
        for _ in 0..<9 { #expect(try await terminal.status(unblock) == .success) }
        #expect(try await terminal.status(unblock) == .authenticationMethodBlocked)
        terminal.reset()
        #expect(terminal.send("0022C1A40F" + Self.oid + "830104") == "9000")
        #expect(terminal.send("10860000027C0000") == "6983", "the PUK is used up")
    }

    @Test func newPIN() async throws {
        let terminal = try TestTerminal.identityCard()
        func change(_ digits: String, p2: UInt8 = 0x03) -> CommandAPDU {
            CommandAPDU(ins: 0x2C, p1: 0x02, p2: p2, data: Array(digits.utf8))
        }
        try await terminal.pace(.can)
        #expect(try await terminal.status(change("161803")) == .securityStatusNotSatisfied)
        terminal.reset()
        try await terminal.pace(.pin)
        #expect(try await terminal.status(change("12")) == .incorrectData)
        #expect(try await terminal.status(change("12345x")) == .incorrectData)
        #expect(try await terminal.status(change("161803", p2: 0x02)) == .incorrectP1P2)
        #expect(try await terminal.status(change("161803")) == .success)
        terminal.reset()
        await #expect(throws: ProtocolError(.wrongPassword, "", step: "")) { try await terminal.pace(.pin) }
        try await terminal.pace(.pin, "161803")
    }

    @Test func otherPasswordsAreNeverBlocked() async throws {
        let terminal = try TestTerminal.identityCard()
        for reference in [PACEPasswordReference.mrz, .can, .puk] {
            for _ in 0..<12 {
                let error = await #expect(throws: ProtocolError.self) { try await terminal.pace(reference, "000001") }
                #expect(error?.statusWord == .authenticationFailed)
            }
            try await terminal.pace(reference)
            terminal.reset()
        }
    }

    /// A run that ends before the token says nothing of the password, and costs no try.
    @Test func abandonedRunsCostNothing() throws {
        let terminal = try TestTerminal.identityCard()
        for _ in 0..<5 {
            #expect(status(terminal) == "9000")
            #expect(terminal.send("10860000027C0000").hasSuffix("9000"))
            #expect(terminal.send("10860000037C018100") == "6A80")
        }
        #expect(status(terminal) == "9000")
    }

    @Test func passwordsThatNoDocumentHas() throws {
        let changes: [(PersonalisationError.Code, (inout PersonalisationOptions) -> Void)] = [
            (.invalidCharacter, { $0.personalIdentificationNumber = "123" }),
            (.invalidCharacter, { $0.personalIdentificationNumber = "12345a" }),
            (.invalidCharacter, { $0.pinUnblockingKey = "" }),
            (.invalidOption, { $0.personalIdentificationNumber = nil }),
            (.invalidOption, { ($0.pace, $0.supportsBAC) = ([], true) }),
        ]
        for (code, change) in changes {
            #expect(throws: PersonalisationError(code, "")) { try TestTerminal.identityCard(change) }
        }
        let passport = try TestTerminal.passport()
        #expect(status(passport) == "6A88" && passport.send("002C0303") == "6D00")
    }
}
