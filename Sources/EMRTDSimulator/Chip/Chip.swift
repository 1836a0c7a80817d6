import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS

/// A complete eMRTD chip in software: files, access conditions, BAC, PACE, secure messaging, Chip, Terminal and Active
/// Authentication (Doc 9303-10, 3.6; Doc 9303-11; TR-03110). It answers as the standards say, not only as this library's
/// reader asks; what a set of quirks changes is in `Chip+Quirks.swift`.
final class Chip {
    let document: PersonalisedDocument
    let quirks: Set<ChipQuirk>
    var files: ChipFileSystem
    var state = ChipState()
    var passwords: ChipPasswords
    var memory = QuirkMemory()
    var deviation = ChipDeviation()
    let paceOffers: [PACEParameters]
    /// Terminal Authentication version 1, with trust points that outlive a session.
    var terminalAuthentication: TerminalAuthenticationChip?
    /// Extended Access Control version 2, where the application lies behind it.
    var extendedAccess: ExtendedAccess?

    /// The most bytes of one response data field: a virtual reader's message holds 65,535 bytes with the status word.
    static let maximumResponse = 65_533
    /// The most bytes of file data in one response, and of one chained command.
    static let maximumLength = 0x10000

    /// What the chip does with a command.
    enum Reaction {
        /// It answers, after a time.
        case answer([UInt8], milliseconds: Int)
        /// It does not answer; the link drops.
        case mute
        /// It has lost its power and begins anew.
        case lost
    }

    init(_ document: PersonalisedDocument) throws {
        self.document = document
        quirks = document.behaviour.quirks
        files = ChipFileSystem(
            masterFiles: document.masterFiles, applicationFiles: document.applicationFiles,
            first: quirks.contains(.otherApplicationFirst) ? .other : .masterFile)
        passwords = try ChipPasswords(document.secrets)
        if let option = document.terminalAuthentication {
            let points = try TrustPoints.make(option, date: document.today)
            switch option.version {
            case .one: terminalAuthentication = TerminalAuthenticationChip(trustPoints: points)
            case .two: extendedAccess = try ExtendedAccess(document.chipAuthenticationKeys, trustPoints: points)
            }
        }
        // A chip offers what its file says; one that makes no sense offers nothing.
        let cardAccess = document.file(named: ElementaryFile.cardAccess.name)
        let infos = cardAccess.flatMap { try? SecurityInfos(parsing: $0.content, in: .cardAccess) }
        paceOffers = infos.map { PACEParameters.choices($0) } ?? []
    }

    func reset() {
        state = ChipState()
        terminalAuthentication?.reset()
        extendedAccess?.reset()
        files.reset()
        memory.untilReset = QuirkMemory.UntilReset()
    }

    func process(_ bytes: [UInt8]) -> Reaction {
        deviation = ChipDeviation()
        guard let command = try? CommandAPDU(parsing: bytes) else {
            return .answer(ResponseAPDU(statusWord: .wrongLength).encoded, milliseconds: 0)
        }
        let response: ResponseAPDU
        do {
            response = try answer(command)
        } catch {
            // Only libcrypto failing gets here; a chip has no better word for it, and what it knew is not to be relied on.
            endSession()
            return .answer(ResponseAPDU(statusWord: .unknownError).encoded, milliseconds: 0)
        }
        if deviation.losesPower {
            reset()
            return .lost
        }
        if deviation.isMute { return .mute }
        return .answer(limit(response, to: command).encoded, milliseconds: deviation.milliseconds)
    }

    /// Cuts an answer that is longer than a short Le allows; the rest waits for GET RESPONSE.
    private func limit(_ response: ResponseAPDU, to command: CommandAPDU) -> ResponseAPDU {
        let asked = command.expectedLength.map { command.isExtended ? $0 : min($0, 256) } ?? 256
        let most = min(asked, deviation.comesInParts ? 256 : Self.maximumResponse)
        guard response.data.count > most else { return response }
        let rest = response.data[most...]
        state.rest = (rest, response.statusWord)
        return ResponseAPDU(data: Array(response.data[..<most]), statusWord: Self.available(rest.count))
    }

    private static func available(_ count: Int) -> StatusWord { StatusWord(0x6100 | UInt16(count >= 256 ? 0 : count)) }

    private func answer(_ command: CommandAPDU) throws -> ResponseAPDU {
        if let status = refusalByQuirk(ofRaw: command) { return ResponseAPDU(statusWord: status) }
        if command.ins == 0xC0, command.cla & 0x0C == 0 { return getResponse(command) }
        state.rest = nil
        guard command.cla & 0xE0 == 0 else { return ResponseAPDU(statusWord: .classNotSupported) }
        guard command.cla & 0x0C == 0x0C else {
            // A command without secure messaging ends the session (Doc 9303-11, 9.8.9).
            if state.secureMessaging != nil { endSession() }
            let response = try dispatch(command, isProtected: false)
            beginPendingSession()
            return deviation.bareStatus.map { ResponseAPDU(statusWord: $0) } ?? response
        }
        guard let session = state.secureMessaging else { return ResponseAPDU(statusWord: StatusWord(0x6882)) }
        var whole = command
        if let status = collectProtected(&whole) { return ResponseAPDU(statusWord: status) }
        let plain: CommandAPDU
        do {
            plain = try session.open(whole)
        } catch let refusal as SecureMessagingChip.Refusal {
            endSession()
            return ResponseAPDU(statusWord: refusal.statusWord)
        }
        var response = try dispatch(plain, isProtected: true)
        if let bare = deviation.bareStatus {
            if deviation.endsSession { endSession() }
            return ResponseAPDU(statusWord: bare)
        }
        // A cryptogram has to leave room for its objects in a response.
        if response.data.count > Self.maximumLength { response = ResponseAPDU(statusWord: .wrongLength) }
        var protected = try session.protect(response, ins: plain.ins)
        if deviation.spoilsMAC, let last = protected.data.popLast() { protected.data.append(last ^ 1) }
        beginPendingSession()
        return protected
    }

    /// Puts a protected command together that was split after it was protected. The other way, where each part of a chain is
    /// protected by itself, is ``dispatch(_:isProtected:)``'s; a part of the first way has no MAC at its end.
    ///
    /// - Returns: the status word for a part that is not the last; `nil` where the command is whole.
    private func collectProtected(_ command: inout CommandAPDU) -> StatusWord? {
        if let header = state.protectedHeader, header != Array(command.header.dropFirst()) { state.protectedChain = [] }
        let data = state.protectedChain + command.data
        let objects = try? TLV.parseAll(data[...])
        guard command.cla & 0x10 != 0, objects?.last?.tag != 0x8E else {
            command.data = data
            state.protectedChain = []
            state.protectedHeader = nil
            return nil
        }
        guard !quirks.contains(.noChaining) else { return 0x6884 }
        guard data.count <= Self.maximumLength else {
            state.protectedChain = []
            return .wrongLength
        }
        state.protectedChain = data
        state.protectedHeader = Array(command.header.dropFirst())
        return .success
    }

    private func beginPendingSession() {
        guard let next = state.pendingSession else { return }
        state.secureMessaging = next
        state.pendingSession = nil
    }

    /// Forgets keys and rights; the application stays selected, as on real cards.
    func endSession() {
        state = ChipState()
        terminalAuthentication?.reset()
        extendedAccess?.reset()
        files.deselectFile()
    }

    private func getResponse(_ command: CommandAPDU) -> ResponseAPDU {
        guard let (data, status) = state.rest else { return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied) }
        let part = data.prefix(min(command.expectedLength ?? 256, data.count))
        let left = data.dropFirst(part.count)
        state.rest = left.isEmpty ? nil : (left, status)
        return ResponseAPDU(data: Array(part), statusWord: left.isEmpty ? status : Self.available(left.count))
    }

    private func dispatch(_ command: CommandAPDU, isProtected: Bool) throws -> ResponseAPDU {
        var command = command
        // GENERAL AUTHENTICATE uses the chaining bit for its own steps.
        if command.cla & 0x10 != 0, command.ins != 0x86 || !isSingleStep(command) {
            guard !quirks.contains(.noChaining) else { return ResponseAPDU(statusWord: StatusWord(0x6884)) }
            if state.chainHeader != command.header { state.chain = [] }
            guard state.chain.count + command.data.count <= Self.maximumLength else {
                state.chain = []
                return ResponseAPDU(statusWord: .wrongLength)
            }
            state.chainHeader = command.header
            state.chain += command.data
            return ResponseAPDU()
        }
        // A chain that another command interrupts is forgotten.
        if let header = state.chainHeader, header.dropFirst() == command.header.dropFirst() {
            command.data = state.chain + command.data
        }
        state.chain = []
        state.chainHeader = nil
        if let response = answerByQuirk(to: command, isProtected: isProtected) { return response }
        if isProtected, let response = try terminalAuthentication?.process(command, binding: state.terminalBinding) {
            return response
        }
        if let response = try terminalAuthenticate(command, isProtected: isProtected) { return response }
        switch command.ins {
        case 0xA4: return select(command, isProtected: isProtected)
        case 0xB0: return readBinary(command, isProtected: isProtected)
        case 0xB1: return readBinaryOdd(command)
        case 0x84: return try getChallenge(command, isProtected: isProtected)
        case 0x82: return try externalAuthenticate(command, isProtected: isProtected)
        case 0x22: return try manageSecurityEnvironment(command, isProtected: isProtected)
        case 0x86: return try generalAuthenticate(command)
        case 0x88: return try internalAuthenticate(command)
        case 0x2C: return try resetRetryCounter(command)
        default: return ResponseAPDU(statusWord: .instructionNotSupported)
        }
    }

    /// Whether a GENERAL AUTHENTICATE with the chaining bit holds a whole step, not a part of one.
    private func isSingleStep(_ command: CommandAPDU) -> Bool {
        (try? TLV(exactly: state.chain + command.data))?.tag == 0x7C
    }
}
