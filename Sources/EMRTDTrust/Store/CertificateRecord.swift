import EMRTDCrypto
import ISO7816

/// What a store keeps of one certificate beside its bytes, so that loading parses none.
struct CertificateRecord: Sendable {
    /// Facts of the certificate alone.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt16

        /// ``Certificate/mayBeCSCA``.
        static let mayBeCSCA = Flags(rawValue: 1)
        /// The certificate itself carries ``TestPKIMark``.
        static let hasTestMark = Flags(rawValue: 2)
        /// It says that it may sign certificates, and nothing in it is critical and unknown.
        static let mayIssue = Flags(rawValue: 4)
        /// It does not say so, nor the contrary: to be tolerated of a root (``Leniency/cscaNotMarkedAsCA``), of nothing else.
        static let mayIssueAsRoot = Flags(rawValue: 8)
    }

    /// ``CertificateStanding`` with a position instead of a fingerprint.
    struct Standing: Sendable, Hashable {
        enum Signature: UInt8, Sendable { case valid = 1, invalid, issuerUnknown, unsupported }

        var signature: Signature
        /// The position of the certificate whose key made the signature, or -1.
        var issuer: Int32
        var isAnchored = false
        var isVerified = false
        var isTestPKI = false
    }

    /// Where the certificate is in the store's bytes.
    let range: Range<Int>
    /// 32 bytes.
    let sha256: [UInt8]
    let flags: Flags
    /// Hashes (``KeyIndex/hash(_:)``) of the subject key identifier, where there is one; of the normalised subject, the serial
    /// number without superfluous zeros, and the bits of the public key.
    let subjectKeyIdentifier: UInt64?
    let subject: UInt64
    let serialNumber: UInt64
    let publicKey: UInt64
    /// The position in the store's table of source sets.
    var sourceSet: Int
    /// `nil` until it was computed.
    var standing: Standing?

    init(
        range: Range<Int>, sha256: [UInt8], flags: Flags, subjectKeyIdentifier: UInt64?, subject: UInt64,
        serialNumber: UInt64, publicKey: UInt64, sourceSet: Int, standing: Standing?
    ) {
        self.range = range
        self.sha256 = sha256
        self.flags = flags
        self.subjectKeyIdentifier = subjectKeyIdentifier
        self.subject = subject
        self.serialNumber = serialNumber
        self.publicKey = publicKey
        self.sourceSet = sourceSet
        self.standing = standing
    }

    init(_ certificate: Certificate, sha256: [UInt8], range: Range<Int>, sourceSet: Int) {
        var flags: Flags = []
        let usage = certificate.extensions.keyUsage
        let maySign = usage?.contains(CertificateExtensions.keyCertSignBit) ?? true
        if certificate.mayBeCSCA { flags.insert(.mayBeCSCA) }
        if certificate.isTestPKI { flags.insert(.hasTestMark) }
        if certificate.extensions.unknownCritical.isEmpty, !certificate.extensions.hasMalformedConstraint {
            if certificate.isCapableOfSigningCertificates { flags.insert(.mayIssue) }
            if maySign { flags.insert(.mayIssueAsRoot) }
        }
        self.init(
            range: range, sha256: sha256, flags: flags,
            subjectKeyIdentifier: certificate.extensions.subjectKeyIdentifier.map { KeyIndex.hash($0) },
            subject: certificate.subject.normalisedHash,
            serialNumber: Self.serialKey(certificate.serialBytes),
            publicKey: KeyIndex.hash(certificate.subjectKey.keyBytes), sourceSet: sourceSet, standing: nil)
    }

    /// The key of a serial number in ``TrustStoreContents/bySerialNumber``.
    static func serialKey(_ serial: some Collection<UInt8>) -> UInt64 { KeyIndex.hash(serial.drop { $0 == 0 }) }
}
