package import EMRTDCrypto
package import LDS

/// The signature algorithms of card verifiable certificates and Terminal Authentication: the object identifiers id-TA-RSA-*
/// and id-TA-ECDSA-* (TR-03110-3, A.7.3; Doc 9303-11, 7.1.4.1 and 7.1.4.2).
///
/// The algorithm belongs to a public key: it is what that key's owner signs with.
public enum TerminalSignatureAlgorithm: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case rsaPKCS1SHA1 = "id-TA-RSA-v1-5-SHA-1"
    case rsaPKCS1SHA256 = "id-TA-RSA-v1-5-SHA-256"
    case rsaPKCS1SHA512 = "id-TA-RSA-v1-5-SHA-512"
    case rsaPSSSHA1 = "id-TA-RSA-PSS-SHA-1"
    case rsaPSSSHA256 = "id-TA-RSA-PSS-SHA-256"
    case rsaPSSSHA512 = "id-TA-RSA-PSS-SHA-512"
    case ecdsaSHA1 = "id-TA-ECDSA-SHA-1"
    case ecdsaSHA224 = "id-TA-ECDSA-SHA-224"
    case ecdsaSHA256 = "id-TA-ECDSA-SHA-256"
    case ecdsaSHA384 = "id-TA-ECDSA-SHA-384"
    case ecdsaSHA512 = "id-TA-ECDSA-SHA-512"

    /// Whether it is an RSA algorithm; the others are ECDSA.
    public var isRSA: Bool { arcs.family == 1 }

    /// The name of the standard.
    public var description: String { rawValue }

    /// The object identifier: 0.4.0.127.0.7.2.2.2.1.x for RSA, 0.4.0.127.0.7.2.2.2.2.x for ECDSA.
    package var objectIdentifier: OID { OID(0, 4, 0, 127, 0, 7, 2, 2, 2).appending(arcs.family, arcs.variant) }

    /// The algorithm with an object identifier, or `nil`.
    package init?(_ objectIdentifier: OID) {
        guard let found = Self.allCases.first(where: { $0.objectIdentifier == objectIdentifier }) else { return nil }
        self = found
    }

    /// How the signature is made: ECDSA signatures are r || s (TR-03111, 5.2.1), the salt of PSS is as long as the hash.
    package var scheme: SignatureScheme {
        switch self {
        case .rsaPKCS1SHA1: .rsaPKCS1(.sha1)
        case .rsaPKCS1SHA256: .rsaPKCS1(.sha256)
        case .rsaPKCS1SHA512: .rsaPKCS1(.sha512)
        case .rsaPSSSHA1: .rsaPSS(.sha1, mgf: .sha1, saltLength: 20)
        case .rsaPSSSHA256: .rsaPSS(.sha256, mgf: .sha256, saltLength: 32)
        case .rsaPSSSHA512: .rsaPSS(.sha512, mgf: .sha512, saltLength: 64)
        case .ecdsaSHA1: .ecdsaPlain(.sha1)
        case .ecdsaSHA224: .ecdsaPlain(.sha224)
        case .ecdsaSHA256: .ecdsaPlain(.sha256)
        case .ecdsaSHA384: .ecdsaPlain(.sha384)
        case .ecdsaSHA512: .ecdsaPlain(.sha512)
        }
    }

    private var arcs: (family: UInt64, variant: UInt64) {
        switch self {
        case .rsaPKCS1SHA1: (1, 1)
        case .rsaPKCS1SHA256: (1, 2)
        case .rsaPSSSHA1: (1, 3)
        case .rsaPSSSHA256: (1, 4)
        case .rsaPKCS1SHA512: (1, 5)
        case .rsaPSSSHA512: (1, 6)
        case .ecdsaSHA1: (2, 1)
        case .ecdsaSHA224: (2, 2)
        case .ecdsaSHA256: (2, 3)
        case .ecdsaSHA384: (2, 4)
        case .ecdsaSHA512: (2, 5)
        }
    }
}
