package import EMRTDCrypto
package import ISO7816

/// Secure messaging, chip side (Doc 9303-11, 9.8): opens each command, protects each response.
package final class SecureMessagingChip {
    /// Why a protected command was refused; the chip answers with the status word in clear and ends its session (9.8.9).
    package struct Refusal: Error {
        package let statusWord: StatusWord
    }

    private let context: SecureMessagingContext

    package init(context: SecureMessagingContext) { self.context = context }

    /// Checks and opens a protected command.
    ///
    /// - Throws: ``Refusal`` with 6987 where an object is missing, 6988 where one is wrong.
    package func open(_ command: CommandAPDU) throws -> CommandAPDU {
        try context.step()
        guard let objects = try? TLV.parseAll(command.data[...]) else {
            throw Refusal(statusWord: .secureMessagingObjectsIncorrect)
        }
        guard let mac = objects.last, mac.tag == 0x8E else { throw Refusal(statusWord: .secureMessagingObjectsMissing) }
        let covered = command.data[..<mac.encoded.startIndex]
        guard mac.value.count == 8,
            constantTimeEqual(try context.mac(header: command.header, body: covered), mac.value)
        else { throw Refusal(statusWord: .secureMessagingObjectsIncorrect) }
        var plain = command
        plain.cla &= ~0x0C
        plain.data = []
        plain.expectedLength = nil
        plain.forcesExtendedLength = false
        var seen: Set<Tag> = []
        for object in objects.dropLast() {
            guard seen.insert(object.tag).inserted else { throw Refusal(statusWord: .secureMessagingObjectsIncorrect) }
            switch (object.tag, command.ins & 1 == 1) {
            case (0x87, false):
                guard object.value.first == 0x01 else { throw Refusal(statusWord: .secureMessagingObjectsIncorrect) }
                plain.data = try decrypt(object.value.dropFirst())
            case (0x85, true): plain.data = try decrypt(object.value)
            case (0x97, _):
                switch object.value.count {
                case 1: plain.expectedLength = object.value.first.map { $0 == 0 ? 256 : Int($0) }
                case 2:
                    let value = object.value.reduce(0) { $0 << 8 | Int($1) }
                    plain.expectedLength = value == 0 ? 0x10000 : value
                    plain.forcesExtendedLength = true
                default: throw Refusal(statusWord: .secureMessagingObjectsIncorrect)
                }
            default: throw Refusal(statusWord: .secureMessagingObjectsIncorrect)
            }
        }
        return plain
    }

    /// Protects a response to a command with the instruction `ins`.
    package func protect(_ response: ResponseAPDU, ins: UInt8) throws -> ResponseAPDU {
        try context.step()
        var objects: [UInt8] = []
        if !response.data.isEmpty {
            let cryptogram = try context.encrypt(response.data)
            objects += ins & 1 == 1 ? TLV.encode(0x85, cryptogram) : TLV.encode(0x87, [0x01] + cryptogram)
        }
        objects += TLV.encode(0x99, [response.statusWord.sw1, response.statusWord.sw2])
        objects += TLV.encode(0x8E, try context.mac(body: objects))
        return ResponseAPDU(data: objects, statusWord: response.statusWord)
    }

    private func decrypt(_ cryptogram: ArraySlice<UInt8>) throws -> [UInt8] {
        do { return try context.decrypt(cryptogram) } catch {
            throw Refusal(statusWord: .secureMessagingObjectsIncorrect)
        }
    }
}
