/// An entry of a revocation list (RFC 5280, 5.1.2.6 and 5.3).
public struct RevokedCertificate: Sendable, Hashable {
    /// Why a certificate was revoked (RFC 5280, 5.3.1). New ones may be added in any release.
    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        /// The number in the list.
        public let number: Int

        init(_ number: Int) { self.number = number }

        /// The standard's name, or the number.
        public var description: String { Self.names[number] ?? "reason \(number)" }

        private static let names = [
            0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
            5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn",
            10: "aACompromise",
        ]
    }

    /// The serial number's integer bytes as they came.
    public let serialNumber: [UInt8]
    /// When it was revoked, or `nil` where the date cannot be read.
    public let date: Timestamp?
    /// Why, where the list says so.
    public let reason: Reason?
    /// Since when the key is suspected, where the list says so.
    public let invalidityDate: Timestamp?
}
