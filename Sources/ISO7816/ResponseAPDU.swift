/// A response APDU: data field and status word (ISO/IEC 7816-4, 5.1).
public struct ResponseAPDU: Sendable, Hashable {
    /// The response data field, 0 to 65,536 bytes (more only where GET RESPONSE put several together).
    public var data: [UInt8]
    /// SW1-SW2.
    public var statusWord: StatusWord

    /// Creates a response.
    public init(data: [UInt8] = [], statusWord: StatusWord = .success) {
        self.data = data
        self.statusWord = statusWord
    }

    /// Parses a response.
    ///
    /// - Throws: ``ISO7816Error`` `invalidAPDU` for fewer than two bytes.
    public init(parsing bytes: [UInt8]) throws {
        guard bytes.count >= 2 else { throw ISO7816Error(.invalidAPDU, "a response of \(bytes.count) bytes") }
        data = Array(bytes[..<(bytes.count - 2)])
        statusWord = StatusWord(UInt16(bytes[bytes.count - 2]) << 8 | UInt16(bytes[bytes.count - 1]))
    }

    /// The bytes of the response.
    public var encoded: [UInt8] { data + [statusWord.sw1, statusWord.sw2] }
}
