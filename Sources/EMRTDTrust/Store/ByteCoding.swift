/// Writes numbers big endian, and texts and bytes with their length before them.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
    }

    mutating func count(_ value: Int) { number(UInt32(clamping: value)) }

    mutating func data(_ value: some Collection<UInt8>) {
        count(value.count)
        bytes += value
    }

    mutating func raw(_ value: some Sequence<UInt8>) { bytes += value }

    mutating func text(_ value: String) { data(Array(value.utf8)) }

    mutating func optional<Value>(_ value: Value?, _ write: (inout ByteWriter, Value) -> Void) {
        number(UInt8(value == nil ? 0 : 1))
        if let value { write(&self, value) }
    }
}

/// Reads what ``ByteWriter`` wrote. Every length is checked against what is left.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var remaining: Int { bytes.endIndex - position }

    private var damaged: TrustError { TrustError(.storeChanged, "the file ends too early or holds a wrong number") }

    mutating func raw(_ count: Int) throws(TrustError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw damaged }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func number<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(TrustError) -> Value {
        var value: Value = 0
        for byte in try raw(Value.bitWidth / 8) { value = value << 8 | Value(truncatingIfNeeded: byte) }
        return value
    }

    /// A number of things that take at least `size` bytes each.
    mutating func count(size: Int) throws(TrustError) -> Int {
        let value = Int(try number(UInt32.self))
        guard value <= remaining / max(1, size) else { throw damaged }
        return value
    }

    mutating func data() throws(TrustError) -> [UInt8] { Array(try raw(count(size: 1))) }

    mutating func text() throws(TrustError) -> String { String(decoding: try raw(count(size: 1)), as: UTF8.self) }

    mutating func optional<Value>(
        _ read: (inout ByteReader) throws(TrustError) -> Value
    ) throws(TrustError) -> Value? { try number(UInt8.self) == 0 ? nil : read(&self) }

    mutating func choice<Value: RawRepresentable>(_: Value.Type = Value.self) throws(TrustError) -> Value
    where Value.RawValue == String {
        guard let value = Value(rawValue: try text()) else { throw damaged }
        return value
    }
}
