import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS

/// SELECT and READ BINARY (ISO/IEC 7816-4, 11.1 and 11.2; Doc 9303-10, 3.6).
extension Chip {
    func select(_ command: CommandAPDU, isProtected: Bool) -> ResponseAPDU {
        switch command.p1 {
        case 0x04: return selectApplication(command)
        case 0x00 where command.data.isEmpty || command.data == [0x3F, 0x00]:
            if let status = masterFileStatusByQuirk(command) { return ResponseAPDU(statusWord: status) }
            files.selectDirectory(.masterFile)
            return ResponseAPDU()
        case 0x00, 0x02:
            guard command.data.count == 2, let high = command.data.first, let low = command.data.last else {
                return ResponseAPDU(statusWord: .wrongLength)
            }
            guard let file = files.file(identifier: UInt16(high) << 8 | UInt16(low)) else {
                return ResponseAPDU(
                    statusWord: isHidden ? .securityStatusNotSatisfied : .fileNotFound)
            }
            if let refusal = refusal(of: file) { return ResponseAPDU(statusWord: refusal) }
            if let refusal = selectRefusalByQuirk(of: file, command, isProtected: isProtected) {
                return ResponseAPDU(statusWord: refusal)
            }
            files.select(file)
            return ResponseAPDU(statusWord: selectStatusByQuirk(of: file))
        default: return ResponseAPDU(statusWord: .incorrectP1P2)
        }
    }

    func readBinary(_ command: CommandAPDU, isProtected: Bool) -> ResponseAPDU {
        let offset: Int
        if command.p1 & 0x80 != 0 {
            guard command.p1 & 0x60 == 0 else { return ResponseAPDU(statusWord: .incorrectP1P2) }
            // Short identifier 0 is the current file (ISO/IEC 7816-4, 11.2.3).
            if command.p1 & 0x1F != 0, let refusal = choose(shortIdentifier: command.p1 & 0x1F) {
                return ResponseAPDU(statusWord: refusal)
            }
            offset = Int(command.p2)
        } else {
            offset = Int(command.p1) << 8 | Int(command.p2)
        }
        guard let file = files.current else { return ResponseAPDU(statusWord: StatusWord(0x6986)) }
        // Rights may have gone since the file was selected.
        if let refusal = refusal(of: file) { return ResponseAPDU(statusWord: refusal) }
        guard offset < file.content.count else { return ResponseAPDU(statusWord: .wrongP1P2) }
        let wanted = command.expectedLength ?? 256
        if isProtected, let response = readByQuirk(file, offset: offset, wanted: wanted) { return response }
        let data = Array(file.content[offset...].prefix(wanted))
        // Le of zero asks for all there is; a number that is more than there is gets a warning.
        let isMaximum = wanted == (command.isExtended ? 0x10000 : 256)
        return ResponseAPDU(data: data, statusWord: data.count < wanted && !isMaximum ? .endOfFile : .success)
    }

    func readBinaryOdd(_ command: CommandAPDU) -> ResponseAPDU {
        guard let object = try? TLV(exactly: command.data), object.tag == 0x54, (1...4).contains(object.value.count)
        else {
            return ResponseAPDU(statusWord: .incorrectData)
        }
        let reference = UInt16(command.p1) << 8 | UInt16(command.p2)
        if reference != 0 {
            let found =
                reference < 0x20 ? files.file(shortIdentifier: UInt8(reference)) : files.file(identifier: reference)
            guard let found else { return ResponseAPDU(statusWord: .fileNotFound) }
            if let refusal = refusal(of: found) { return ResponseAPDU(statusWord: refusal) }
            files.select(found)
        }
        guard let file = files.current else { return ResponseAPDU(statusWord: StatusWord(0x6986)) }
        if let refusal = refusal(of: file) { return ResponseAPDU(statusWord: refusal) }
        let offset = object.value.reduce(0) { $0 << 8 | Int($1) }
        guard offset < file.content.count else { return ResponseAPDU(statusWord: .wrongP1P2) }
        let wanted = command.expectedLength ?? 256
        // The header of DO'53' is part of the Ne bytes.
        let header = [2, 3, 4].first { 1 + TLV.encodeLength(wanted - $0).count <= $0 } ?? 4
        guard wanted > header else { return ResponseAPDU(statusWord: .wrongLength) }
        let data = file.content[offset...].prefix(wanted - header)
        let isMaximum = wanted == (command.isExtended ? 0x10000 : 256)
        return ResponseAPDU(
            data: TLV.encode(0x53, data),
            statusWord: data.count < wanted - header && !isMaximum ? .endOfFile : .success)
    }

    private func selectApplication(_ command: CommandAPDU) -> ResponseAPDU {
        if quirks.contains(.otherApplicationFirst), command.data == Self.otherApplication {
            files.selectDirectory(.other)
            return ResponseAPDU()
        }
        guard command.data == PersonalisedDocument.applicationIdentifier else {
            return ResponseAPDU(statusWord: .fileNotFound)
        }
        files.selectDirectory(.application)
        guard command.p2 & 0x0C != 0x0C, command.expectedLength != nil else { return ResponseAPDU() }
        return ResponseAPDU(data: TLV.encode(0x6F, TLV.encode(0x84, command.data)))
    }

    private func choose(shortIdentifier: UInt8) -> StatusWord? {
        guard let file = files.file(shortIdentifier: shortIdentifier) else {
            return isHidden ? .securityStatusNotSatisfied : .fileNotFound
        }
        if let refusal = refusal(of: file) ?? shortIdentifierRefusalByQuirk(of: file) { return refusal }
        files.select(file)
        return nil
    }

    /// Whether the access conditions of ordinary files are met.
    var isOpen: Bool { document.behaviour.isPlain || (state.hasAccess && state.secureMessaging != nil) }

    /// Whether the chip does not even tell which files there are.
    private var isHidden: Bool { files.directory == .application && !isApplicationOpen }

    private func refusal(of file: PersonalisedDocument.File) -> StatusWord? {
        let isGranted =
            switch file.access {
            case .always: true
            case .afterAccessControl: isOpen
            case .afterPACE: isOpen && !state.provenPasswords.isEmpty
            case .afterTerminalAuthentication: isApplicationOpen && isGranted(file)
            case .afterTerminalAuthenticationVersion2:
                isOpen && extendedAccess?.terminal.grantedAuthorization != nil
            case .afterExtendedAccessControl: isApplicationOpen
            }
        return isGranted ? nil : .securityStatusNotSatisfied
    }

    /// Whether Terminal Authentication gave the right to read DG3 or DG4 (Doc 9303-11, 7.1.4.3.6).
    private func isGranted(_ file: PersonalisedDocument.File) -> Bool {
        let authorization = terminalAuthentication?.grantedAuthorization ?? effectiveAuthorization
        return switch file.name {
        case ElementaryFile.dataGroup(.dg3).name: authorization?.readsDG3 ?? false
        case ElementaryFile.dataGroup(.dg4).name: authorization?.readsDG4 ?? false
        default: false
        }
    }
}
