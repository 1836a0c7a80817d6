package import EMRTDCrypto
import ISO7816
package import LDS

/// Encodes and signs EF.SOD: the LDS security object in a CMS SignedData, under tag 77 (Doc 9303-10, 4.6.2 and 4.6.2.3).
package struct SODBuilder: Sendable {
    /// The version of the LDS security object.
    package enum Version: Sendable, Hashable {
        /// Version 0, of LDS 1.7.
        case v0
        /// Version 1, of LDS 1.8, with the LDS and Unicode versions inside: `0108` and `040000`.
        case v1(ldsVersion: String, unicodeVersion: String)
    }

    /// How the CMS names its signer (RFC 5652, 5.3).
    package enum SignerIdentifier: Sendable, Hashable {
        /// By issuer and serial number; SignerInfo version 1.
        case issuerAndSerialNumber
        /// By subject key identifier; SignerInfo version 3.
        case subjectKeyIdentifier
    }

    /// The version of the LDS security object.
    package var version: Version
    /// The hash of the data groups.
    package var groupDigest: DigestAlgorithm
    /// How the signer is named.
    package var signerIdentifier: SignerIdentifier
    /// The signing time attribute, or none.
    package var signingTime: CalendarDate?
    /// Whether the document signer certificate is inside, as Doc 9303-10 demands.
    package var includesCertificate: Bool

    /// Creates a builder.
    package init(
        version: Version = .v0, groupDigest: DigestAlgorithm = .sha256,
        signerIdentifier: SignerIdentifier = .issuerAndSerialNumber, signingTime: CalendarDate? = nil,
        includesCertificate: Bool = true
    ) {
        self.version = version
        self.groupDigest = groupDigest
        self.signerIdentifier = signerIdentifier
        self.signingTime = signingTime
        self.includesCertificate = includesCertificate
    }

    /// The file EF.SOD over data groups as they are stored, tag included.
    ///
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package func encoded(dataGroups: [Int: [UInt8]], signer: TestPKI.DocumentSigner) throws -> [UInt8] {
        TLV.encode(0x77, try signedData(securityObject(dataGroups: dataGroups), signer: signer))
    }

    /// The LDSSecurityObject (Doc 9303-10, 4.6.2.3).
    package func securityObject(dataGroups: [Int: [UInt8]]) throws -> [UInt8] {
        let hashes = try dataGroups.sorted { $0.key < $1.key }.map { number, file in
            guard (1...16).contains(number) else {
                throw PersonalisationError(.invalidOption, "data groups are numbered from 1 to 16")
            }
            return DEREncoder.sequence(
                DEREncoder.integer(UInt(number)), DEREncoder.octetString(try groupDigest.digest(file)))
        }
        let number: UInt
        let versionInfo: [UInt8]
        switch version {
        case .v0: (number, versionInfo) = (0, [])
        case .v1(let lds, let unicode):
            number = 1
            versionInfo = DEREncoder.sequence(
                try DEREncoder.printableString(lds), try DEREncoder.printableString(unicode))
        }
        return DEREncoder.sequence(
            DEREncoder.integer(number), try AlgorithmEncoding.identifier(of: groupDigest), DEREncoder.sequence(hashes),
            versionInfo)
    }

    /// EF.CardSecurity: SecurityInfos in a SignedData with the content type id-SecurityObject (Doc 9303-10, 3.11.4;
    /// TR-03110-3, A.1.2.5).
    package func cardSecurity(_ infos: [[UInt8]], signer: TestPKI.DocumentSigner) throws -> [UInt8] {
        try signedData(DEREncoder.set(infos), contentType: "0.4.0.127.0.7.3.2.1", signer: signer)
    }

    /// The ContentInfo with SignedData version 3 around an LDS security object (RFC 5652, 5.1).
    package func signedData(
        _ content: [UInt8], contentType type: String = "2.23.136.1.1.1", signer: TestPKI.DocumentSigner
    ) throws -> [UInt8] {
        let scheme = signer.key.scheme
        let contentType = try DEREncoder.objectIdentifier(type)
        let digestAlgorithm = try AlgorithmEncoding.identifier(of: scheme.digest)
        var attributes = [
            try attribute("3", contentType),
            try attribute("4", DEREncoder.octetString(try scheme.digest.digest(content))),
        ]
        if let signingTime { attributes.append(try attribute("5", DEREncoder.time(signingTime))) }
        // Signed as a SET OF in DER, stored under an implicit tag instead (RFC 5652, 5.4).
        let toBeSigned = DEREncoder.set(attributes)
        let stored = [0xA0] + toBeSigned.dropFirst()
        let infoVersion: UInt
        let identifier: [UInt8]
        switch signerIdentifier {
        case .issuerAndSerialNumber:
            infoVersion = 1
            identifier = DEREncoder.sequence(
                signer.issuer, TLV.encode(0x02, signer.serialNumber))
        case .subjectKeyIdentifier:
            infoVersion = 3
            identifier = DEREncoder.implicit(0, signer.keyIdentifier)
        }
        let signerInfo = DEREncoder.sequence(
            DEREncoder.integer(infoVersion), identifier, digestAlgorithm, stored,
            try AlgorithmEncoding.identifier(of: scheme), DEREncoder.octetString(try signer.key.sign(toBeSigned)))
        let signedData = DEREncoder.sequence(
            DEREncoder.integer(3), DEREncoder.set([digestAlgorithm]),
            DEREncoder.sequence(contentType, DEREncoder.explicit(0, DEREncoder.octetString(content))),
            includesCertificate ? DEREncoder.explicit(0, signer.certificate) : [], DEREncoder.set([signerInfo]))
        return DEREncoder.sequence(
            try DEREncoder.objectIdentifier("1.2.840.113549.1.7.2"), DEREncoder.explicit(0, signedData))
    }

    private func attribute(_ last: String, _ value: [UInt8]) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("1.2.840.113549.1.9." + last), DEREncoder.set([value]))
    }
}
