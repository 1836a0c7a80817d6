import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS

/// Terminal Authentication: the reader proves its right to fingerprints and irises (Doc 9303-11, 7.1).
extension ReadingSession {
    /// What a run is made of, for the report and for doing it again after a reset.
    struct TerminalRun {
        let credentials: TerminalCredentials
        let trustPointNames: [[UInt8]]
    }

    /// Runs Terminal Authentication where DG14 offers it and Chip Authentication has been proven. What goes wrong is noted and no
    /// fault of the document: the chip refuses its fingerprints then, and everything else is read as without it. A session that
    /// a reset ends meanwhile is opened again, with one more try.
    ///
    /// - Parameter infos: what DG14 says.
    /// - Throws: what the session throws; nothing that Terminal Authentication alone is the reason for.
    func authenticateTerminal(_ credentials: TerminalCredentials, infos: SecurityInfos) async throws {
        guard let info = infos.terminalAuthenticationInfos.first(where: { $0.version == 1 }) else {
            return log.note("Terminal Authentication: DG14 does not offer it")
        }
        guard terminalKeyBasis != nil else {
            return log.note("Terminal Authentication: not run, since it needs Chip Authentication before it")
        }
        for triesLeft in [1, 0] {
            do {
                var names = access.terminalBasis?.trustPointNames ?? []
                return try await notingRefusals(of: { names }) {
                    names = try await trustPointNames(info)
                    try await perform(TerminalRun(credentials: credentials, trustPointNames: names))
                }
            } catch let error as CardChannelError where Self.isTransient(error) {
                try countRecovery(error)
                log.note(
                    "session opened again, lost during Terminal Authentication"
                        + (triesLeft > 0 ? "" : ", which is not run a third time"))
                try await reopen()
            }
        }
    }

    /// After a reset the rights are gone with the session. A chip that refuses now what it granted before keeps its fingerprints,
    /// and no more.
    func authenticateTerminalAgain() async throws {
        guard let run = terminal, terminalKeyBasis != nil else { return }
        terminal = nil
        try await notingRefusals(of: { run.trustPointNames }) { try await perform(run) }
    }

    /// Runs a part of Terminal Authentication. Refusals become a line in the report; where the chip gave one in clear, which ends
    /// the session, that is opened again.
    private func notingRefusals(of names: () -> [[UInt8]], _ body: () async throws -> Void) async throws {
        let reason: String
        let status: StatusWord?
        do {
            return try await body()
        } catch let error as ProtocolError
            where [.refused, .noCertificatePath, .invalidCredentials, .malformedResponse].contains(error.code)
        {
            let isOurs = error.code == .noCertificatePath || error.code == .invalidCredentials
            log.add(
                ProtocolRun(
                    .terminalAuthentication, Self.name(names()), isOurs || error.statusWord == nil ? .failed : .refused,
                    statusWord: error.statusWord))
            return log.note(error.description)
        } catch let error as ProtocolError where error.code == .unprotectedStatus && error.statusWord?.isError == true {
            (reason, status) = ("refused in clear", error.statusWord)
        } catch let error as ISO7816Error {
            (reason, status) = ("an answer that is none (\(error.code))", nil)
        }
        terminal = nil
        log.add(ProtocolRun(.terminalAuthentication, Self.name(names()), .refused, statusWord: status))
        log.note("Terminal Authentication: \(reason), which ended the session; it was opened again")
        try await reopen()
    }

    private func perform(_ run: TerminalRun) async throws {
        guard let own = terminalKeyBasis else {
            return log.note("Terminal Authentication: not run again, since Chip Authentication was not")
        }
        let chip: TerminalAuthenticationBinding.ChipIdentifier
        if let basis = access.terminalBasis {
            chip = .pace(chipKey: basis.chipKey, domain: basis.parameters.domain)
        } else {
            let mrz = try await read(.dataGroup(.dg1)).bytes.flatMap { try? DG1(parsing: $0) }?.mrz
            guard let mrz,
                let number = TerminalAuthenticationBinding.ChipIdentifier.bac(mrzInformation: mrz.information)
            else {
                return log.note("Terminal Authentication: not run, since DG1 gives no document number")
            }
            chip = number
        }
        let binding = try TerminalAuthenticationBinding(
            chip: chip, terminalKey: own.key, domain: own.domain)
        let terminal = try TerminalAuthenticationTerminal(run.credentials, trustPointNames: run.trustPointNames)
        let success = try await terminal.run(exchange, binding: binding)
        self.terminal = run
        let rights = success.requestedAuthorization
        let groups = [(rights.readsDG3, "DG3"), (rights.readsDG4, "DG4")].filter(\.0).map(\.1)
        log.add(
            ProtocolRun(
                .terminalAuthentication,
                "\(success.chain.terminal.algorithm), \(success.chain.certificates.count) certificates from "
                    + "\(Self.name(run.trustPointNames)), rights: \(groups.isEmpty ? "none" : groups.joined(separator: " "))",
                .successful))
    }

    /// The terminal's newest ephemeral key that the chip's proof is tied to: of Chip Authentication once that is proven, else of
    /// PACE with Chip Authentication Mapping (7.1.2).
    private var terminalKeyBasis: (key: [UInt8], domain: DomainParameters)? {
        switch chipAuthentication {
        case .proven(let parameters):
            return terminalEphemeralKey.map { ($0, parameters.publicKey.domain) }
        case .idle:
            guard let basis = access.terminalBasis, basis.parameters.protocol.mapping == .chipAuthentication else {
                return nil
            }
            return (basis.terminalKey, basis.parameters.domain)
        default: return nil
        }
    }

    /// The names of the chip's trust points: EF.CVCA, else what PACE gave.
    private func trustPointNames(_ info: TerminalAuthenticationInfo) async throws -> [[UInt8]] {
        let fromPACE = access.terminalBasis?.trustPointNames ?? []
        guard let bytes = try await efCVCA(info) else {
            log.note("Terminal Authentication: the chip does not give its EF.CVCA")
            return fromPACE
        }
        do {
            let file = try EFCVCA(parsing: bytes)
            if log[.cvca] == nil { _ = log.add(FileRecord(.cvca, .read(bytes), commands: 1)) }
            return file.certificationAuthorityReferences
        } catch let error as LDSError {
            log.note("Terminal Authentication: \(error.description)")
            return fromPACE
        }
    }

    /// EF.CVCA is a list without a length of its own, in a file of fixed size (TR-03110-3, A.6.3.1): it is read at once.
    private func efCVCA(_ info: TerminalAuthenticationInfo) async throws -> [UInt8]? {
        var attempts: [[CommandAPDU]] = []
        let length = EFCVCA.fileLength
        if let short = info.efCVCAShortFileIdentifier {
            attempts.append([.readBinary(shortFileIdentifier: short, offset: 0, length: length)])
        }
        attempts.append([.select(file: info.efCVCAFileIdentifier), .readBinary(offset: 0, length: length)])
        for attempt in attempts {
            var response = ResponseAPDU(statusWord: .fileNotFound)
            for command in attempt {
                response = try await exchange.exchange(command)
                confirmChip()
                guard response.statusWord.isSuccess || response.statusWord == .endOfFile else { break }
            }
            if !response.data.isEmpty { return response.data }
        }
        return nil
    }

    private static func name(_ trustPointNames: [[UInt8]]) -> String {
        trustPointNames.first.map { String(decoding: $0.map { (0x21...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self) }
            ?? "no trust point"
    }
}
