import EMRTDCrypto
import ISO7816

/// Makes a document: generates its PKI and its keys, encodes its files and signs them.
///
/// Every key and serial number is fresh; nothing random comes from elsewhere than EMRTDCrypto.
public struct Personaliser: Sendable {
    private let options: PersonalisationOptions

    /// Creates a personaliser.
    public init(_ options: PersonalisationOptions) { self.options = options }

    /// Makes one document. A second call makes another one, with other keys.
    ///
    /// - Throws: ``PersonalisationError`` for options that no document can have, and the errors of the cryptography.
    public func personalise() throws -> PersonalisedDocument {
        let plan = try DocumentPlan(options)
        let keys = try ChipKeys(options)
        let pki = try plan.makePKI(options)
        let signer = try plan.makeDocumentSigner(pki, options)

        var groups: [Int: [UInt8]] = [1: try DataGroupBuilder.dg1(mrz: plan.mrz), 2: try portrait(sex: plan.sex)]
        if options.includesFingerprints { groups[3] = try DataGroupBuilder.dg3() }
        if let dg13 = plan.dg13 { groups[13] = dg13 }
        if let dg14 = try keys.dg14(options) { groups[14] = dg14 }
        if let key = keys.activeAuthentication {
            groups[15] = try SecurityInfosBuilder.dg15(key.publicKey, parameters: options.chipKeyParameters)
        }
        var sod = options.sod
        sod.signingTime = plan.issueDate

        var application = [
            PersonalisedDocument.File(
                name: "EF.COM", identifier: 0x011E, shortIdentifier: 0x1E,
                content: try DataGroupBuilder.com(dataGroups: Array(groups.keys), version: options.ldsVersion),
                access: .afterAccessControl),
            PersonalisedDocument.File(
                name: "EF.SOD", identifier: 0x011D, shortIdentifier: 0x1D,
                content: try sod.encoded(dataGroups: groups, signer: signer), access: .afterAccessControl),
        ]
        for (number, content) in groups.sorted(by: { $0.key < $1.key }) {
            application.append(
                PersonalisedDocument.File(
                    name: "DG\(number)", identifier: 0x0100 + UInt16(number), shortIdentifier: UInt8(number),
                    content: content,
                    access: number == 3 || number == 4 ? .afterTerminalAuthentication : .afterAccessControl))
        }
        return PersonalisedDocument(
            profile: plan.profile, masterFiles: try masterFiles(plan), applicationFiles: application,
            secrets: PersonalisedDocument.AccessSecrets(
                cardAccessNumber: plan.cardAccessNumber, mrz: plan.mrz, mrzInformation: plan.mrzInformation),
            behaviour: plan.behaviour, cscaCertificate: pki.cscaCertificate,
            documentSignerCertificate: signer.certificate, issueDate: plan.issueDate, dateOfExpiry: plan.dateOfExpiry,
            pace: options.pace, chipAuthenticationKeys: keys.chipAuthentication,
            activeAuthenticationKey: keys.activeAuthentication,
            activeAuthenticationDigest: keys.activeAuthenticationDigest)
    }

    private func portrait(sex: MRZSex) throws -> [UInt8] {
        guard let portrait = options.portrait else {
            return try DataGroupBuilder.dg2(
                image: try TestPortrait.jpeg(), width: TestPortrait.width, height: TestPortrait.height, sex: sex)
        }
        return try DataGroupBuilder.dg2(
            image: portrait.image, width: portrait.width, height: portrait.height,
            type: portrait.isJPEG2000 ? .jpeg2000 : .jpeg, sex: sex)
    }

    /// EF.CardAccess where there is PACE, and EF.DIR where the profile has one.
    private func masterFiles(_ plan: DocumentPlan) throws -> [PersonalisedDocument.File] {
        var files: [PersonalisedDocument.File] = []
        if !options.pace.isEmpty {
            var infos = try options.pace.map(SecurityInfosBuilder.paceInfo)
            if plan.listsChipProtocolsInCardAccess {
                infos.append(try SecurityInfosBuilder.terminalAuthenticationInfo())
                for key in options.chipAuthentication {
                    for cipher in key.ciphers {
                        infos.append(try SecurityInfosBuilder.chipAuthenticationInfo(cipher: cipher, keyId: key.keyId))
                    }
                }
            }
            files.append(
                PersonalisedDocument.File(
                    name: "EF.CardAccess", identifier: 0x011C, shortIdentifier: 0x1C,
                    content: SecurityInfosBuilder.cardAccess(infos), access: .always))
        }
        if plan.hasDirectory {
            // One application template (Doc 9303-10, 3.11.3).
            files.append(
                PersonalisedDocument.File(
                    name: "EF.DIR", identifier: 0x2F00, shortIdentifier: 0x1E,
                    content: TLV.encode(0x61, TLV.encode(0x4F, PersonalisedDocument.applicationIdentifier)),
                    access: .always))
        }
        return files
    }
}

/// The keys inside the chip.
struct ChipKeys {
    let chipAuthentication: [PersonalisedDocument.ChipAuthenticationKey]
    let activeAuthentication: PrivateKey?
    let activeAuthenticationDigest: DigestAlgorithm?

    init(_ options: PersonalisationOptions) throws {
        let keyIds = options.chipAuthentication.map(\.keyId)
        guard keyIds.count <= 1 || (!keyIds.contains(nil) && Set(keyIds).count == keyIds.count) else {
            throw PersonalisationError(.invalidOption, "several keys of Chip Authentication need a key id each")
        }
        guard options.chipAuthentication.allSatisfy({ !$0.ciphers.isEmpty }) else {
            throw PersonalisationError(.invalidOption, "a key of Chip Authentication needs at least one cipher")
        }
        chipAuthentication = try options.chipAuthentication.map {
            PersonalisedDocument.ChipAuthenticationKey(
                keyId: $0.keyId, curve: $0.curve, ciphers: $0.ciphers, privateKey: try .generateEC($0.curve))
        }
        switch options.activeAuthentication {
        case .rsa(let bits): (activeAuthentication, activeAuthenticationDigest) = (try .generateRSA(bits: bits), nil)
        case .ecdsa(let curve, let digest):
            // TR-03111, 5.2: the hash must not be longer than the order of the curve.
            guard digest.length * 8 <= curve.bitLength else {
                throw PersonalisationError(.invalidOption, "the hash of Active Authentication is longer than its curve")
            }
            (activeAuthentication, activeAuthenticationDigest) = (try .generateEC(curve), digest)
        case nil: (activeAuthentication, activeAuthenticationDigest) = (nil, nil)
        }
    }

    /// DG14, or `nil` where there is nothing for it to say (Doc 9303-11, 9.2: it repeats the infos of EF.CardAccess).
    func dg14(_ options: PersonalisationOptions) throws -> [UInt8]? {
        var infos: [[UInt8]] = []
        for key in chipAuthentication {
            for cipher in key.ciphers {
                infos.append(try SecurityInfosBuilder.chipAuthenticationInfo(cipher: cipher, keyId: key.keyId))
            }
            infos.append(
                try SecurityInfosBuilder.chipAuthenticationPublicKeyInfo(
                    key.privateKey.publicKey, parameters: options.chipKeyParameters, keyId: key.keyId))
        }
        if options.includesFingerprints { infos.append(try SecurityInfosBuilder.terminalAuthenticationInfo()) }
        if let activeAuthenticationDigest {
            infos.append(try SecurityInfosBuilder.activeAuthenticationInfo(digest: activeAuthenticationDigest))
        }
        infos += try options.pace.map(SecurityInfosBuilder.paceInfo)
        return infos.isEmpty ? nil : SecurityInfosBuilder.dg14(infos)
    }
}
