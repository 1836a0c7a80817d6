/// A command APDU in any of the seven cases of ISO/IEC 7816-3, 12.1.3: 1, 2S, 3S, 4S, 2E, 3E and 4E.
public struct CommandAPDU: Sendable, Hashable {
    /// Class byte.
    public var cla: UInt8
    /// Instruction byte.
    public var ins: UInt8
    /// First parameter byte.
    public var p1: UInt8
    /// Second parameter byte.
    public var p2: UInt8
    /// The command data field, 0 to 65,535 bytes.
    public var data: [UInt8]
    /// Ne: the most response bytes expected, 1 to 65,536; `nil` when none are expected (no Le field).
    public var expectedLength: Int?
    /// Whether the extended length form is used even where the short one would do. Longer fields always use it.
    public var forcesExtendedLength: Bool

    /// Creates a command. Lengths are checked by ``encoded()``.
    public init(
        cla: UInt8 = 0, ins: UInt8, p1: UInt8 = 0, p2: UInt8 = 0, data: [UInt8] = [], expectedLength: Int? = nil,
        forcesExtendedLength: Bool = false
    ) {
        self.cla = cla
        self.ins = ins
        self.p1 = p1
        self.p2 = p2
        self.data = data
        self.expectedLength = expectedLength
        self.forcesExtendedLength = forcesExtendedLength
    }

    /// CLA, INS, P1 and P2.
    public var header: [UInt8] { [cla, ins, p1, p2] }

    /// Whether ``encoded()`` gives the extended form.
    public var isExtended: Bool {
        (forcesExtendedLength && (!data.isEmpty || expectedLength != nil)) || data.count > 255
            || (expectedLength ?? 0) > 256
    }

    /// The bytes of the command.
    ///
    /// - Throws: ``ISO7816Error`` `invalidAPDU` for more than 65,535 data bytes or an Ne outside 1 to 65,536.
    public func encoded() throws -> [UInt8] {
        guard data.count <= 0xFFFF else {
            throw ISO7816Error(.invalidAPDU, "\(data.count) data bytes, 65535 are the most")
        }
        if let expectedLength, !(1...0x10000).contains(expectedLength) {
            throw ISO7816Error(.invalidAPDU, "Ne is \(expectedLength), 1 to 65536 can be asked for")
        }
        var out = header
        if isExtended {
            out.append(0)
            if !data.isEmpty { out += [UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data }
            if let expectedLength {
                out += [UInt8(truncatingIfNeeded: expectedLength >> 8), UInt8(truncatingIfNeeded: expectedLength)]
            }
        } else {
            if !data.isEmpty { out += [UInt8(data.count)] + data }
            if let expectedLength { out.append(UInt8(truncatingIfNeeded: expectedLength)) }
        }
        return out
    }

    /// Parses a command in any of the seven cases.
    ///
    /// - Throws: ``ISO7816Error`` `invalidAPDU` where the length fields do not fit the number of bytes.
    public init(parsing bytes: [UInt8]) throws {
        guard bytes.count >= 4 else { throw ISO7816Error(.invalidAPDU, "a command of \(bytes.count) bytes") }
        let body = bytes[4...]
        let wrong = ISO7816Error(
            .invalidAPDU, "the length fields do not fit a command of \(bytes.count) bytes", offset: 4)
        func ne(_ high: UInt8, _ low: UInt8) -> Int {
            let value = Int(high) << 8 | Int(low)
            return value == 0 ? 0x10000 : value
        }
        var data: [UInt8] = []
        var expected: Int?
        var extended = false
        if body.isEmpty {
            // Case 1.
        } else if body.count == 1 {
            expected = body[4] == 0 ? 256 : Int(body[4])
        } else if body[4] != 0 {
            let count = Int(body[4])
            switch body.count {
            case 1 + count: break
            case 2 + count: expected = bytes[5 + count] == 0 ? 256 : Int(bytes[5 + count])
            default: throw wrong
            }
            data = Array(bytes[5..<(5 + count)])
        } else if body.count == 3 {
            extended = true
            expected = ne(bytes[5], bytes[6])
        } else {
            extended = true
            guard body.count > 3 else { throw wrong }
            let count = Int(bytes[5]) << 8 | Int(bytes[6])
            guard count > 0 else { throw wrong }
            switch body.count {
            case 3 + count: break
            case 5 + count: expected = ne(bytes[7 + count], bytes[8 + count])
            default: throw wrong
            }
            data = Array(bytes[7..<(7 + count)])
        }
        self.init(
            cla: bytes[0], ins: bytes[1], p1: bytes[2], p2: bytes[3], data: data, expectedLength: expected,
            forcesExtendedLength: extended)
    }
}

extension CommandAPDU {
    /// SELECT by application identifier, first occurrence, without response data (Doc 9303-10, 3.6.1).
    public static func select(application aid: [UInt8]) -> CommandAPDU {
        CommandAPDU(ins: 0xA4, p1: 0x04, p2: 0x0C, data: aid)
    }

    /// SELECT of an elementary file under the current directory, without response data (Doc 9303-10, 3.6.2).
    public static func select(file identifier: UInt16) -> CommandAPDU {
        CommandAPDU(ins: 0xA4, p1: 0x02, p2: 0x0C, data: [UInt8(identifier >> 8), UInt8(identifier & 0xFF)])
    }

    /// READ BINARY of the current file at an offset of at most 0x7FFF (ISO/IEC 7816-4, 11.2.3).
    public static func readBinary(offset: Int, length: Int) -> CommandAPDU {
        CommandAPDU(
            ins: 0xB0, p1: UInt8(truncatingIfNeeded: (offset >> 8) & 0x7F), p2: UInt8(truncatingIfNeeded: offset),
            expectedLength: length)
    }

    /// READ BINARY by short file identifier (1 to 30) at an offset of at most 0xFF; selects the file as well.
    public static func readBinary(shortFileIdentifier: UInt8, offset: UInt8, length: Int) -> CommandAPDU {
        CommandAPDU(ins: 0xB0, p1: 0x80 | shortFileIdentifier, p2: offset, expectedLength: length)
    }

    /// READ BINARY with odd instruction B1 of the current file at any offset: the offset goes out in DO'54', the data
    /// comes back in DO'53' (ISO/IEC 7816-4, 11.2.3). `length` counts the whole response data field.
    public static func readBinaryOdd(offset: Int, length: Int) -> CommandAPDU {
        var bytes: [UInt8] = []
        for shift in [24, 16, 8] where offset >> shift != 0 { bytes.append(UInt8(truncatingIfNeeded: offset >> shift)) }
        bytes.append(UInt8(truncatingIfNeeded: offset))
        return CommandAPDU(ins: 0xB1, data: TLV.encode(0x54, bytes), expectedLength: length)
    }
}
