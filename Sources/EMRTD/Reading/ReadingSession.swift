import EMRTDCrypto
import EMRTDProtocol
import ISO7816
import LDS

/// One session with one chip: how it was opened, the way commands go at present, and what has been read. Used by one task.
final class ReadingSession {
    /// What Chip Authentication came to.
    enum ChipAuthenticationState {
        /// Not run.
        case idle
        /// Keys agreed; the first protected response will prove the chip, or not.
        case agreed(ChipAuthenticationParameters)
        /// A response under the new keys was accepted.
        case proven(ChipAuthenticationParameters)
        /// The chip did not do what a chip with the key would do.
        case failed(String)
        /// The chip refused a step.
        case refused(StatusWord)
    }

    let plain: PlainExchange
    let key: AccessKey
    let report: (ReadEvent) -> Void
    private(set) var exchange: any APDUExchange
    private(set) var access: AccessInfo?
    private(set) var chipAuthentication = ChipAuthenticationState.idle
    private(set) var records: [FileRecord] = []
    private(set) var notes: [String] = []
    private var blockSize: BlockSize
    private var chosenPACE: PACEParameters?
    /// The session under the keys of Chip Authentication: the only one whose answers are a proof.
    private var chipSession: SecureMessaging?
    /// Sessions that ended after Chip Authentication and before its proof, for no reason that tells of a wrong key.
    private var lostProofs = 0
    /// Whether the card has been seen to know short file identifiers.
    private var knowsShortFileIdentifiers = false
    private var recoveries = 0

    /// The most times that a session is opened again after the card was reset.
    static let maximumRecoveries = 6

    init(_ channel: any CardChannel, key: AccessKey, report: @escaping (ReadEvent) -> Void) {
        plain = PlainExchange(channel)
        exchange = plain
        self.key = key
        self.report = report
        blockSize = BlockSize(for: channel.properties)
    }

    // MARK: Access

    /// Opens the chip: EF.CardAccess, then PACE with the strongest offer, or BAC where the chip offers no PACE.
    func open() async throws {
        let choices = try await paceChoices()
        if choices.isEmpty {
            guard key.kind == .mrz else {
                throw EMRTDError(
                    .accessNotSupported,
                    "the card offers no PACE that this program knows, and a CAN opens nothing else",
                    stage: .access, remedy: .useMRZ)
            }
            try await runBAC()
        } else {
            try await runPACE(choices)
        }
        if let access { report(.accessGranted(access)) }
    }

    private func paceChoices() async throws -> [PACEParameters] {
        let record = try await readCardAccess()
        records.append(record)
        guard let bytes = record.bytes else { return [] }
        guard let infos = try? SecurityInfos(parsing: bytes, in: .cardAccess) else {
            notes.append("EF.CardAccess is not a set of SecurityInfos")
            return []
        }
        let choices = PACEParameters.choices(infos)
        if choices.isEmpty && !infos.paceInfos.isEmpty {
            notes.append("EF.CardAccess offers PACE only with parameters that this program does not run")
        }
        return choices
    }

    /// EF.CardAccess lies in the MF, which is current after a reset. Cards differ in whether and how they let the MF be
    /// selected, so that is tried last and never fatal.
    private func readCardAccess() async throws -> FileRecord {
        let target = TransparentFileReader.Target(
            fileIdentifier: ElementaryFile.cardAccess.fileIdentifier, shortFileIdentifier: nil)
        let selections: [CommandAPDU?] = [
            nil, CommandAPDU(ins: 0xA4, p1: 0x00, p2: 0x0C, data: [0x3F, 0x00]),
            CommandAPDU(ins: 0xA4, p1: 0x00, p2: 0x0C),
        ]
        var commands = 0
        var last = StatusWord.fileNotFound
        for selection in selections {
            if let selection {
                commands += 1
                guard try await plain.exchange(selection).statusWord.isSuccess else { continue }
            }
            var reader = TransparentFileReader(target)
            var size = BlockSize(responseLength: min(blockSize.responseLength, 256))
            var outcome = try await reader.read(plain, responseLength: size.responseLength)
            while case .lengthRefused(let status) = outcome, size.stepDown() {
                notes.append("\(ElementaryFile.cardAccess): block size \(size.responseLength) after \(status)")
                outcome = try await reader.read(plain, responseLength: size.responseLength)
            }
            commands += reader.commands
            switch outcome {
            case .complete where reader.bytes.first != 0x31:
                // In an application that somebody left selected 011C is another file.
                last = .fileNotFound
            case .complete: return FileRecord(.cardAccess, .read(reader.bytes), commands: commands)
            case .refused(let status), .lengthRefused(let status): last = status
            }
        }
        return FileRecord(.cardAccess, .refused(last), commands: commands)
    }

    private func runPACE(_ choices: [PACEParameters]) async throws {
        var refusal: ProtocolError?
        for parameters in choices {
            do {
                let terminal = try PACETerminal(parameters, password: key.pacePassword)
                let success = try await terminal.run(plain)
                exchange = SecureMessaging(over: plain, context: try success.keys.makeContext())
                access = AccessInfo(
                    protocol: .pace, mapping: parameters.protocol.mapping, agreement: parameters.protocol.agreement,
                    cipher: parameters.protocol.cipher, parameterId: parameters.parameterId, password: key.kind,
                    leniencies: success.omittedParameterId ? ["paceWithoutParameterId"] : [])
                chosenPACE = parameters
                try await selectApplication()
                return
            } catch let error as ProtocolError where error.code == .notSupported {
                refusal = error
            }
        }
        if let refusal { throw refusal }
    }

    private func runBAC() async throws {
        exchange = plain
        try await selectApplication()
        let terminal = try BACTerminal(keys: BACKeys(mrzHash: key.secret.copy()))
        let keys = try await terminal.run(plain)
        exchange = SecureMessaging(over: plain, context: try keys.makeContext())
        access = AccessInfo(
            protocol: .bac, mapping: nil, agreement: nil, cipher: .tripleDES, parameterId: nil, password: key.kind,
            leniencies: [])
    }

    private func selectApplication() async throws {
        let response = try await exchange.exchange(.select(application: ElementaryFile.applicationIdentifier))
        guard response.statusWord.isSuccess || response.statusWord.isWarning else {
            throw EMRTDError(
                .notAnEMRTD, "the card has no eMRTD application, or does not let it be selected", stage: .access,
                remedy: .useAnotherDocument, statusWord: response.statusWord)
        }
    }

    // MARK: Files

    /// The file's record, read now if it was not before.
    @discardableResult
    func read(_ file: ElementaryFile) async throws -> FileRecord {
        if let known = records.first(where: { $0.file == file }) { return known }
        var reader = self.reader(for: file)
        while true {
            report(.reading(file, bytes: reader.bytes.count, of: reader.totalLength))
            do {
                let outcome = try await reader.read(exchange, responseLength: blockSize.responseLength)
                confirmChip()
                switch outcome {
                case .complete:
                    if !reader.usedSelect { knowsShortFileIdentifiers = true }
                    if reader.usedSelect { notes.append("\(file): the chip knows no short file identifier") }
                    report(.read(file, bytes: reader.bytes.count))
                    return add(FileRecord(file, .read(reader.bytes), commands: reader.commands))
                case .refused(let status):
                    report(.refused(file))
                    return add(FileRecord(file, .refused(status), commands: reader.commands))
                case .lengthRefused(let status):
                    try stepDown(status, "\(file)", asked: reader.lastLength)
                }
            } catch let error as ISO7816Error where sessionIsUsable {
                // The file is broken, the session is not: the other files can still be read.
                confirmChip()
                report(.refused(file))
                return add(FileRecord(file, .unreadable(error.reason), commands: reader.commands))
            } catch {
                try await recover(from: error, while: file, asked: reader.lastLength)
                reader.invalidateSelection()
            }
        }
    }

    private var sessionIsUsable: Bool { (exchange as? SecureMessaging)?.isActive ?? true }

    private func reader(for file: ElementaryFile) -> TransparentFileReader {
        TransparentFileReader(
            .init(
                fileIdentifier: file.fileIdentifier, shortFileIdentifier: file.shortFileIdentifier,
                minimumLength: Self.minimumLength(file)), triesSelectWhenNotFound: !knowsShortFileIdentifiers)
    }

    /// A number of bytes that no real file of its kind falls short of: lets the first command fetch more than a header.
    private static func minimumLength(_ file: ElementaryFile) -> Int {
        switch file {
        case .sod: 512
        case .dataGroup(.dg2): 1024
        default: 6
        }
    }

    private func add(_ record: FileRecord) -> FileRecord {
        records.append(record)
        return record
    }

    /// Takes a smaller block size: the next one at which the command that was refused asks for less than it did. Sizes above
    /// what was asked for would only be refused again, each at the price of a new session.
    private func stepDown(_ status: StatusWord, _ what: String, asked: Int) throws {
        var hasSteppedDown = blockSize.stepDown()
        while hasSteppedDown, asked > BlockSize.smallest,
            exchange.payloadCapacity(ofResponse: blockSize.responseLength) >= asked
        {
            hasSteppedDown = blockSize.stepDown()
        }
        guard hasSteppedDown else {
            throw EMRTDError(
                .protocolViolation, "the card refuses every length of READ BINARY", stage: .read, remedy: .tryAgain,
                statusWord: status)
        }
        report(.recovered("\(what): the card refused the length, trying \(blockSize.responseLength) bytes"))
        notes.append("block size \(blockSize.responseLength) after \(status)")
    }

    // MARK: Recovery

    /// Opens the session again after an error that a smaller block or a new session can mend; rethrows any other.
    ///
    /// New sessions for the sake of a smaller block end with the sizes; others are counted.
    private func recover(from error: any Error, while file: ElementaryFile, asked: Int) async throws {
        if case .agreed = chipAuthentication, let failure = error as? ProtocolError, Self.tellsOfWrongKeys(failure) {
            chipAuthentication = .failed(failure.reason)
        } else if let failure = error as? ProtocolError, failure.code == .unprotectedStatus,
            let status = failure.statusWord, [0x6700, 0x6988, 0x6987, 0x6B00, 0x6F00].contains(status.rawValue)
        {
            try stepDown(status, "\(file)", asked: asked)
        } else if let failure = error as? CardChannelError, failure.code == .transmissionFailed {
            try stepDown(0x6700, "\(file)", asked: asked)
        } else if let failure = error as? CardChannelError, failure.code == .cardReset {
            recoveries += 1
            guard recoveries <= Self.maximumRecoveries else { throw error }
        } else {
            throw error
        }
        if case .agreed = chipAuthentication {
            lostProofs += 1
            if lostProofs > 1 { chipAuthentication = .refused((error as? ProtocolError)?.statusWord ?? .unknownError) }
        }
        report(.recovered("\(file): the session was lost and is opened again"))
        notes.append("session opened again while reading \(file)")
        try await reopen()
    }

    /// What a card says that cannot answer under the keys which only the key of DG14 gives: a wrong MAC, or that our objects
    /// are wrong or missing.
    private static func tellsOfWrongKeys(_ failure: ProtocolError) -> Bool {
        switch (failure.code, failure.statusWord) {
        case (.secureMessagingFailed, _): true
        case (.unprotectedStatus, .some(.secureMessagingObjectsIncorrect)),
            (.unprotectedStatus, .some(.secureMessagingObjectsMissing)):
            true
        default: false
        }
    }

    /// Resets the card and opens it again the way it was opened before. A chip that had begun or given its proof has to give it
    /// again: another card could finish what this one began, and an answer under the keys of PACE or BAC alone must never pass
    /// for the proof.
    private func reopen() async throws {
        // A proof belongs to its session: where the reopening fails on the way, none is left.
        if case .proven(let parameters) = chipAuthentication { chipAuthentication = .agreed(parameters) }
        try await reopenWithoutChip()
        switch chipAuthentication {
        case .agreed(let parameters), .proven(let parameters): try await authenticateChip(parameters)
        case .idle, .failed, .refused: break
        }
        try await expectSameDocument()
    }

    private func reopenWithoutChip() async throws {
        chipSession = nil
        try await plain.channel.reset()
        exchange = plain
        if let chosenPACE { try await runPACE([chosenPACE]) } else { try await runBAC() }
    }

    /// Reads EF.SOD again after a reset, where it had been read, and ends the reading if it is another one: nothing of two
    /// documents is mixed.
    private func expectSameDocument() async throws {
        guard let known = records.first(where: { $0.file == .sod })?.bytes else { return }
        var again = reader(for: .sod)
        let outcome = try await again.read(exchange, responseLength: blockSize.responseLength)
        confirmChip()
        guard outcome == .complete, again.bytes == known else {
            throw EMRTDError(
                .protocolViolation, "after a reset the card is not the one that the reading began with", stage: .read,
                remedy: .holdCardStill)
        }
    }

    // MARK: The chip's authenticity

    /// Runs Chip Authentication; its result shows with the next protected response.
    func authenticateChip(_ parameters: ChipAuthenticationParameters) async throws {
        do {
            let session = try await agree(parameters)
            chipSession = session
            exchange = session
            chipAuthentication = .agreed(parameters)
        } catch let error as ProtocolError where error.code == .refused {
            chipAuthentication = .refused(error.statusWord ?? .unknownError)
        } catch let error as ProtocolError where error.code == .unprotectedStatus {
            chipAuthentication = .refused(error.statusWord ?? .unknownError)
            try await reopenWithoutChip()
        } catch let error as ProtocolError where error.code == .secureMessagingFailed {
            chipAuthentication = .failed(error.reason)
            try await reopenWithoutChip()
        }
    }

    private func agree(_ parameters: ChipAuthenticationParameters) async throws -> SecureMessaging {
        let terminal = try ChipAuthenticationTerminal(parameters)
        let success = try await terminal.run(exchange)
        return SecureMessaging(over: plain, context: try success.keys.makeContext())
    }

    private func confirmChip() {
        guard case .agreed(let parameters) = chipAuthentication, let chipSession, exchange === chipSession,
            chipSession.acceptedResponses > 0
        else { return }
        chipAuthentication = .proven(parameters)
    }

    /// Runs Active Authentication. Where the reader cannot carry the long answer in one way, the other is tried once.
    func activeAuthentication(_ key: SubjectPublicKeyInfo, algorithm: OID?) async throws -> ActiveAuthentication.Result
    {
        let prefersExtended = blockSize.responseLength > 256
        do {
            let result = try await ActiveAuthentication.run(
                exchange, key: key, algorithm: algorithm, usesExtendedLength: prefersExtended)
            confirmChip()
            return result
        } catch let error as CardChannelError where error.code == .transmissionFailed {
            notes.append("session opened again for Active Authentication: the reader did not carry the answer")
            // Another card may be there now: whatever goes wrong here ends the reading, it is no result of the proof.
            do { try await reopen() } catch { throw EMRTDError(error, stage: .chip) }
        }
        let second = try await ActiveAuthentication.run(
            exchange, key: key, algorithm: algorithm, usesExtendedLength: !prefersExtended)
        confirmChip()
        return second
    }
}
