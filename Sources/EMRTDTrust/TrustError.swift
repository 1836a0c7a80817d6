import EMRTDCrypto

/// An error of the trust layer: what was wrong, and where.
///
/// Errors compare by ``code`` alone. The reason never holds the contents of a document, only names of fields, lengths, offsets
/// and object identifiers. A signature that does not verify is not an error but a ``CheckResult``.
public struct TrustError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``TrustError``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// The bytes are not the ASN.1 structure that they should be.
        public static let malformed = Code("malformed")
        /// More bytes, elements or nesting than this library accepts.
        public static let limitExceeded = Code("limitExceeded")
        /// A signed message or list of another type than the one expected, or of a form that is not supported.
        public static let wrongContent = Code("wrongContent")
        /// A signature or hash algorithm that this library does not know.
        public static let unsupportedAlgorithm = Code("unsupportedAlgorithm")
        /// A signature or hash algorithm that is known to be broken (MD2, MD4, MD5).
        public static let forbiddenAlgorithm = Code("forbiddenAlgorithm")
        /// A public key that cannot be used: unknown type, invalid point, invalid modulus.
        public static let unusableKey = Code("unusableKey")
        /// An elliptic curve that is none of the standardised ones.
        public static let unknownCurve = Code("unknownCurve")
        /// libcrypto failed: no memory, or an algorithm is not available in this build. Nothing follows for what was read.
        public static let internalFailure = Code("internalFailure")
        /// A file or directory cannot be read.
        public static let unreadableFile = Code("unreadableFile")
        /// A file holds something else than certificates.
        public static let notACertificate = Code("notACertificate")
        /// The file of a trust store was changed outside of this library, or damaged.
        public static let storeChanged = Code("storeChanged")
        /// The file of a trust store was written by another version of this library.
        public static let storeVersion = Code("storeVersion")
        /// Another process is changing the trust store.
        public static let storeBusy = Code("storeBusy")
        /// A trust store cannot be written.
        public static let unwritableFile = Code("unwritableFile")
    }

    /// The kind of error.
    public let code: Code
    /// A sentence that says what was wrong.
    public let reason: String
    /// The structure, field or file in which the problem was seen, such as `EF.SOD, signerInfos`.
    public let location: String?

    /// Creates an error.
    public init(_ code: Code, _ reason: String = "", location: String? = nil) {
        self.code = code
        self.reason = reason
        self.location = location
    }

    /// Two errors are equal when their codes are.
    public static func == (a: TrustError, b: TrustError) -> Bool { a.code == b.code }

    /// Hashes the code only, in step with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// Why a key could not be made: `refusal` where the key is to blame, ``Code/internalFailure`` where libcrypto failed.
    static func ofKey(_ error: any Error, or refusal: @autoclosure () -> TrustError) -> TrustError {
        switch (error as? CryptoError)?.code {
        case .internalFailure?: return TrustError(.internalFailure, "libcrypto failed", location: refusal().location)
        case .unavailableCurve?:
            let reason = (error as? CryptoError)?.reason ?? ""
            return TrustError(.unsupportedAlgorithm, reason, location: refusal().location)
        default: return refusal()
        }
    }

    /// The code, the reason and the place, for a log.
    public var description: String {
        var text = code.description
        if !reason.isEmpty { text += ": " + reason }
        if let location { text += " (in \(location))" }
        return text
    }
}
