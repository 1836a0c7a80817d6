import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// An invented certification authority with a document verifier, a terminal and the next certification authority.
struct TerminalPKI {
    typealias Rights = CertificateHolderAuthorization

    let root: CVAuthority
    let next: CVAuthority
    let verifier: CVAuthority
    let terminal: CVAuthority
    /// Below the next certification authority.
    let nextVerifier: CVAuthority
    let nextTerminal: CVAuthority

    static func reference(_ name: String) throws -> CVReference { try #require(CVReference(name)) }

    static func days(_ from: String, _ to: String) throws -> ClosedRange<CalendarDate> {
        try #require(CalendarDate(from))...(#require(CalendarDate(to)))
    }

    init(
        _ algorithm: TerminalSignatureAlgorithm = .ecdsaSHA256, readsDG3: Bool = true, readsDG4: Bool = false,
        verifierReadsDG3: Bool = true, country: String = "XX"
    ) throws {
        let authority = Rights.inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true)
        let middle = Rights.inspectionSystem(.domesticDocumentVerifier, readsDG3: verifierReadsDG3, readsDG4: true)
        let leaf = Rights.inspectionSystem(readsDG3: readsDG3, readsDG4: readsDG4)
        func key() throws -> PrivateKey {
            try CVAuthority.makeKey(for: algorithm, rsaBits: algorithm == .rsaPSSSHA512 ? 2048 : 1024)
        }
        let terminalKey = try key()
        root = try CVAuthority(
            root: Self.reference("\(country)CVCA00001"), key: key(), algorithm: algorithm, authorization: authority,
            validity: Self.days("2020-01-01", "2022-12-31"))
        next = try root.issue(
            Self.reference("\(country)CVCA00002"), key: key(), authorization: authority,
            validity: Self.days("2022-06-01", "2025-06-01"))
        verifier = try root.issue(
            Self.reference("\(country)DV00001"), key: key(), authorization: middle,
            validity: Self.days("2020-06-01", "2021-06-01"))
        terminal = try verifier.issue(
            Self.reference("\(country)IS00001"), key: terminalKey, authorization: leaf,
            validity: Self.days("2020-07-01", "2020-09-30"))
        nextVerifier = try next.issue(
            Self.reference("\(country)DV00002"), key: key(), authorization: middle,
            validity: Self.days("2022-07-01", "2023-06-01"))
        nextTerminal = try nextVerifier.issue(
            Self.reference("\(country)IS00002"), key: terminalKey, authorization: leaf,
            validity: Self.days("2022-07-01", "2022-12-01"))
    }

    var key: SoftwareTerminalKey { SoftwareTerminalKey(terminal.key) }

    func trustPoints(_ date: String = "2020-02-01") throws -> CVTrustPoints {
        try CVTrustPoints([root.certificate], date: #require(CalendarDate(date)))
    }

    func credentials(_ holders: [CVAuthority]? = nil) throws -> TerminalCredentials {
        try TerminalCredentials(certificates: (holders ?? [verifier, terminal]).map(\.certificate.encoded), key: key)
    }
}

/// A chip that knows Terminal Authentication alone, in a session with a given binding.
final class TerminalAuthenticationCard: APDUExchange {
    var chip: TerminalAuthenticationChip
    let binding: TerminalAuthenticationBinding?
    /// Changes a command on its way, or the answer.
    var alter: (inout CommandAPDU) -> Void = { _ in }
    var alterAnswer: (CommandAPDU, inout ResponseAPDU) -> Void = { _, _ in }
    private(set) var commands: [CommandAPDU] = []

    init(_ trustPoints: CVTrustPoints, binding: TerminalAuthenticationBinding?) {
        chip = TerminalAuthenticationChip(trustPoints: trustPoints)
        self.binding = binding
    }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        var command = command
        alter(&command)
        commands.append(command)
        var answer =
            try chip.process(command, binding: binding) ?? ResponseAPDU(data: [], statusWord: .instructionNotSupported)
        alterAnswer(command, &answer)
        return answer
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}
