import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// A terminal that shows the raw answers of a simulated chip: commands written out by hand in clear, and protected ones.
final class TestTerminal {
    let chip: SimulatedChip
    let plain: PlainExchange
    /// The present session.
    private(set) var session: SecureMessaging?

    static let today = CalendarDate(clampingDaysSinceEpoch: 20_513)
    static let selectApplication = "00A4040C07A0000002471001"

    init(_ chip: SimulatedChip) {
        self.chip = chip
        plain = PlainExchange(chip)
    }

    /// A passport with options changed, whose Active Authentication is a fast one.
    static func passport(_ change: (inout PersonalisationOptions) -> Void = { _ in }) throws -> TestTerminal {
        var options = PersonalisationOptions.passportTD3(today: today)
        change(&options)
        return TestTerminal(try SimulatedChip(try Personaliser(options).personalise()))
    }

    /// An identity card with PIN and PUK.
    static func identityCard(_ change: (inout PersonalisationOptions) -> Void = { _ in }) throws -> TestTerminal {
        var options = PersonalisationOptions.identityCardTD1(today: today)
        change(&options)
        return TestTerminal(try SimulatedChip(try Personaliser(options).personalise()))
    }

    /// Sends a command as it is; the answer in hexadecimal.
    func send(_ command: String) -> String { hex(chip.process(hex(command))) }

    /// Sends a command under secure messaging, or in clear before there is any.
    @discardableResult
    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        try await (session ?? plain as any APDUExchange).exchange(command)
    }

    /// The status word of a command.
    func status(_ command: CommandAPDU) async throws -> StatusWord { try await exchange(command).statusWord }

    /// A command as it goes out in the present session, for answers that are not protected.
    func infos(_ name: String) throws -> SecurityInfos {
        let file = try #require(chip.document.file(named: name))
        return try SecurityInfos(parsing: file.content, in: .cardAccess)
    }

    /// The offers of EF.CardAccess that can be run, best first.
    func offers() throws -> [PACEParameters] { PACEParameters.choices(try infos("EF.CardAccess")) }

    /// A password of the document; `nil` text stands for the right one.
    func password(_ reference: PACEPasswordReference, _ text: String? = nil) throws -> PACEPassword {
        let secrets = chip.document.secrets
        guard reference != .mrz else {
            let bytes = Array((text ?? secrets.mrzInformation).utf8)
            return PACEPassword(.mrz, secret: SharedSecret(try DigestAlgorithm.sha1.secretDigest(bytes)))
        }
        let right: [PACEPasswordReference: String?] = [
            .can: secrets.cardAccessNumber, .pin: secrets.personalIdentificationNumber, .puk: secrets.pinUnblockingKey,
        ]
        let known = try #require(text ?? right[reference] ?? nil)
        return PACEPassword(reference, secret: SharedSecret(try SecretBytes(copying: Array(known.utf8))))
    }

    /// Runs PACE over the present way to the card, and begins the session that it opens.
    @discardableResult
    func pace(
        _ reference: PACEPasswordReference = .mrz, _ text: String? = nil, offer: PACEParameters? = nil,
        resumes: Bool = false
    ) async throws -> ChipAuthenticationMappingData? {
        let parameters = try #require(try offer ?? offers().first)
        let success = try await PACETerminal(parameters, password: password(reference, text)).run(
            session ?? plain as any APDUExchange, resumesSuspended: resumes)
        begin(try success.keys.makeContext())
        return success.chipAuthenticationMapping
    }

    /// Runs BAC in the application.
    func bac(_ mrzInformation: String? = nil) async throws {
        session = nil
        #expect(
            try await plain.exchange(.select(application: PersonalisedDocument.applicationIdentifier)).statusWord
                .isSuccess)
        let hash = try DigestAlgorithm.sha1.secretDigest(
            Array((mrzInformation ?? chip.document.secrets.mrzInformation).utf8))
        let keys = try await BACTerminal(keys: BACKeys(mrzHash: hash)).run(plain)
        begin(try keys.makeContext())
    }

    /// Selects the application under secure messaging.
    func selectApplication() async throws {
        #expect(try await status(.select(application: PersonalisedDocument.applicationIdentifier)) == .success)
    }

    /// Starts a session under new keys.
    func begin(_ context: SecureMessagingContext) { session = SecureMessaging(over: plain, context: context) }

    /// Gives the session up, as a terminal does that the card has left behind.
    func abandon() { session = nil }

    func reset() {
        session = nil
        chip.reset()
    }

    /// The whole of a file under the present directory, by short identifier and 100 bytes at a time.
    func read(_ name: String, block: Int = 100) async throws -> [UInt8] {
        let file = try #require(chip.document.file(named: name))
        var bytes: [UInt8] = []
        while bytes.count < file.content.count {
            let wanted = min(block, file.content.count - bytes.count)
            let response = try await exchange(
                bytes.isEmpty
                    ? .readBinary(shortFileIdentifier: file.shortIdentifier, offset: 0, length: wanted)
                    : .readBinary(offset: bytes.count, length: wanted))
            try #require(response.statusWord.isSuccess && response.data.count == wanted, "\(response.statusWord)")
            bytes += response.data
        }
        return bytes
    }
}
