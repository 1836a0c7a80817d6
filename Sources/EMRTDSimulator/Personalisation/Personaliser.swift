import EMRTDCrypto
import LDS

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
        let options = try options.withQuirks()
        let plan = try DocumentPlan(options)
        let keys = try ChipKeys(options)
        let infos = SecurityFiles(options, keys)
        let (csca, signer) = try plan.makeSigner(options)

        var groups: [Int: [UInt8]] = [1: try DataGroupBuilder.dg1(mrz: plan.mrz), 2: try portrait(sex: plan.sex)]
        if options.includesFingerprints { groups[3] = try DataGroupBuilder.dg3() }
        if options.includesIrises { groups[4] = try DataGroupBuilder.dg4() }
        if let dg13 = plan.dg13 { groups[13] = dg13 }
        if let dg14 = try infos.dg14() { groups[14] = dg14 }
        if let key = keys.activeAuthentication {
            groups[15] = try SecurityInfosBuilder.dg15(key.publicKey, parameters: options.chipKeyParameters)
        }
        var sod = options.sod
        if sod.signsIssueDate { sod.signingTime = plan.issueDate }

        let access = options.fileAccess
        var application = [
            PersonalisedDocument.File(
                .com, content: try DataGroupBuilder.com(quirks: options.quirks, groups, version: options.ldsVersion),
                access: access),
            PersonalisedDocument.File(
                .sod, content: try sod.encoded(dataGroups: groups, signer: signer), access: access),
        ]
        if let cvca = try infos.cvca() {
            application.append(PersonalisedDocument.File(.cvca, content: cvca, access: access))
        }
        for (number, content) in groups.sorted(by: { $0.key < $1.key }) {
            guard let group = DataGroupNumber(number) else { continue }
            application.append(
                PersonalisedDocument.File(
                    .dataGroup(group), content: content,
                    access: group == .dg3 || group == .dg4 ? .afterTerminalAuthentication : access))
        }
        var masters: [PersonalisedDocument.File] = []
        if let content = try infos.cardAccess(plan) {
            let file = PersonalisedDocument.File(.cardAccess, content: content, access: .always)
            if options.quirks.contains(.cardAccessInApplication) {
                application.append(file)
            } else {
                masters.append(file)
            }
        }
        if plan.hasDirectory {
            masters.append(PersonalisedDocument.File(.dir, content: infos.directory(), access: .always))
        }
        if let content = try infos.cardSecurity(plan, sod, signer) {
            masters.append(
                PersonalisedDocument.File(
                    .cardSecurity, content: content,
                    access: options.usesEAC2 ? .afterTerminalAuthenticationVersion2 : .afterPACE))
        }
        return PersonalisedDocument(
            profile: plan.profile, masterFiles: masters, applicationFiles: application,
            secrets: PersonalisedDocument.AccessSecrets(
                cardAccessNumber: plan.cardAccessNumber, mrz: plan.mrz, mrzInformation: plan.mrzInformation,
                personalIdentificationNumber: options.personalIdentificationNumber,
                pinUnblockingKey: options.pinUnblockingKey),
            behaviour: plan.behaviour, cscaCertificate: csca,
            documentSignerCertificate: signer.certificate, issueDate: plan.issueDate, dateOfExpiry: plan.dateOfExpiry,
            pace: options.pace, chipAuthenticationKeys: keys.chipAuthentication,
            activeAuthenticationKey: keys.activeAuthentication,
            activeAuthenticationDigest: keys.activeAuthenticationDigest,
            chipAuthenticationMappingKeys: keys.chipAuthenticationMapping,
            terminalAuthentication: options.terminalAuthentication, today: options.today)
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
}

extension PersonalisedDocument.File {
    /// A file with the name and identifiers of the standard.
    init(_ file: ElementaryFile, content: [UInt8], access: PersonalisedDocument.FileAccess) {
        self.init(
            name: file.name, identifier: file.fileIdentifier, shortIdentifier: file.shortFileIdentifier,
            content: content, access: access)
    }
}
