import EMRTD
import EMRTDTrust
import ISO7816

/// The JSON of what a trust store holds: contracts, documented in `docs/cli.md`.
enum TrustJSON {
    /// A certificate of a store.
    static func certificate(_ stored: StoredCertificate, at date: Timestamp) -> JSON {
        let certificate = stored.certificate
        return .object([
            ("sha256", .string(stored.sha256.hexadecimal.lowercased())),
            ("subject", .string(certificate.subject.description)),
            ("issuer", .string(certificate.issuer.description)),
            ("serial", .string(certificate.serialNumber.hexadecimal)),
            ("country", .optional(certificate.country)),
            ("key", .string(certificate.keyDescription)),
            ("signatureAlgorithm", .string(certificate.signatureAlgorithmDescription)),
            ("notBefore", .optional(certificate.notBefore?.description)),
            ("notAfter", .optional(certificate.notAfter?.description)),
            ("selfSigned", .bool(stored.standing.isSelfSigned)),
            ("issuerSHA256", .optional(stored.standing.issuerSHA256?.hexadecimal.lowercased())),
            ("signature", .string(stored.standing.signatureName)),
            ("oddities", .array(certificate.oddities.map(\.description).sorted().map { .string($0) })),
            ("sources", .array(stored.sources.map { source($0, at: date) })),
            ("testPKI", .bool(stored.standing.isTestPKI)),
        ])
    }

    /// A source of a store.
    static func source(_ source: TrustSource, at date: Timestamp) -> JSON {
        .object([
            ("id", .string(source.id.lowercased())), ("kind", .string(source.kind.rawValue)),
            ("name", .string(source.name)), ("sha256", .string(source.sha256.hexadecimal.lowercased())),
            ("basis", .string(source.basis.rawValue)), ("verified", .bool(source.basis != .unverified)),
            ("signer", .optional(source.signer)),
            ("anchorSHA256", .optional(source.anchorSHA256?.hexadecimal.lowercased())),
            ("issuedAt", .optional(source.issuedAt?.description)),
            ("importedAt", .string(source.importedAt.description)),
            ("ageInDays", .integer(source.ageInDays(at: date))), ("testPKI", .bool(source.isTestPKI)),
            ("notes", .array(source.notes.map { .string($0) })),
        ])
    }

    /// A revocation list of a store.
    static func revocationList(_ stored: StoredRevocationList, at date: Timestamp) -> JSON {
        .object([
            ("sha256", .string(stored.sha256.hexadecimal.lowercased())),
            ("issuer", .string(stored.list.issuer.description)),
            ("thisUpdate", .string(stored.list.thisUpdate.description)),
            ("nextUpdate", .optional(stored.list.nextUpdate?.description)),
            ("revokedCount", .integer(stored.list.revokedCount)),
            ("issuerSHA256", .optional(stored.standing.issuerSHA256?.hexadecimal.lowercased())),
            ("signature", .string(stored.standing.signatureName)),
            ("sources", .array(stored.sources.map { source($0, at: date) })),
            ("testPKI", .bool(stored.standing.isTestPKI)),
        ])
    }

    /// A CV certificate or a deviation list of a store.
    static func other(_ stored: StoredObject, at date: Timestamp) -> JSON {
        .object([
            ("sha256", .string(stored.sha256.hexadecimal.lowercased())), ("kind", .string(stored.kind.rawValue)),
            ("size", .integer(stored.encoded.count)),
            ("sources", .array(stored.sources.map { source($0, at: date) })),
        ])
    }
}

extension CertificateStanding {
    /// `valid`, `invalid` or `issuerUnknown`; the last, too, where nothing could be verified, which an oddity says.
    var signatureName: String {
        switch signature {
        case .valid: "valid"
        case .invalid: "invalid"
        case .issuerUnknown: "issuerUnknown"
        case .unsupported: "issuerUnknown"
        }
    }

    /// The SHA-256 of the certificate whose key made the signature.
    var issuerSHA256: [UInt8]? { if case .valid(let issuer) = signature { issuer } else { nil } }
}
