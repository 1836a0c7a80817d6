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

    /// How the CMS names its signer.
    package typealias SignerIdentifier = SignedDataForm.SignerIdentifier

    /// The version of the LDS security object.
    package var version: Version
    /// The hash of the data groups.
    package var groupDigest: DigestAlgorithm
    /// How the CMS is written.
    package var form: SignedDataForm
    /// The content type that the CMS names; `2.23.136.1.1.1` by the standard, another one with old issuers.
    package var contentType = "2.23.136.1.1.1"
    /// Whether the tag 77 is around the CMS.
    package var hasOuterTag = true
    /// Whether the personaliser sets the signing time to the issue date.
    package var signsIssueDate = true
    /// Bytes that follow in the file.
    package var trailing: [UInt8] = []

    /// How the signer is named.
    package var signerIdentifier: SignerIdentifier {
        get { form.signerIdentifier }
        set { form.signerIdentifier = newValue }
    }

    /// The signing time attribute, or none.
    package var signingTime: CalendarDate? {
        get { form.signingTime }
        set { form.signingTime = newValue }
    }

    /// Creates a builder.
    package init(
        version: Version = .v0, groupDigest: DigestAlgorithm = .sha256,
        signerIdentifier: SignerIdentifier = .issuerAndSerialNumber, signingTime: CalendarDate? = nil,
        includesCertificate: Bool = true
    ) {
        self.version = version
        self.groupDigest = groupDigest
        form = SignedDataForm()
        form.signerIdentifier = signerIdentifier
        form.signingTime = signingTime
        if !includesCertificate { form.certificates = .none }
    }

    /// The file EF.SOD over data groups as they are stored, tag included.
    ///
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package func encoded(dataGroups: [Int: [UInt8]], signer: TestPKI.DocumentSigner) throws -> [UInt8] {
        let message = try form.encoded(
            securityObject(dataGroups: dataGroups), contentType: contentType, signer: signer)
        return (hasOuterTag ? TLV.encode(0x77, message) : message) + trailing
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
        try form.encoded(DEREncoder.set(infos), contentType: "0.4.0.127.0.7.3.2.1", signer: signer)
    }
}
