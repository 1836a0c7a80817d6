package import EMRTDCrypto
import EMRTDTrust
public import LDS

/// A test PKI for Terminal Authentication that lives as long as one program run: country verifying CA, document verifier and
/// inspection system, each with a key on brainpoolP256r1 and ECDSA with SHA-256 (Doc 9303-11, 7.1; TR-03110-3, appendix C).
public struct TerminalPKI: Sendable {
    /// The self-signed certificate of the country verifying CA: the chip's trust point.
    public let certificationAuthority: [UInt8]
    /// The certificate of the document verifier.
    public let documentVerifier: [UInt8]
    /// The certificate of the inspection system.
    public let inspectionSystem: [UInt8]
    /// The key of the inspection system.
    package let terminalKey: PrivateKey

    /// The rights of an inspection system (TR-03110-4, 2.2.3.1): one bit each.
    public struct Rights: OptionSet, Sendable {
        /// The two lowest bits of the certificate holder authorization.
        public let rawValue: UInt8

        /// Creates rights from their bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Reading DG3.
        public static let fingerprints = Rights(rawValue: 1)
        /// Reading DG4.
        public static let irises = Rights(rawValue: 2)
    }

    /// Makes the three keys and certificates, which are valid for 30 days around a day.
    ///
    /// - Parameters:
    ///   - country: the two letters at the head of the names.
    ///   - rights: what the inspection system may read; the authorities above it may allow all.
    /// - Throws: the errors of the cryptography.
    public init(country: String, today: CalendarDate, rights: Rights = [.fingerprints, .irises]) throws {
        let validity = today.adding(days: -10)...today.adding(days: 20)
        let algorithm = TerminalSignatureAlgorithm.ecdsaSHA256
        func name(_ mnemonic: String) throws -> CVReference {
            guard country.utf8.count == 2, let reference = CVReference(country + mnemonic + "00001") else {
                throw PersonalisationError(.invalidLength, "the country of a terminal PKI has two letters")
            }
            return reference
        }
        let root = try CVAuthority(
            root: name("TESTCVCA"), key: CVAuthority.makeKey(for: algorithm), algorithm: algorithm,
            authorization: .inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true),
            validity: validity)
        let verifier = try root.issue(
            name("TESTDV"), key: CVAuthority.makeKey(for: algorithm),
            authorization: .inspectionSystem(.domesticDocumentVerifier, readsDG3: true, readsDG4: true),
            validity: validity)
        let terminal = try verifier.issue(
            name("TESTIS"), key: CVAuthority.makeKey(for: algorithm),
            authorization: .inspectionSystem(
                readsDG3: rights.contains(.fingerprints), readsDG4: rights.contains(.irises)),
            validity: validity)
        certificationAuthority = root.certificate.encoded
        documentVerifier = verifier.certificate.encoded
        inspectionSystem = terminal.certificate.encoded
        terminalKey = terminal.key
    }

    /// The key of the inspection system as PKCS #8, DER (RFC 5958; RFC 5915), for a file. It is a test key.
    ///
    /// - Throws: the errors of the cryptography.
    public func encodedTerminalKey() throws -> [UInt8] {
        guard case .ec(let key) = terminalKey.publicKey else {
            throw PersonalisationError(.invalidOption, "the terminal key is on no curve")
        }
        let encoded = try terminalKey.withScalar { scalar in
            try scalar.withBytes { pointer, count in
                let inner = DEREncoder.sequence(
                    DEREncoder.integer(1),
                    DEREncoder.octetString(Array(UnsafeBufferPointer(start: pointer, count: count))),
                    DEREncoder.explicit(1, DEREncoder.bitString(key.point)))
                return DEREncoder.sequence(
                    DEREncoder.integer(0), try AlgorithmEncoding.domainParameters(.ecdh(key.curve), form: .named),
                    DEREncoder.octetString(inner))
            }
        }
        guard let encoded else { throw PersonalisationError(.invalidOption, "the terminal key has no scalar") }
        return encoded
    }
}
