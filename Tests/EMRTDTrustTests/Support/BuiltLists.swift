import EMRTDCrypto
import EMRTDSimulator
import ISO7816
import Testing

@testable import EMRTDTrust

/// Lists that a test signs to order: CMS messages and revocation lists over a ``BuiltPKI``.
extension BuiltPKI {
    static let masterListSigning = "2.23.136.1.1.3"
    static let deviationListSigning = "2.23.136.1.1.8"

    /// A list signer under a CSCA.
    static func listSigner(
        _ issuer: Holder, country: String = "VN", purposes: [String] = [masterListSigning], critical: Bool = true,
        key: SigningKey? = nil, usage: [Int]? = [0], _ options: Options = Options()
    ) throws -> Holder {
        var options = options
        let key = try key ?? self.key()
        let identifier = try DigestAlgorithm.sha1.digest(AlgorithmEncoding.keyBits(key.privateKey.publicKey))
        options.extensions =
            options.extensions
            ?? (usage.map { [Extensions.keyUsage($0)] } ?? [])
            + [Extensions.keyIdentifier(identifier), Extensions.authorityKeyIdentifier(issuer.identifier)]
            + (purposes.isEmpty ? [] : [Extensions.extendedKeyUsage(purposes, critical: critical)])
        let name = self.name(country, "List Signer")
        return Holder(
            key: key, name: name, identifier: identifier,
            certificate: try certificate(
                key, name: name, identifier: identifier, issuer: issuer, isAuthority: false, options))
    }

    struct MessageOptions {
        var signingTime: String? = "260101000000Z"
        /// The certificates beside the content; the signers' where `nil`.
        var certificates: [Certificate]?
        var contentTypeAttribute: String?
        var hasAttributes = true
        var damagesSignature = false
        var digest: DigestAlgorithm?
        var extraAttributes: [[UInt8]] = []
        /// In place of issuer and serial number.
        var usesKeyIdentifier = false
        var unsignedAttributes: [[UInt8]] = []
    }

    /// A CMS SignedData.
    static func message(
        _ content: [UInt8], type: String, _ signers: [Holder], _ options: MessageOptions = MessageOptions()
    ) throws -> [UInt8] {
        var infos: [[UInt8]] = []
        for signer in signers {
            let digest = options.digest ?? signer.key.scheme.digest
            let attributes =
                [
                    attribute("1.2.840.113549.1.9.3", oid(options.contentTypeAttribute ?? type)),
                    attribute("1.2.840.113549.1.9.4", DEREncoder.octetString(try digest.digest(content))),
                ] + (options.signingTime.map { [attribute("1.2.840.113549.1.9.5", time($0))] } ?? [])
                + options.extraAttributes
            let signed = DEREncoder.set(attributes)
            var signature = try signer.key.sign(options.hasAttributes ? signed : content)
            if options.damagesSignature { signature[signature.count - 1] ^= 1 }
            let certificate = signer.certificate
            infos.append(
                DEREncoder.sequence(
                    DEREncoder.integer(1),
                    options.usesKeyIdentifier
                        ? DEREncoder.implicit(0, signer.identifier)
                        : DEREncoder.sequence(certificate.issuer.encoded, TLV.encode(0x02, certificate.serialNumber)),
                    try AlgorithmEncoding.identifier(of: digest),
                    options.hasAttributes ? [0xA0] + signed.dropFirst() : [],
                    try AlgorithmEncoding.identifier(of: signer.key.scheme), DEREncoder.octetString(signature),
                    options.unsignedAttributes.isEmpty
                        ? [] : [0xA1] + DEREncoder.set(options.unsignedAttributes).dropFirst()))
        }
        let list = (options.certificates ?? signers.map(\.certificate)).flatMap(\.encoded)
        let signedData = DEREncoder.sequence(
            DEREncoder.integer(3), DEREncoder.set([try AlgorithmEncoding.identifier(of: DigestAlgorithm.sha256)]),
            DEREncoder.sequence(oid(type), DEREncoder.explicit(0, DEREncoder.octetString(content))),
            list.isEmpty ? [] : DEREncoder.explicit(0, list), DEREncoder.set(infos))
        return DEREncoder.sequence(oid("1.2.840.113549.1.7.2"), DEREncoder.explicit(0, signedData))
    }

    /// CscaMasterList (Doc 9303-12, 9.2).
    static func masterListContent(_ certificates: [Certificate]) -> [UInt8] {
        DEREncoder.sequence(DEREncoder.integer(0), DEREncoder.set(certificates.map(\.encoded)))
    }

    /// A master list.
    static func masterList(
        _ certificates: [Certificate], _ signers: [Holder], _ options: MessageOptions = MessageOptions()
    ) throws -> MasterList {
        try MasterList(
            encoded: message(masterListContent(certificates), type: "2.23.136.1.1.2", signers, options))
    }

    struct RevocationOptions {
        var isVersion2 = true
        var thisUpdate = "260101000000Z"
        var nextUpdate: String? = "260401000000Z"
        /// DER extensions of the list; the authority key identifier and the number where `nil`.
        var extensions: [[UInt8]]?
        /// Serial number and DER extensions of each entry; no list at all where `nil`.
        var entries: [(serial: [UInt8], extensions: [[UInt8]])]? = []
        var entryDate = "251231000000Z"
    }

    /// A revocation list (RFC 5280, 5).
    static func encodedRevocationList(
        _ issuer: Holder, _ options: RevocationOptions = RevocationOptions()
    ) throws -> [UInt8] {
        let algorithm = try AlgorithmEncoding.identifier(of: issuer.key.scheme)
        let extensions =
            options.extensions ?? [
                Extensions.authorityKeyIdentifier(issuer.identifier),
                Extensions.item("2.5.29.20", TLV.encode(0x02, [7])),
            ]
        let date = time(options.entryDate)
        let entries = options.entries?.map { entry in
            TLV.encode(
                0x30,
                TLV.encode(0x02, entry.serial) + date
                    + (entry.extensions.isEmpty ? [] : DEREncoder.sequence(entry.extensions)))
        }
        let body = DEREncoder.sequence(
            options.isVersion2 ? DEREncoder.integer(1) : [], algorithm, issuer.name, time(options.thisUpdate),
            options.nextUpdate.map(time) ?? [], entries.map { TLV.encode(0x30, $0.flatMap { $0 }) } ?? [],
            extensions.isEmpty ? [] : DEREncoder.explicit(0, DEREncoder.sequence(extensions)))
        return DEREncoder.sequence(body, algorithm, DEREncoder.bitString(try issuer.key.sign(body)))
    }
}
