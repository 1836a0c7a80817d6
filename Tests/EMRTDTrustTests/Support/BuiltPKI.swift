import EMRTDCrypto
import EMRTDSimulator
@testable import EMRTDTrust
import ISO7816
import LDS
import Testing

/// A PKI that a test builds to order: every field of a certificate, a signed object and a revocation list can be set. No
/// certificate carries the mark of a test PKI unless asked for.
enum BuiltPKI {
    /// Extensions as DER values.
    enum Extensions {
        static func keyUsage(_ bits: [Int], critical: Bool = true) -> [UInt8] {
            item("2.5.29.15", DEREncoder.namedBits(bits), critical)
        }
        static let authority = item("2.5.29.19", DEREncoder.sequence(DEREncoder.boolean(true)), true)
        static func keyIdentifier(_ value: [UInt8]) -> [UInt8] { item("2.5.29.14", DEREncoder.octetString(value)) }
        static func authorityKeyIdentifier(_ value: [UInt8]) -> [UInt8] {
            item("2.5.29.35", DEREncoder.sequence(DEREncoder.implicit(0, value)))
        }
        static func privateKeyUsage(_ from: String?, _ until: String?) -> [UInt8] {
            item(
                "2.5.29.16",
                DEREncoder.sequence(
                    [(UInt8(0), from), (1, until)].compactMap { number, text in
                        text.map { DEREncoder.implicit(number, Array($0.utf8)) }
                    }))
        }
        static func documentTypes(_ types: [String]) -> [UInt8] {
            item(
                "2.23.136.1.1.6.2",
                DEREncoder.sequence(
                    DEREncoder.integer(0), DEREncoder.set(types.map { TLV.encode(0x13, Array($0.utf8)) })))
        }
        static func extendedKeyUsage(_ purposes: [String], critical: Bool) -> [UInt8] {
            item("2.5.29.37", DEREncoder.sequence(purposes.map(oid)), critical)
        }
        static func item(_ identifier: String, _ value: [UInt8], _ critical: Bool = false) -> [UInt8] {
            DEREncoder.sequence(
                oid(identifier), critical ? DEREncoder.boolean(true) : [], DEREncoder.octetString(value))
        }
    }

    /// A key with a certificate.
    struct Holder: Sendable {
        var key: SigningKey
        var name: [UInt8]
        var identifier: [UInt8]
        var certificate: Certificate
    }

    static func oid(_ dotted: String) -> [UInt8] { (try? DEREncoder.objectIdentifier(dotted)) ?? [] }

    static func name(_ country: String, _ common: String) -> [UInt8] {
        DEREncoder.sequence(
            DEREncoder.set([DEREncoder.sequence(oid("2.5.4.6"), TLV.encode(0x13, Array(country.utf8)))]),
            DEREncoder.set([DEREncoder.sequence(oid("2.5.4.3"), DEREncoder.utf8String(common))]))
    }

    /// A UTCTime or GeneralizedTime, by its length.
    static func time(_ text: String) -> [UInt8] { TLV.encode(text.utf8.count > 13 ? 0x18 : 0x17, Array(text.utf8)) }

    /// A PEM-free way to make keys: P-256 unless named.
    static func key(_ kind: SigningKeyOptions.Kind = .ecdsa(.secp256r1, .named), _ digest: DigestAlgorithm = .sha256)
        throws
        -> SigningKey
    {
        try SigningKeyOptions(kind, digest).generate()
    }

    struct Options {
        var serial: [UInt8] = [0x40, 1, 2, 3]
        var start = "20200101000000Z"
        var end = "20350101000000Z"
        var extensions: [[UInt8]]?
        var extra: [[UInt8]] = []
        var issuerName: [UInt8]?
        var algorithm: [UInt8]?
        /// The algorithm inside the signed part, where it is not the one outside.
        var innerAlgorithm: [UInt8]?
        /// The SubjectPublicKeyInfo, where it is not the regular one of the key.
        var subjectKey: [UInt8]?
    }

    /// A certificate for a key, signed by an issuer's key or by itself.
    static func certificate(
        _ key: SigningKey, name: [UInt8], identifier: [UInt8], issuer: Holder?, isAuthority: Bool, _ options: Options
    ) throws -> Certificate {
        let signing = issuer?.key ?? key
        let algorithm = try options.algorithm ?? AlgorithmEncoding.identifier(of: signing.scheme)
        let standard =
            [
                Extensions.keyUsage(isAuthority ? [5, 6] : [0]), Extensions.keyIdentifier(identifier),
                Extensions.authorityKeyIdentifier(issuer?.identifier ?? identifier),
            ] + (isAuthority ? [Extensions.authority] : [])
        let list = (options.extensions ?? standard) + options.extra
        let body = DEREncoder.sequence(
            DEREncoder.explicit(0, DEREncoder.integer(2)), TLV.encode(0x02, options.serial),
            options.innerAlgorithm ?? algorithm, options.issuerName ?? issuer?.name ?? name,
            DEREncoder.sequence(time(options.start), time(options.end)), name,
            try options.subjectKey
                ?? AlgorithmEncoding.subjectPublicKeyInfo(key.privateKey.publicKey, parameters: key.parameters),
            list.isEmpty ? [] : DEREncoder.explicit(3, DEREncoder.sequence(list)))
        return try Certificate(
            encoded: DEREncoder.sequence(body, algorithm, DEREncoder.bitString(try signing.sign(body))))
    }

    static func csca(
        _ common: String = "CSCA", country: String = "VN", key: SigningKey? = nil, issuer: Holder? = nil,
        _ options: Options = Options()
    ) throws -> Holder {
        let key = try key ?? self.key()
        let identifier = try DigestAlgorithm.sha1.digest(AlgorithmEncoding.keyBits(key.privateKey.publicKey))
        let name = self.name(country, common)
        return Holder(
            key: key, name: name, identifier: identifier,
            certificate: try certificate(
                key, name: name, identifier: identifier, issuer: issuer, isAuthority: true, options))
    }

    static func signer(
        _ issuer: Holder, country: String = "VN", key: SigningKey? = nil, _ options: Options = Options()
    ) throws -> Holder {
        let key = try key ?? self.key()
        let identifier = try DigestAlgorithm.sha1.digest(AlgorithmEncoding.keyBits(key.privateKey.publicKey))
        let name = self.name(country, "Document Signer")
        return Holder(
            key: key, name: name, identifier: identifier,
            certificate: try certificate(
                key, name: name, identifier: identifier, issuer: issuer, isAuthority: false, options))
    }

    struct ListOptions {
        var issuerName: [UInt8]?
        var thisUpdate = "270101000000Z"
        var nextUpdate: String? = "270401000000Z"
        var extensions: [[UInt8]] = []
        /// The algorithm that is named, where it is not the key's own.
        var algorithm: [UInt8]?
        /// The algorithm inside the signed part, where it is not the one outside.
        var innerAlgorithm: [UInt8]?
    }

    /// An entry of a revocation list; the reason by its number.
    static func revoked(_ serial: [UInt8], on date: String = "261201000000Z", reason: UInt8? = nil) -> [UInt8] {
        DEREncoder.sequence(
            TLV.encode(0x02, serial), time(date),
            reason.map { DEREncoder.sequence(Extensions.item("2.5.29.21", [0x0A, 1, $0])) } ?? [])
    }

    /// A revocation list signed by a CSCA.
    static func revocationList(
        _ author: Holder, _ entries: [[UInt8]] = [], _ options: ListOptions = ListOptions(), damaged: Bool = false
    ) throws -> CertificateRevocationList {
        let algorithm = try options.algorithm ?? AlgorithmEncoding.identifier(of: author.key.scheme)
        let extensions = [Extensions.authorityKeyIdentifier(author.identifier)] + options.extensions
        let body = DEREncoder.sequence(
            DEREncoder.integer(1), options.innerAlgorithm ?? algorithm, options.issuerName ?? author.name,
            time(options.thisUpdate),
            options.nextUpdate.map(time) ?? [], entries.isEmpty ? [] : DEREncoder.sequence(entries),
            DEREncoder.explicit(0, DEREncoder.sequence(extensions)))
        let signature = try author.key.sign(damaged ? body + [0] : body)
        return try CertificateRevocationList(
            encoded: DEREncoder.sequence(body, algorithm, DEREncoder.bitString(signature)))
    }

    struct SODOptions {
        var signingTime: String? = "260101000000Z"
        var certificates: [Certificate]?
        var groupDigest = DigestAlgorithm.sha256
        var extraAttributes: [[UInt8]] = []
        var digestAlgorithm: DigestAlgorithm?
        var signatureAlgorithm: [UInt8]?
        var identifier: [UInt8]?
        var contentType = "2.23.136.1.1.1"
        var hasAttributes = true
    }

    static func attribute(_ type: String, _ value: [UInt8]) -> [UInt8] {
        DEREncoder.sequence(oid(type), DEREncoder.set([value]))
    }

    /// An EF.SOD over data groups.
    static func sod(
        _ groups: [DataGroupNumber: [UInt8]], _ signer: Holder, _ options: SODOptions = SODOptions()
    ) throws -> [UInt8] {
        var numbered: [Int: [UInt8]] = [:]
        for (group, bytes) in groups { numbered[Int(group.rawValue)] = bytes }
        let content = try SODBuilder(groupDigest: options.groupDigest).securityObject(dataGroups: numbered)
        let digest = options.digestAlgorithm ?? signer.key.scheme.digest
        let digestIdentifier = try AlgorithmEncoding.identifier(of: digest)
        let attributes =
            [
                attribute("1.2.840.113549.1.9.3", oid(options.contentType)),
                attribute("1.2.840.113549.1.9.4", DEREncoder.octetString(try digest.digest(content))),
            ] + (options.signingTime.map { [attribute("1.2.840.113549.1.9.5", time($0))] } ?? [])
            + options.extraAttributes
        let signed = DEREncoder.set(attributes)
        let message = options.hasAttributes ? signed : content
        let certificate = signer.certificate
        let identifier =
            options.identifier
            ?? DEREncoder.sequence(certificate.issuer.encoded, TLV.encode(0x02, certificate.serialNumber))
        let info = DEREncoder.sequence(
            DEREncoder.integer(1), identifier, digestIdentifier,
            options.hasAttributes ? [0xA0] + signed.dropFirst() : [],
            try options.signatureAlgorithm ?? AlgorithmEncoding.identifier(of: signer.key.scheme),
            DEREncoder.octetString(try signer.key.sign(message)))
        let list = (options.certificates ?? [certificate]).flatMap(\.encoded)
        let signedData = DEREncoder.sequence(
            DEREncoder.integer(3), DEREncoder.set([digestIdentifier]),
            DEREncoder.sequence(
                oid(options.contentType), DEREncoder.explicit(0, DEREncoder.octetString(content))),
            list.isEmpty ? [] : DEREncoder.explicit(0, list), DEREncoder.set([info]))
        return TLV.encode(
            0x77, DEREncoder.sequence(oid("1.2.840.113549.1.7.2"), DEREncoder.explicit(0, signedData)))
    }

    /// Data groups with an invented DG1.
    static let groups: [DataGroupNumber: [UInt8]] = [.dg1: [0x61, 3, 1, 2, 3], .dg2: [0x75, 2, 9, 9]]

    /// The report on an EF.SOD over ``groups``.
    static func report(
        _ sod: [UInt8], _ store: TrustStore, policy: TrustPolicy = .field, date: Timestamp = inspectionDay,
        state: String? = "VNM", code: String? = "ID"
    ) -> PassiveAuthenticationReport {
        PassiveAuthentication(store: store, policy: policy, date: date).verify(
            PassiveAuthenticationInput(
                efSOD: sod, dataGroups: groups.mapValues { .read($0) }, comDataGroups: Set(groups.keys),
                issuingState: state, documentCode: code))
    }
}
