package import EMRTDCrypto
import ISO7816
public import LDS

/// A test PKI for Terminal Authentication that lives as long as one program run: country verifying CA, document verifier and
/// inspection system, each with a key on brainpoolP256r1 and ECDSA with SHA-256 (Doc 9303-11, 7.1; TR-03110-3, appendix C).
///
/// It shares nothing with the decoder of these certificates, so that a mistake in one does not hide in the other.
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
        let keys = try (0..<3).map { _ in try PrivateKey.generateEC(.brainpoolP256r1) }
        let names = ["TESTCVCA", "TESTDV", "TESTIS"].map { Array((country + $0 + "00001").utf8) }
        // Roles (TR-03110-3, C.4.1): CVCA 11, domestic document verifier 10, inspection system 00.
        let authorizations = [0xC3, 0x83, rights.rawValue & 0x03]
        var certificates: [[UInt8]] = []
        for index in 0..<3 {
            let issuer = max(index - 1, 0)
            let body = TLV.encode(
                0x7F4E,
                children: [
                    TLV.encode(0x5F29, [0]), TLV.encode(0x42, names[issuer]),
                    try Self.publicKey(keys[index], withParameters: index == 0), TLV.encode(0x5F20, names[index]),
                    TLV.encode(
                        0x7F4C,
                        try DEREncoder.objectIdentifier("0.4.0.127.0.7.3.1.2.1")
                            + TLV.encode(0x53, [authorizations[index]])),
                    TLV.encode(0x5F25, Self.digits(validity.lowerBound)),
                    TLV.encode(0x5F24, Self.digits(validity.upperBound)),
                ])
            let signature = try keys[issuer].sign(body, scheme: .ecdsaPlain(.sha256))
            certificates.append(TLV.encode(0x7F21, body + TLV.encode(0x5F37, signature)))
        }
        (certificationAuthority, documentVerifier, inspectionSystem) = (
            certificates[0], certificates[1], certificates[2]
        )
        terminalKey = keys[2]
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

    /// A public key object (TR-03110-3, D.3.3): id-TA-ECDSA-SHA-256, the domain parameters in the root's alone, the point.
    private static func publicKey(_ key: PrivateKey, withParameters: Bool) throws -> [UInt8] {
        guard case .ec(let key) = key.publicKey else {
            throw PersonalisationError(.invalidOption, "a key of the terminal PKI is on no curve")
        }
        var objects = [try DEREncoder.objectIdentifier("0.4.0.127.0.7.2.2.2.2.3")]
        let point = TLV.encode(0x86, key.point)
        if withParameters {
            let values = try key.curve.parameters()
            objects += [
                TLV.encode(0x81, values.prime), TLV.encode(0x82, values.a), TLV.encode(0x83, values.b),
                TLV.encode(0x84, values.generator), TLV.encode(0x85, values.order), point, TLV.encode(0x87, [1]),
            ]
        } else {
            objects.append(point)
        }
        return TLV.encode(0x7F49, children: objects)
    }

    /// YYMMDD with a digit in each byte (TR-03110-3, D.2.1.3).
    private static func digits(_ date: CalendarDate) -> [UInt8] { date.mrz.utf8.map { $0 &- 0x30 } }
}
