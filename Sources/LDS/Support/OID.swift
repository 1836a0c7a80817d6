/// An ASN.1 object identifier as its encoded bytes, without tag and length (ISO/IEC 8825-1, 8.19).
public struct OID: Sendable, Hashable, CustomStringConvertible {
    /// The content bytes of the encoding, 1 to 128 of them.
    public let encoded: [UInt8]

    /// Takes over content bytes.
    ///
    /// - Throws: ``LDSError`` `invalidValue` where they are empty, longer than 128 bytes, cut off inside an arc, or hold an
    ///   arc with leading zero bits (80).
    public init(encoded: some Collection<UInt8>) throws {
        let bytes = Array(encoded)
        guard (1...128).contains(bytes.count), (bytes.last ?? 0x80) & 0x80 == 0 else {
            throw LDSError(.invalidValue, "an object identifier of \(bytes.count) bytes is empty, too long or cut off")
        }
        var startsArc = true
        for byte in bytes {
            guard !(startsArc && byte == 0x80) else {
                throw LDSError(.invalidValue, "an arc of an object identifier starts with zero bits")
            }
            startsArc = byte & 0x80 == 0
        }
        self.encoded = bytes
    }

    /// Reads dotted decimal such as `"2.23.136.1.1.5"`; `nil` for anything else, and for arcs above 2^63 - 1.
    public init?(_ dotted: String) {
        let parts = dotted.split(separator: ".", omittingEmptySubsequences: false)
        let arcs = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(part) : nil
        }
        guard arcs.count == parts.count, (2...64).contains(arcs.count), arcs[0] <= 2, arcs[0] == 2 || arcs[1] < 40,
            arcs.allSatisfy({ $0 <= UInt64(Int64.max) - 80 })
        else { return nil }
        self.init(arcs: arcs)
    }

    /// Dotted decimal; an arc above 64 bits gives the hexadecimal content instead.
    public var description: String {
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in encoded {
            guard arc >> 57 == 0 else { return encoded.map(Self.hexadecimal).joined() }
            arc = arc << 7 | UInt64(byte & 0x7F)
            if byte & 0x80 == 0 {
                if arcs.isEmpty {
                    let root = min(arc / 40, 2)
                    arcs = [root, arc - root * 40]
                } else {
                    arcs.append(arc)
                }
                arc = 0
            }
        }
        return arcs.map(String.init).joined(separator: ".")
    }

    /// An identifier known at compile time.
    package init(_ first: UInt64, _ second: UInt64, _ rest: UInt64...) { self.init(arcs: [first, second] + rest) }

    /// This identifier with more arcs below it.
    package func appending(_ arcs: UInt64...) -> OID { OID(unchecked: encoded + arcs.flatMap(Self.encode)) }

    /// The last arc and the identifier above it, where the last arc fits one byte.
    var parentAndLastArc: (parent: ArraySlice<UInt8>, last: UInt8)? {
        guard encoded.count >= 2, let last = encoded.last, encoded[encoded.count - 2] & 0x80 == 0 else { return nil }
        return (encoded.dropLast(), last)
    }

    private init(arcs: [UInt64]) {
        let head = arcs.count > 1 ? arcs[0] &* 40 &+ arcs[1] : 0
        encoded = Self.encode(head) + arcs.dropFirst(2).flatMap(Self.encode)
    }

    private init(unchecked bytes: [UInt8]) { encoded = bytes }

    private static func encode(_ arc: UInt64) -> [UInt8] {
        var out = [UInt8(arc & 0x7F)]
        var rest = arc >> 7
        while rest > 0 {
            out.insert(0x80 | UInt8(rest & 0x7F), at: 0)
            rest >>= 7
        }
        return out
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
