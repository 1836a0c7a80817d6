/// Reads big-endian numbers from a slice; every step is bounded.
struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>
    private let name: String

    init(_ bytes: ArraySlice<UInt8>, _ name: String) {
        rest = bytes
        self.name = name
    }

    /// The next bytes.
    mutating func bytes(_ count: Int, _ field: String) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else {
            throw LDSError(
                .truncated, "\(name) has \(rest.count) bytes where \(count) are needed", field: field,
                offset: rest.startIndex)
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// The next number of up to four bytes.
    mutating func number(_ count: Int, _ field: String) throws -> Int {
        try bytes(min(count, 4), field).reduce(0) { $0 << 8 | Int($1) }
    }
}
