import ISO7816
import LDS

/// What quirks change in the answers of a chip. Nothing here does anything in a chip without them.
extension Chip {
    /// The application that is current first with ``ChipQuirk/otherApplicationFirst``.
    static let otherApplication: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x18, 0x52, 0x4F, 0x50, 0x01, 0x01]

    // MARK: Commands as they come

    /// A refusal in clear before secure messaging looks at a command, whose session stays as it is.
    func refusalByQuirk(ofRaw command: CommandAPDU) -> StatusWord? {
        if quirks.contains(.chainAfterFailedPACE6883), memory.untilReset.hasFailedPACE { return 0x6883 }
        if quirks.contains(.extendedLength6700), command.isExtended { return .wrongLength }
        if command.cla & 0x0C == 0x0C, memory.untilReset.hasReadPastEnd { return .secureMessagingObjectsIncorrect }
        return nil
    }

    /// The answer to an opened command where a quirk has one of its own.
    func answerByQuirk(to command: CommandAPDU, isProtected: Bool) -> ResponseAPDU? {
        switch command.ins {
        case 0xA4, 0x22:
            if quirks.contains(.noLeInSelectAndMSE), command.expectedLength != nil {
                return ResponseAPDU(statusWord: .wrongLength)
            }
            if command.ins == 0x22 { return manageByQuirk(command) }
            if command.p1 == 0x04, quirks.contains(.selectApplication6999Once),
                !memory.untilReset.hasRefusedApplication
            {
                memory.untilReset.hasRefusedApplication = true
                return ResponseAPDU(statusWord: 0x6999)
            }
            return nil
        case 0xB0, 0xB1: return lengthByQuirk(command, isProtected: isProtected)
        case 0x84, 0x82: return basicAccessControlByQuirk(command, isProtected: isProtected)
        case 0x86:
            if quirks.contains(.slowPACE), state.pace != nil {
                deviation.milliseconds = document.behaviour.paceStepMilliseconds
            }
            return nil
        case 0x88:
            if quirks.contains(.aa6A88) { return ResponseAPDU(statusWord: .referencedDataNotFound) }
            if quirks.contains(.aa6D00) { return ResponseAPDU(statusWord: .instructionNotSupported) }
            if quirks.contains(.aa6A81) { return ResponseAPDU(statusWord: 0x6A81) }
            return nil
        default: return nil
        }
    }

    /// MSE:Set AT of PACE and its DO'84'.
    private func manageByQuirk(_ command: CommandAPDU) -> ResponseAPDU? {
        guard command.p1 == 0xC1, command.p2 == 0xA4 else { return nil }
        let objects = (try? TLV.parseAll(command.data[...])) ?? []
        let hasParameters = objects.contains { $0.tag == 0x84 }
        if hasParameters, quirks.contains(.paceParameterId6A80) { return ResponseAPDU(statusWord: .incorrectData) }
        if hasParameters, quirks.contains(.paceParameterId6A87) { return ResponseAPDU(statusWord: 0x6A87) }
        if !hasParameters, quirks.contains(.paceNeedsParameterId) { deviation.isMute = true }
        return nil
    }

    private func basicAccessControlByQuirk(_ command: CommandAPDU, isProtected: Bool) -> ResponseAPDU? {
        guard !isProtected else { return nil }
        if quirks.contains(.bac6985) { return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied) }
        if quirks.contains(.bac6982) { return ResponseAPDU(statusWord: .securityStatusNotSatisfied) }
        if quirks.contains(.bac6A88) {
            return command.ins == 0x84
                ? ResponseAPDU(data: [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88])
                : ResponseAPDU(statusWord: .referencedDataNotFound)
        }
        return nil
    }

    // MARK: Files

    /// The status word of SELECT MF where it does not select.
    func masterFileStatusByQuirk(_ command: CommandAPDU) -> StatusWord? {
        for (quirk, status) in [
            (.selectMF6982, 0x6982), (.selectMF6A81, 0x6A81), (.selectMF6A86, 0x6A86), (.selectMF6A87, 0x6A87),
            (.selectMF6D00, 0x6D00),
        ] as [(ChipQuirk, StatusWord)] where quirks.contains(quirk) {
            return status
        }
        if quirks.contains(.selectMFEmptyIgnored) { return command.data.isEmpty ? .success : nil }
        if quirks.contains(.selectMFNeedsEmptyData) { return command.data.isEmpty ? nil : .incorrectP1P2 }
        return document.behaviour.selectMasterFileStatus.map { StatusWord($0) }
    }

    func selectRefusalByQuirk(
        of file: PersonalisedDocument.File, _ command: CommandAPDU, isProtected: Bool
    ) -> StatusWord? {
        switch file.name {
        case ElementaryFile.cardAccess.name:
            quirks.contains(.cardAccessNeedsP102) && command.p1 != 0x02 ? .incorrectP1P2 : nil
        case ElementaryFile.cardSecurity.name:
            quirks.contains(.cardSecuritySelect6A80) && isProtected ? .incorrectData : nil
        default: directoryRefusalByQuirk(file)
        }
    }

    func selectStatusByQuirk(of file: PersonalisedDocument.File) -> StatusWord {
        quirks.contains(.cardAccess6283) && file.name == ElementaryFile.cardAccess.name ? .fileDeactivated : .success
    }

    func shortIdentifierRefusalByQuirk(of file: PersonalisedDocument.File) -> StatusWord? {
        guard file.name == ElementaryFile.cardAccess.name else { return directoryRefusalByQuirk(file) }
        if quirks.contains(.cardAccessSelectOnly) { return .securityStatusNotSatisfied }
        return quirks.contains(.cardAccessNeedsP102) ? .incorrectP1P2 : nil
    }

    private func directoryRefusalByQuirk(_ file: PersonalisedDocument.File) -> StatusWord? {
        quirks.contains(.directory6982) && file.name == ElementaryFile.dir.name && !isOpen
            ? .securityStatusNotSatisfied : nil
    }

    /// READ BINARY asking for more than the chip likes.
    private func lengthByQuirk(_ command: CommandAPDU, isProtected: Bool) -> ResponseAPDU? {
        if isProtected, quirks.contains(.firstRead6988), !memory.hasRefusedFirstRead, state.provenPasswords.isEmpty {
            memory.hasRefusedFirstRead = true
            return bare(.secureMessagingObjectsIncorrect)
        }
        let wanted = command.expectedLength ?? 256
        for (quirk, most, status) in [
            (.maxLe224, 224, .wrongLength), (.maxLe160, 160, .wrongLength), (.maxLe112, 112, .wrongLength),
            (.maxLe6CE7, 231, 0x6CE7),
        ] as [(ChipQuirk, Int, StatusWord)] where quirks.contains(quirk) && wanted > most {
            return bare(status)
        }
        if quirks.contains(.le256Gets6282), wanted >= 256 { return ResponseAPDU(statusWord: .endOfFile) }
        return nil
    }

    /// READ BINARY of a file that may be read, under secure messaging.
    func readByQuirk(_ file: PersonalisedDocument.File, offset: Int, wanted: Int) -> ResponseAPDU? {
        let end = offset + wanted
        if quirks.contains(.pastEnd6B00Then6988), end > file.content.count {
            memory.untilReset.hasReadPastEnd = true
            return bare(.wrongP1P2)
        }
        if quirks.contains(.tagLostInDG2), !memory.hasLostTag, file.name == "DG2", end > file.content.count / 2 {
            memory.hasLostTag = true
            deviation.losesPower = true
        }
        if quirks.contains(.lastBlockMACWrong), file.name == ElementaryFile.sod.name, end == file.content.count {
            deviation.spoilsMAC = true
        }
        return nil
    }

    /// A status word in clear that ends the session.
    private func bare(_ status: StatusWord) -> ResponseAPDU {
        deviation.bareStatus = status
        deviation.endsSession = true
        return ResponseAPDU(statusWord: status)
    }

    // MARK: Active Authentication

    /// The answer with a signature where a quirk has one of its own.
    func signatureByQuirk(_ signature: [UInt8], _ command: CommandAPDU) -> ResponseAPDU? {
        if quirks.contains(.aaInTwoParts) {
            deviation.comesInParts = true
            return ResponseAPDU(data: signature)
        }
        if quirks.contains(.aaTruncated), !command.isExtended {
            return ResponseAPDU(data: Array(signature.prefix(200)))
        }
        if quirks.contains(.aaEmptyForExtended), command.isExtended { return ResponseAPDU() }
        if quirks.contains(.aa6CXX), command.expectedLength != signature.count {
            return ResponseAPDU(statusWord: StatusWord(0x6C00 | UInt16(signature.count >= 256 ? 0 : signature.count)))
        }
        return nil
    }
}
