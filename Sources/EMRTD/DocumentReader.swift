public import EMRTDProtocol
public import EMRTDTrust
public import ISO7816
public import LDS

/// Reads documents and verifies them: the main entry of the library.
///
/// ```swift
/// let reader = DocumentReader(trust: try TrustStore(contentsOf: ["trust/"]))
/// let inspection = try await reader.inspect(card, with: .can("000123"), reading: .identityAndPortrait)
/// print(inspection.verdict)
/// ```
public struct DocumentReader: Sendable {
    /// The CSCA certificates that are trusted.
    public let trust: TrustStore
    /// What passive authentication requires.
    public let policy: TrustPolicy
    /// What may be used to open a chip.
    public let access: AccessPolicy
    /// What this terminal proves its right to fingerprints and irises with; `nil` for a terminal without such rights.
    public let terminal: TerminalCredentials?

    /// What is known of document signers from documents before.
    let cache = ChainCache()

    /// Creates a reader. Without any trust anchor the verdict is at best `undetermined`.
    public init(
        trust: TrustStore, policy: TrustPolicy = .field, access: AccessPolicy = .field,
        terminal: TerminalCredentials? = nil
    ) {
        self.trust = trust
        self.policy = policy
        self.access = access
        self.terminal = terminal
    }

    /// Opens a chip, reads what the plan asks for, lets the chip prove itself, and judges all of it.
    ///
    /// One attempt is made with the key. The channel is closed at the end, whatever the end is, so the card forgets the
    /// session. Cancelling the task takes effect between two commands.
    ///
    /// - Parameters:
    ///   - channel: the card.
    ///   - key: what opens the chip; `nil` for a chip that guards nothing. Where another chip wants one, the reading ends with
    ///     `accessKeyRequired`.
    ///   - plan: the data groups to read.
    ///   - date: the moment that validity is judged at; the present one where `nil`.
    ///   - connect: how long it took to get the channel, for the report's timing.
    ///   - events: receives what happens, on the task that reads.
    /// - Throws: ``EMRTDError``.
    public func inspect(
        _ channel: any CardChannel, with key: AccessKey?, reading plan: ReadPlan = .identityAndPortrait,
        at date: Timestamp? = nil, connect: Duration = .zero,
        events: @escaping @Sendable (ReadEvent) -> Void = { _ in }
    ) async throws -> Inspection {
        do {
            let inspection = try await run(channel, key, plan, date ?? .now(), connect, events)
            await channel.close()
            return inspection
        } catch {
            await channel.close()
            throw error
        }
    }

    /// Judges files that were read earlier. The chip is not present, so the best verdict is `dataAuthentic`.
    ///
    /// - Parameters:
    ///   - files: each file's bytes as they were read.
    ///   - date: the moment that validity is judged at; the present one where `nil`.
    public func verify(_ files: [ElementaryFile: [UInt8]], at date: Timestamp? = nil) -> Inspection {
        let clock = ContinuousClock()
        let start = clock.now
        let records = files.sorted { $0.key.name < $1.key.name }.map {
            FileRecord($0.key, .read($0.value), commands: 0)
        }
        var timing = InspectionTiming()
        return judge(
            records, chip: ChipEvidence(), access: nil, key: nil, notes: [], protocols: [], date: date ?? .now(),
            timing: &timing, start: start)
    }

    private func run(
        _ channel: any CardChannel, _ key: AccessKey?, _ plan: ReadPlan, _ date: Timestamp,
        _ connect: Duration, _ events: @escaping @Sendable (ReadEvent) -> Void
    ) async throws -> Inspection {
        let session = ReadingSession(channel, key: key, policy: access, terminal: terminal, report: events)
        let clock = ContinuousClock()
        var timing = InspectionTiming()
        timing.stages[.connect] = connect
        func stage<R>(_ stage: EMRTDError.Stage, _ body: () async throws -> R) async throws -> R {
            events(.stage(stage))
            let start = clock.now
            defer { timing.stages[stage, default: .zero] += clock.now - start }
            do { return try await body() } catch { throw EMRTDError(error, stage: stage) }
        }

        var evidence = ChipEvidence(isPresent: true)
        try await stage(.access) { try await session.open() }
        let groups = try await stage(.read) { try await listedGroups(session, plan) }
        if groups.contains(.dg14) {
            let dg14 = try await stage(.read) { try await session.read(.dataGroup(.dg14)) }
            if let infos = dg14.bytes.flatMap({ try? DG14(parsing: $0) })?.securityInfos {
                let choices = ChipAuthenticationParameters.choices(infos).filter(access.allows)
                if !choices.isEmpty {
                    try await stage(.chip) {
                        for parameters in choices.prefix(Self.maximumChipKeys) {
                            try await session.authenticateChip(parameters)
                            guard case .refused = session.chipAuthentication else { break }
                        }
                    }
                }
                if let terminal, session.access.extendedProofs.isEmpty {
                    // A file read first shows whether the chip holds the new keys.
                    _ = try await stage(.read) { try await session.read(.dataGroup(.dg1)) }
                    try await stage(.chip) { try await session.authenticateTerminal(terminal, infos: infos) }
                }
            }
        }
        try await stage(.read) {
            for group in groups.sorted() { try await session.read(.dataGroup(group)) }
        }
        if groups.contains(.dg15) {
            evidence.activeAuthentication = try await stage(.chip) { try await activeAuthentication(session) }
        }
        evidence.chipAuthentication = session.chipAuthentication
        evidence.mappingProofs = session.access.mappingProofs
        evidence.extendedProofs = session.access.extendedProofs
        timing.card = session.plain.statistics.cardTime
        timing.commands = session.plain.statistics.commands
        events(.stage(.verify))
        return judge(
            session.log.records, chip: evidence, access: session.access.info, key: key, notes: session.log.notes,
            protocols: session.log.runs, date: date, timing: &timing, start: clock.now)
    }

    /// Reads EF.COM and EF.SOD and says which groups to read: those that either lists (EF.COM may hide some, EF.SOD
    /// decides) and the plan asks for, and the keys of the chip's authenticity.
    private func listedGroups(_ session: ReadingSession, _ plan: ReadPlan) async throws -> Set<DataGroupNumber> {
        let com = try await session.read(.com).bytes.flatMap { try? EFCOM(parsing: $0) }
        let sod = try await session.read(.sod).bytes.flatMap { try? DocumentSecurityObject(encoded: $0) }
        var listed = Set(com?.dataGroups ?? [])
        if let sod { listed.formUnion(sod.securityObject.dataGroupHashes.keys) }
        // Without either list the groups are asked for one by one.
        if com == nil && sod == nil { listed = Set(DataGroupNumber.allCases) }
        listed.insert(.dg1)
        return listed.filter { plan.includes($0) || $0 == .dg14 || $0 == .dg15 }
    }

    /// The most offers of DG14 that are tried where the chip refuses.
    private static let maximumChipKeys = 4

    private func activeAuthentication(_ session: ReadingSession) async throws -> ChipEvidence.ActiveAuthenticationState
    {
        func parsed<T>(_ file: DataGroupNumber, _ body: ([UInt8]) throws -> T) -> T? {
            session.log[.dataGroup(file)]?.bytes.flatMap { try? body($0) }
        }
        guard let dg15 = parsed(.dg15, DG15.init(parsing:)) else { return .notRun }
        let algorithm = parsed(.dg14, DG14.init(parsing:))?.securityInfos.activeAuthenticationInfos.first?
            .signatureAlgorithm
        do {
            return .done(try await session.activeAuthentication(dg15.publicKey, algorithm: algorithm))
        } catch let error as ProtocolError where error.code == .unprotectedStatus {
            // Refused in clear (Q32), or the session was not what the chip took it for. A protected answer that is wrong ends the
            // reading.
            guard let status = error.statusWord, status.isError else { throw error }
            let isSessionError = [0x6882, 0x6987, 0x6988].contains(status.rawValue)
            return isSessionError ? .aborted(error.description) : .done(.refused(status))
        } catch let error as ProtocolError
            where error.code == .secureMessagingFailed && session.plain.lastAnswerFitsShortLength
        {
            // A long signature that the reader cut off: no proof, and no sign of tampering.
            return .aborted("the answer came cut off: the reader does not carry it")
        } catch let error as ISO7816Error {
            return .aborted(error.description)
        } catch let error as CardChannelError where error.code == .transmissionFailed {
            return .aborted(error.reason)
        }
    }

    private func judge(
        _ records: [FileRecord], chip: ChipEvidence, access: AccessInfo?, key: AccessKey?, notes: [String],
        protocols: [ProtocolRun], date: Timestamp, timing: inout InspectionTiming, start: ContinuousClock.Instant
    ) -> Inspection {
        let files = Dictionary(
            records.compactMap { record in record.bytes.map { (record.file, $0) } },
            uniquingKeysWith: { first, _ in first })
        let contents = DocumentContents(files: files)
        let passive = passiveAuthentication(contents, records, date)
        let checks = DocumentChecks(
            contents: contents, chip: chip, access: access, key: key, signedGroups: passive.signedGroups,
            cardSecurity: passive.cardSecurity, date: date, policy: policy, accessPolicy: self.access,
            isCovered: { group in
                passive.checks.contains { $0.id == .sodSignature && $0.result == .successful }
                    && passive.checks.contains { $0.id == .dataGroup(group) && $0.result == .successful }
            }
        ).all()
        timing.stages[.verify, default: .zero] += ContinuousClock.now - start
        return Inspection(
            checks: CheckID.ordered(passive.checks + checks), document: contents, access: access, files: records,
            timing: timing, protocols: protocols, notes: notes + contents.leniencies.map { "leniency: \($0)" },
            date: date,
            usesTestPKI: passive.usesTestPKI)
    }
}
