import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS

/// Opens a chip: EF.CardAccess, then PACE with the strongest offer that the policy allows; without PACE a plain read, or BAC.
/// Opens it again the same way after a reset. Used by one task.
final class AccessProcedure {
    /// The way that opened the chip, for opening it again.
    private enum Way {
        case pace(PACEParameters)
        case bac
        case unprotected
    }

    /// How the chip was opened.
    private(set) var info: AccessInfo?

    /// What Terminal Authentication takes over from PACE.
    struct TerminalBasis {
        /// The chip's ephemeral public key, the terminal's, and the group.
        let chipKey: [UInt8]
        let terminalKey: [UInt8]
        let parameters: PACEParameters
        /// The names of the chip's trust points, where it gave any.
        let trustPointNames: [[UInt8]]
    }

    let plain: PlainExchange
    private let key: AccessKey?
    private let policy: AccessPolicy
    let log: ReadingLog
    /// What the terminal proves its rights with, where it has any.
    let terminal: TerminalCredentials?
    /// Chip Authentication version 2 as EF.CardAccess offers it to terminals with rights, best first; empty where the chip or
    /// the terminal has no Extended Access Control version 2.
    private var extendedChoices: [ChipAuthentication2Parameters] = []
    /// What Chip Authentication version 2 came to: the proof of the session in force, and every failure. Another run of PACE ends
    /// the proofs before it.
    var extendedProofs: [ExtendedProof] = []
    private var way: Way?
    private var offered: [PACEInfo] = []
    private var choices: [PACEParameters] = []
    /// What each run of PACE with Chip Authentication Mapping left for the proof of the chip. All must prove the same key: the
    /// session may have been opened again on another card.
    private(set) var mappingProofs: [ChipAuthenticationMappingData] = []
    /// What the latest PACE says about the chip for Terminal Authentication; `nil` after BAC and without access control.
    private(set) var terminalBasis: TerminalBasis?
    private var leniencies: Set<AccessInfo.Leniency> = []
    /// Whether the latest run of PACE let the card judge the password.
    private var passwordWasJudged = false
    /// Whether a session of PACE was ever opened: from then on nothing else may follow.
    private var hasEstablishedPACE = false
    private var hasAskedForCardSecurity = false
    /// How often the session was lost while EF.CardSecurity was read.
    private var lostSessions = 0
    /// The longest response in short length that the way to the card was found to carry.
    private(set) var shortResponseLength = 256

    init(
        _ plain: PlainExchange, key: AccessKey?, policy: AccessPolicy, terminal: TerminalCredentials?, log: ReadingLog
    ) {
        self.plain = plain
        self.terminal = terminal
        self.key = key
        self.policy = policy
        self.log = log
    }

    // MARK: Opening

    /// Opens the chip and selects the eMRTD application. Returns the way that commands go from then on.
    func open(responseLength: Int) async throws -> any APDUExchange {
        var reading = CardAccessReading(plain: plain, log: log, responseLength: responseLength)
        let found = try await reading.run()
        shortResponseLength = reading.blockSize.responseLength
        log.add(found.record)
        if let leniency = found.leniency { leniencies.insert(leniency) }
        if let bytes = found.record.bytes {
            if let infos = try? SecurityInfos(parsing: bytes, in: .cardAccess) {
                offered = infos.paceInfos
                choices = PACEParameters.choices(infos)
                if terminal != nil, infos.terminalAuthenticationInfos.contains(where: { $0.version == 2 }) {
                    extendedChoices = ChipAuthentication2Parameters.choices(infos).filter {
                        $0.strength >= policy.minimumStrength
                    }
                }
            } else {
                log.note("EF.CardAccess is not a set of SecurityInfos")
            }
        }
        let exchange: any APDUExchange
        do {
            exchange = try await enter()
        } catch let error as EMRTDError where error.code == .notAnEMRTD && error.statusWord == 0x6999 {
            log.note("the application was refused again [6999]; the card was reset and asked once more")
            // Opened before means the same way again: a card that has run PACE is held to it.
            if way == nil {
                try await plain.channel.reset()
                exchange = try await enter()
            } else {
                exchange = try await reopen()
            }
        }
        if let info { log.report(.accessGranted(info)) }
        return exchange
    }

    private func enter() async throws -> any APDUExchange {
        guard !offered.isEmpty else { return try await enterWithoutPACE() }
        guard let key else { throw Self.keyRequired }
        guard !choices.isEmpty else {
            log.note("EF.CardAccess offers PACE only with parameters that this program does not run")
            leniencies.insert(.bacInsteadOfUnknownPACE)
            return try await enterWithBAC(key)
        }
        let allowed = choices.filter(policy.allows)
        guard !allowed.isEmpty else { throw notAllowed("the card offers only weak variants of PACE") }
        do {
            return try await enterWithPACE(allowed, key)
        } catch  where mayBeFollowedByBAC(error, key) {
            log.note("PACE failed and BAC was used instead, as the access policy allows: \(Self.text(error))")
            log.recovered("PACE failed; trying BAC")
            leniencies.insert(.bacAfterPACEFailed)
            try await plain.channel.reset()
            return try await enterWithBAC(key)
        }
    }

    /// Opens the chip again after a reset, the way it was opened before.
    func reopen() async throws -> any APDUExchange {
        try await plain.channel.reset()
        switch (way, key) {
        case (.pace(let parameters), let key?): return try await enterWithPACE([parameters], key)
        case (.bac, let key?):
            try await selectApplication(plain)
            return try await runBAC(key)
        default:
            try await selectApplication(plain)
            return plain
        }
    }

    // MARK: PACE

    /// Whether the policy lets BAC follow: never where the card has judged the password or blocks it.
    private func mayBeFollowedByBAC(_ error: any Error, _ key: AccessKey) -> Bool {
        guard !hasEstablishedPACE, policy.afterPACEFailure != .stop, policy.permitsBAC, key.kind == .mrz else {
            return false
        }
        switch error {
        // About the password, or a card that is not what it says: a weaker protocol would help nobody but an attacker.
        case let error as ProtocolError
        where [
            .wrongPassword, .passwordBlocked, .passwordSuspended, .authenticationFailed, .invalidPublicKey,
        ].contains(error.code):
            return false
        // What comes in answer to the token may be about the password, but for a chip that could not run the command at all.
        case let error as ProtocolError where passwordWasJudged:
            return error.statusWord.map {
                [.unknownError, .instructionNotSupported, .classNotSupported].contains($0)
            } ?? false
        case is ProtocolError: return true
        case is ISO7816Error: return !passwordWasJudged
        default: return false
        }
    }

    private static func text(_ error: any Error) -> String {
        switch error {
        case let error as ProtocolError: error.description
        case let error as ISO7816Error: error.description
        default: "an error of the type \(type(of: error))"
        }
    }

    private func enterWithPACE(_ choices: [PACEParameters], _ key: AccessKey) async throws -> any APDUExchange {
        var refusal: ProtocolError?
        for parameters in choices {
            var exchange: any APDUExchange
            do {
                exchange = try await runPACE(parameters, key)
            } catch let error as ProtocolError where error.code == .notSupported && !hasEstablishedPACE {
                // Only as long as no session was ever opened: what a card has once run it does not refuse later, but another
                // card may.
                refusal = error
                continue
            }
            hasEstablishedPACE = true
            if refusal != nil { leniencies.insert(.strongerPACERefused) }
            while true {
                if let extended = extendedChoices.first {
                    let opened = try await runExtendedAccess(extended, exchange) {
                        try await self.plain.channel.reset()
                        return try await self.runPACE(parameters, key)
                    }
                    guard let opened else {
                        try await plain.channel.reset()
                        exchange = try await runPACE(parameters, key)
                        continue
                    }
                    exchange = opened
                }
                if try await readCardSecurity(exchange) { break }
                try await plain.channel.reset()
                exchange = try await runPACE(parameters, key)
            }
            way = .pace(parameters)
            info = AccessInfo(
                pace: parameters.protocol, parameterId: parameters.parameterId, password: key.kind,
                policy: policy.name, leniencies: leniencies)
            try await selectApplication(exchange)
            return exchange
        }
        throw refusal ?? ProtocolError(.notSupported, "no variant of PACE is left to try", step: "PACE")
    }

    /// One run of PACE, with one attempt. A PIN that the card has suspended is resumed with the CAN where the caller gave one
    /// and allows the last try.
    private func runPACE(_ parameters: PACEParameters, _ key: AccessKey) async throws -> any APDUExchange {
        do {
            return try await runPACE(
                parameters, key.pacePassword, over: plain, stopsAtLastTry: key.kind.isCounted, kind: key.kind)
        } catch let last as PACEWatch.LastTry {
            guard policy.allowsLastTry else {
                throw EMRTDError(
                    .passwordSuspended, "one try is left for the \(key.kind.rawValue), and it was not used up",
                    stage: .access, remedy: .allowLastTry, statusWord: last.statusWord)
            }
            log.note("the last try of the \(key.kind.rawValue) was used, as the access policy allows")
            guard key.kind == .pin else {
                try await plain.channel.reset()
                return try await runPACE(
                    parameters, key.pacePassword, over: plain, stopsAtLastTry: false, kind: key.kind)
            }
            guard let can = key.resumingPassword else {
                throw EMRTDError(
                    .passwordSuspended, "the PIN is suspended: its last try needs the CAN first", stage: .access,
                    remedy: .allowLastTry, statusWord: last.statusWord)
            }
            // The CAN, and the PIN in the session that it opens (TR-03110-2, 3.3).
            try await plain.channel.reset()
            let session = try await runPACE(parameters, can, over: plain, stopsAtLastTry: false, kind: .can)
            return try await runPACE(
                parameters, key.pacePassword, over: session, stopsAtLastTry: false, kind: key.kind)
        }
    }

    private func runPACE(
        _ parameters: PACEParameters, _ password: PACEPassword, over exchange: any APDUExchange, stopsAtLastTry: Bool,
        kind: AccessKey.Kind
    ) async throws -> any APDUExchange {
        let watch = PACEWatch(exchange, stopsAtLastTry: stopsAtLastTry)
        let variant = parameters.protocol
        let name =
            [
                variant.agreement.rawValue, variant.mapping.rawValue, variant.cipher.rawValue,
            ].joined(separator: " ") + ", domain parameters \(parameters.parameterId), \(kind.rawValue)"
        passwordWasJudged = false
        defer { passwordWasJudged = watch.hasSentToken }
        terminalBasis = nil
        // A proof belongs to its session: another card may answer now. What has failed stays failed.
        extendedProofs.removeAll { if case .proven = $0 { true } else { false } }
        do {
            // With several sets of domain parameters for one protocol the card has to be told which (4.4.4.1).
            let isOnlySet = choices.filter { $0.protocol == variant }.count < 2
            let terminal = try PACETerminal(
                parameters, password: password, mayOmitParameters: isOnlySet,
                authorization: extendedChoices.isEmpty
                    ? nil : self.terminal?.extendedAccessAuthorization?.templateContent)
            // The watch above has stopped at the last try where it may not be used.
            let success = try await terminal.run(watch, resumesSuspended: !stopsAtLastTry)
            for tolerance in success.tolerances {
                if let leniency = AccessInfo.Leniency(rawValue: tolerance.rawValue) { leniencies.insert(leniency) }
            }
            if let left = watch.retriesLeft { log.note("the \(kind.rawValue) had \(left) tries left before this one") }
            if let proof = success.chipAuthenticationMapping { mappingProofs.append(proof) }
            terminalBasis = TerminalBasis(
                chipKey: success.chipEphemeralKey, terminalKey: success.terminalEphemeralKey, parameters: parameters,
                trustPointNames: success.certificationAuthorityReferences)
            log.add(ProtocolRun(.pace, name, .successful))
            return SecureMessaging(over: plain, context: try success.keys.makeContext())
        } catch let error as ProtocolError {
            log.add(
                ProtocolRun(
                    .pace, name, [.refused, .notSupported].contains(error.code) ? .refused : .failed,
                    statusWord: error.statusWord))
            if error.code == .passwordBlocked, kind.isCounted {
                throw EMRTDError(
                    .passwordBlocked, "the \(kind.rawValue) is blocked", stage: .access,
                    remedy: kind == .pin ? .unblockPIN : .useMRZ, statusWord: error.statusWord)
            }
            throw error
        }
    }

    /// Reads EF.CardSecurity once, where the chip has it: signed, it says what EF.CardAccess should offer, and holds the key of
    /// Chip Authentication Mapping. It is in the MF, current until the application is selected; some cards find it by its short
    /// identifier alone (Q28).
    ///
    /// - Returns: `false` where the session was lost over it, and is to be opened again.
    func readCardSecurity(_ exchange: any APDUExchange) async throws -> Bool {
        // In the application the same identifier means EF.SOD.
        guard !hasAskedForCardSecurity, !leniencies.contains(.cardAccessInApplication) else { return true }
        hasAskedForCardSecurity = true
        let file = ElementaryFile.cardSecurity
        var reader = TransparentFileReader(
            .init(fileIdentifier: file.fileIdentifier, shortFileIdentifier: file.shortFileIdentifier),
            triesSelectWhenNotFound: false)
        do {
            var size = BlockSize(responseLength: shortResponseLength)
            var outcome = try await reader.read(exchange, responseLength: size.responseLength)
            while case .lengthRefused = outcome, size.stepDown() {
                outcome = try await reader.read(exchange, responseLength: size.responseLength)
            }
            switch outcome {
            case .complete where reader.bytes.first == 0x30:
                log.add(FileRecord(file, .read(reader.bytes), commands: reader.commands))
            case .complete: log.note("where \(file) should be is another file")
            case .refused(.fileNotFound): break
            case .refused(let status), .lengthRefused(let status):
                log.add(FileRecord(file, .refused(status), commands: reader.commands))
            }
            return true
        } catch let error as ISO7816Error where (exchange as? SecureMessaging)?.isActive == true {
            log.add(FileRecord(file, .unreadable(error.reason), commands: reader.commands))
            return true
        } catch let error as ProtocolError where error.code == .unprotectedStatus && error.statusWord?.isError == true {
            log.note("\(file): refused in clear, which ended the session; it was opened again")
            log.add(FileRecord(file, .refused(error.statusWord ?? .unknownError), commands: reader.commands))
            return false
        } catch let error as CardChannelError where ReadingSession.isTransient(error) {
            lostSessions += 1
            guard lostSessions <= BlockSize.ladder.count else { throw error }
            var size = BlockSize(responseLength: shortResponseLength)
            if error.code == .transmissionFailed, reader.lastLength > BlockSize.smallest, size.stepDown() {
                shortResponseLength = size.responseLength
            }
            hasAskedForCardSecurity = false
            log.note("session opened again while reading \(file): \(error.code)")
            return false
        }
    }

    // MARK: Without PACE

    private func enterWithoutPACE() async throws -> any APDUExchange {
        try await selectApplication(plain)
        if try await isUnprotected() {
            guard policy.allowsUnprotected else { throw notAllowed("the card guards nothing with a key") }
            log.note("the chip has no access control: anyone near it can read it")
            forgetProofs()
            way = .unprotected
            info = AccessInfo(unprotectedBy: policy.name, leniencies: leniencies)
            return plain
        }
        guard let key else { throw Self.keyRequired }
        return try await enterWithBAC(key, isSelected: true)
    }

    /// Whether EF.COM and DG1 can be read without a key (Q17). Both become records, so that they are not read twice.
    private func isUnprotected() async throws -> Bool {
        for (file, tag) in [(ElementaryFile.com, UInt8(0x60)), (.dataGroup(.dg1), 0x61)] {
            var reader = TransparentFileReader(
                .init(fileIdentifier: file.fileIdentifier, shortFileIdentifier: file.shortFileIdentifier))
            do {
                guard case .complete = try await reader.read(plain, responseLength: shortResponseLength),
                    reader.bytes.first == tag
                else { return false }
            } catch is ISO7816Error {
                return false
            }
            if log[file] == nil { log.add(FileRecord(file, .read(reader.bytes), commands: reader.commands)) }
        }
        return true
    }

    private func enterWithBAC(_ key: AccessKey, isSelected: Bool = false) async throws -> any APDUExchange {
        guard key.kind == .mrz else {
            throw EMRTDError(
                .accessNotSupported,
                "the card offers no PACE that this program knows, and a \(key.kind.rawValue) opens nothing else",
                stage: .access, remedy: .useMRZ)
        }
        guard policy.permitsBAC else { throw notAllowed("the card can be opened with BAC alone") }
        if !isSelected { try await selectApplication(plain) }
        let exchange = try await runBAC(key)
        way = .bac
        info = AccessInfo(bac: key.kind, policy: policy.name, leniencies: leniencies)
        return exchange
    }

    /// What PACE has left belongs to a session that is over, perhaps to another card.
    private func forgetProofs() {
        terminalBasis = nil
        mappingProofs = []
        extendedProofs.removeAll { if case .proven = $0 { true } else { false } }
    }

    private func runBAC(_ key: AccessKey) async throws -> any APDUExchange {
        forgetProofs()
        do {
            let terminal = try BACTerminal(keys: BACKeys(mrzHash: key.secret.copy()))
            let keys = try await terminal.run(plain)
            log.add(ProtocolRun(.bac, "3DES, \(key.kind.rawValue)", .successful))
            return SecureMessaging(over: plain, context: try keys.makeContext())
        } catch let error as ProtocolError {
            let isRefusal = [.refused, .notSupported].contains(error.code)
            log.add(
                ProtocolRun(
                    .bac, "3DES, \(key.kind.rawValue)", isRefusal ? .refused : .failed, statusWord: error.statusWord))
            throw explained(error)
        }
    }

    /// What a refusal of BAC means: not a wrong key where the card wants PACE (Q7).
    private func explained(_ error: ProtocolError) -> any Error {
        guard error.code == .wrongPassword else { return error }
        if !offered.isEmpty {
            return EMRTDError(
                .accessFailed,
                "BAC: the card, which offers PACE, did not accept BAC; that says nothing about the machine readable zone",
                stage: .access, remedy: .tryAgain, statusWord: error.statusWord)
        }
        // Without EF.CardAccess it is open whether the card wants PACE; a plain "authentication failed" means the key.
        let isAmbiguous = error.statusWord.map { [0x6982, 0x6985, 0x6988, 0x6A88].contains($0.rawValue) } ?? false
        guard isAmbiguous, case .refused(let status)? = log[.cardAccess]?.outcome, status != .fileNotFound else {
            return error
        }
        return EMRTDError(
            .accessFailed,
            "BAC: the card did not accept it and did not give EF.CardAccess: the key is not the card's, or it wants PACE",
            stage: .access, remedy: .checkPassword, statusWord: error.statusWord)
    }

    private func selectApplication(_ exchange: any APDUExchange) async throws {
        let command = CommandAPDU.select(application: ElementaryFile.applicationIdentifier)
        var response = try await exchange.exchange(command)
        if response.statusWord == 0x6999 {
            // A status word of some contactless stacks that goes away with a second try (Q26).
            log.note("the application was refused once [6999]")
            response = try await exchange.exchange(command)
        }
        guard response.statusWord.isSuccess || response.statusWord.isWarning else {
            throw EMRTDError(
                .notAnEMRTD, "the card has no eMRTD application, or does not let it be selected", stage: .access,
                remedy: .useAnotherDocument, statusWord: response.statusWord)
        }
    }

    // MARK: Errors

    private static let keyRequired = EMRTDError(
        .accessKeyRequired, "the card wants a key, and none was given", stage: .access, remedy: .giveAccessKey)

    private func notAllowed(_ what: String) -> EMRTDError {
        EMRTDError(
            .accessNotAllowed, "\(what), which the access policy '\(policy.name)' does not allow", stage: .access,
            remedy: .useAnotherDocument)
    }
}
