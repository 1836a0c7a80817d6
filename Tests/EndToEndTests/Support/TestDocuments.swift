import EMRTD
import EMRTDCrypto
import EMRTDTrust
import ISO7816
import LDS

@testable import EMRTDSimulator

/// Documents of the simulator for the tests of this target, made once; and changes to them, as a forger would make them.
enum TestDocuments {
    /// The day all documents are made for and judged at, so that no test depends on the clock.
    static let today = CalendarDate(clampingDaysSinceEpoch: 20_513)  // 2026-03-01
    static let date = Timestamp(secondsSince1970: 20_513 * 86_400 + 43_200)

    private static let vietnam = Result { try Personaliser(.vietnamCitizen(today: today)).personalise() }
    private static let passport = Result { try Personaliser(.passportTD3(today: today)).personalise() }
    private static let basic = Result {
        try passport { options in
            options.pace = []
            options.cardAccessNumber = nil
        }
    }
    private static let terminal = Result { try TerminalPKI(country: "XX", today: today) }
    private static let other = Result { try Personaliser(.passportTD3(today: today)).personalise() }

    /// A Vietnamese citizen card: PACE, Chip Authentication, Active Authentication with RSA, DG1 2 3 13 14 15.
    static func vietnamCitizen() throws -> PersonalisedDocument { try vietnam.get() }
    /// A passport: PACE, Chip Authentication, Active Authentication with ECDSA, DG1 2 14 15.
    static func passportTD3() throws -> PersonalisedDocument { try passport.get() }
    /// Another passport of the same holder, with keys and a PKI of its own.
    static func anotherPassport() throws -> PersonalisedDocument { try other.get() }

    /// The terminal PKI of tests with Terminal Authentication.
    static func terminalPKI() throws -> TerminalPKI { try terminal.get() }

    /// A passport that BAC alone opens.
    static func bacOnly() throws -> PersonalisedDocument { try basic.get() }

    /// Makes the documents that are kept.
    static func makeAll() throws {
        for document in [vietnam, passport, basic, other] { _ = try document.get() }
        _ = try terminal.get()
    }

    /// A passport with options changed.
    static func passport(_ change: (inout PersonalisationOptions) -> Void) throws -> PersonalisedDocument {
        var options = PersonalisationOptions.passportTD3(today: today)
        change(&options)
        return try Personaliser(options).personalise()
    }
}

extension PersonalisedDocument {
    /// The same chip with other files. Signatures are not renewed.
    func replacing(
        applicationFiles: [File]? = nil, masterFiles: [File]? = nil, pace: [PACEOffer]? = nil,
        chipAuthenticationKeys: [ChipAuthenticationKey]? = nil, activeAuthenticationKey: PrivateKey?? = nil,
        behaviour: Behaviour? = nil, cscaCertificate: [UInt8]? = nil
    ) -> PersonalisedDocument {
        var copy = self
        if let applicationFiles { copy.applicationFiles = applicationFiles }
        if let masterFiles { copy.masterFiles = masterFiles }
        if let pace { copy.pace = pace }
        if let chipAuthenticationKeys { copy.chipAuthenticationKeys = chipAuthenticationKeys }
        if let activeAuthenticationKey { copy.activeAuthenticationKey = activeAuthenticationKey }
        if let behaviour { copy.behaviour = behaviour }
        if let cscaCertificate { copy.cscaCertificate = cscaCertificate }
        return copy
    }

    /// The same chip with one file's content changed; `nil` takes the file away.
    func changing(_ name: String, _ change: ([UInt8]) throws -> [UInt8]?) rethrows -> PersonalisedDocument {
        func changed(_ files: [File]) throws -> [File] {
            try files.compactMap { file in
                guard file.name == name else { return file }
                return try change(file.content).map { file.with(content: $0) }
            }
        }
        return replacing(applicationFiles: try changed(applicationFiles), masterFiles: try changed(masterFiles))
    }

    /// The same chip with one more file in the application.
    func adding(dataGroup number: UInt8, _ content: [UInt8]) -> PersonalisedDocument {
        replacing(
            applicationFiles: applicationFiles + [
                File(
                    name: "DG\(number)", identifier: 0x0100 + UInt16(number), shortIdentifier: number, content: content,
                    access: .afterAccessControl)
            ])
    }

    /// The same chip whose present data groups, but for those left out, a new PKI signs: what the issuing state itself could
    /// have made.
    func resigned(leavingOut: Set<Int> = [], builder: SODBuilder = SODBuilder()) throws -> PersonalisedDocument {
        let validity = issueDate.adding(days: -45)...TestDocuments.today.adding(years: 12)
        let isVietnamese = profile == "vietnam-citizen"
        let pki = try TestPKI(
            country: isVietnamese ? "VN" : "UT", issuingState: isVietnamese ? "VNM" : "UTO",
            key: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256), validity: validity)
        let signer = try pki.makeDocumentSigner(
            key: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256), validity: validity)
        var groups: [Int: [UInt8]] = [:]
        for file in applicationFiles where file.name.hasPrefix("DG") && !leavingOut.contains(Int(file.shortIdentifier))
        {
            groups[Int(file.shortIdentifier)] = file.content
        }
        let sod = try builder.encoded(dataGroups: groups, signer: signer)
        return changing("EF.SOD") { _ in sod }.replacing(cscaCertificate: pki.cscaCertificate)
    }

    /// The CAN of a document that has one.
    var can: AccessKey { get throws { try .can(secrets.cardAccessNumber ?? "") } }

    /// The MRZ as a key.
    var mrzKey: AccessKey { get throws { try .mrz(MRZ(text: secrets.mrz.joined(separator: "\n"))) } }

    /// The content of a file that must be there.
    func content(_ name: String) throws -> [UInt8] {
        guard let file = file(named: name) else { throw MissingFile(name: name) }
        return file.content
    }

    struct MissingFile: Error { let name: String }
}

extension PersonalisedDocument.File {
    func with(content: [UInt8]? = nil, shortIdentifier: UInt8? = nil, access: PersonalisedDocument.FileAccess? = nil)
        -> Self
    {
        Self(
            name: name, identifier: identifier, shortIdentifier: shortIdentifier ?? self.shortIdentifier,
            content: content ?? self.content, access: access ?? self.access)
    }
}

/// The bytes with one bit changed.
func flipping(_ bytes: [UInt8], bit: Int) -> [UInt8] {
    var out = bytes
    out[bit / 8] ^= 1 << UInt8(bit % 8)
    return out
}
