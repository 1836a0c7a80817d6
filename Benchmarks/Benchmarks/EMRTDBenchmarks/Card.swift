import EMRTD
import EMRTDSimulator
import EMRTDTrust
import LDS

/// A personalised document with all that a benchmark needs besides; made once, outside the measured part.
struct Card: Sendable {
    let document: PersonalisedDocument
    let reader: DocumentReader
    let key: AccessKey

    init(_ options: PersonalisationOptions) throws {
        document = try Personaliser(options).personalise()
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        reader = DocumentReader(
            trust: TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)]), policy: policy)
        key = try .can(document.secrets.cardAccessNumber ?? "")
    }

    /// TD1, DG1 2 3 13 14 15, an EF.SOD on brainpoolP384r1 with explicit parameters, RSA for Active Authentication.
    static let vietnamese = Result { try Card(.vietnamCitizen(today: today())) }

    /// TD3, DG1 2 14 15, an EF.SOD on P-256, ECDSA for Active Authentication.
    static let passport = Result { try Card(.passportTD3(today: today())) }

    /// A Vietnamese card whose chip offers PACE on one curve alone.
    static func vietnamese(paceParameterId: UInt8, cipher: SessionCipher) throws -> Card {
        var options = PersonalisationOptions.vietnamCitizen(today: today())
        try options.offerPACE(parameterId: paceParameterId, cipher: cipher)
        return try Card(options)
    }

    /// The files as a complete reading would bring them.
    var files: [ElementaryFile: [UInt8]] {
        var files: [ElementaryFile: [UInt8]] = [:]
        for file in document.applicationFiles + document.masterFiles where file.access != .afterTerminalAuthentication {
            if let name = ElementaryFile.all.first(where: { $0.name == file.name }) { files[name] = file.content }
        }
        return files
    }

    /// The day on which documents are made.
    static func today() -> CalendarDate {
        CalendarDate(clampingDaysSinceEpoch: Int(Timestamp.now().secondsSince1970 / 86_400))
    }
}
