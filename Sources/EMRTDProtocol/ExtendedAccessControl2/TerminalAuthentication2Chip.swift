package import EMRTDTrust
package import ISO7816
import LDS

/// Terminal Authentication version 2, chip side (TR-03110-2, 3.3): trust points that stay, for each type of terminal, and the state
/// of one session.
///
/// A value: a simulated chip keeps it, calls ``begin(_:chipIdentifier:)`` after PACE with an authorization template, and
/// ``reset()`` whenever a session ends for good. The change of keys in Chip Authentication is no such end: rights stay.
package struct TerminalAuthentication2Chip: Sendable {
    /// Comp(PK_PCD) that the authenticated terminal announced: what Chip Authentication version 2 expects. `nil` before.
    package private(set) var announcedKey: [UInt8]?
    /// The auxiliary data that the authenticated terminal signed.
    package private(set) var auxiliaryData: AuthenticatedAuxiliaryData?
    /// What the authenticated terminal may do: the AND over its certificates and the authorization template of PACE. `nil`
    /// before.
    package private(set) var grantedAuthorization: CertificateHolderAuthorization?

    private var chips: [CertificateHolderAuthorization.TerminalType: TerminalAuthenticationChip]
    private var session: Session?

    private struct Session: Sendable {
        let authorization: CertificateHolderAuthorization
        let chipIdentifier: [UInt8]
        var announced: [UInt8]?
        var auxiliaryData: AuthenticatedAuxiliaryData?
    }

    /// A chip as personalised: trust points for one or more types of terminal; of two for one type the last counts.
    package init(trustPoints: [CVTrustPoints]) {
        chips = [:]
        for points in trustPoints {
            guard let type = points.keys.first?.authorization.terminalType else { continue }
            chips[type] = TerminalAuthenticationChip(trustPoints: points)
        }
    }

    /// The trust points and the date as they are now, to be kept.
    package var trustPoints: [CVTrustPoints] {
        CertificateHolderAuthorization.TerminalType.allCases.compactMap { chips[$0]?.trustPoints }
    }

    /// What PACE announces to a terminal of a type (DO'87' and DO'88'); empty where the chip serves no such terminal.
    package func references(for type: CertificateHolderAuthorization.TerminalType) -> [CVReference] {
        chips[type]?.trustPoints.references ?? []
    }

    /// Ends a session.
    package mutating func reset() { self = TerminalAuthentication2Chip(trustPoints: trustPoints) }

    /// Begins a session after PACE.
    ///
    /// - Parameters:
    ///   - authorization: the authorization template of MSE:Set AT, which restricts what certificates give.
    ///   - chipIdentifier: ID_PICC, the compressed ephemeral public key of the chip in PACE.
    package mutating func begin(_ authorization: CertificateHolderAuthorization, chipIdentifier: [UInt8]) {
        reset()
        session = Session(authorization: authorization, chipIdentifier: chipIdentifier)
    }

    /// Carries out a command of the protocol.
    ///
    /// Status words are those of ``TerminalAuthenticationChip``, and: 6982 outside a session, for a type of terminal without
    /// trust points, and once a terminal is authenticated; 6A80 where MSE:Set AT names another algorithm than the certificate,
    /// or lacks an object.
    ///
    /// - Returns: the answer, or `nil` where the command is none of the five.
    /// - Throws: `CryptoError` only where libcrypto fails.
    package mutating func process(_ command: CommandAPDU) throws -> ResponseAPDU? {
        let isOwn =
            switch (command.ins, command.p1, command.p2) {
            case (0x22, 0x81, 0xB6), (0x2A, 0x00, 0xBE), (0x22, 0x81, 0xA4), (0x84, 0, 0), (0x82, 0, 0): true
            default: false
            }
        guard isOwn else { return nil }
        guard grantedAuthorization == nil, let session, var chip = chips[session.authorization.terminalType] else {
            return ResponseAPDU(statusWord: .securityStatusNotSatisfied)
        }
        defer { chips[session.authorization.terminalType] = chip }
        switch command.ins {
        case 0x22 where command.p2 == 0xA4:
            return ResponseAPDU(statusWord: setAuthenticationTemplate(command.data, &chip))
        case 0x82: return ResponseAPDU(statusWord: try externalAuthenticate(command.data, &chip))
        default: return try chip.process(command, binding: nil)
        }
    }

    private mutating func setAuthenticationTemplate(
        _ data: [UInt8], _ chip: inout TerminalAuthenticationChip
    ) -> StatusWord {
        session?.announced = nil
        session?.auxiliaryData = nil
        guard let objects = try? TLV.parseAll(data[...]), objects.count <= 4,
            Set(objects.map(\.tag)).count == objects.count,
            objects.allSatisfy({ [0x80, 0x83, 0x67, 0x91].contains($0.tag) }),
            let algorithm = objects.first(where: { $0.tag == 0x80 }),
            let reference = objects.first(where: { $0.tag == 0x83 }),
            let announced = objects.first(where: { $0.tag == 0x91 }), (1...256).contains(announced.value.count)
        else { return .incorrectData }
        var auxiliary: AuthenticatedAuxiliaryData?
        if let object = objects.first(where: { $0.tag == 0x67 }) {
            guard let value = AuthenticatedAuxiliaryData(object) else { return .incorrectData }
            auxiliary = value
        }
        let status = chip.setAuthenticationTemplate(TLV.encode(0x83, reference.value))
        guard status.isSuccess else { return status }
        guard chip.chosenAlgorithm?.objectIdentifier.encoded.elementsEqual(algorithm.value) == true else {
            chip.forgetTerminal()
            return .incorrectData
        }
        session?.announced = Array(announced.value)
        session?.auxiliaryData = auxiliary
        return .success
    }

    private mutating func externalAuthenticate(
        _ signature: [UInt8], _ chip: inout TerminalAuthenticationChip
    ) throws -> StatusWord {
        let binding = session.flatMap { session in
            session.announced.map {
                TerminalAuthenticationBinding(
                    chipIdentifier: session.chipIdentifier, announced: $0,
                    auxiliaryData: session.auxiliaryData?.encoded ?? [])
            }
        }
        guard let session, let binding else { return .conditionsOfUseNotSatisfied }
        let status = try chip.externalAuthenticate(signature, binding: binding)
        guard status.isSuccess, let granted = chip.grantedAuthorization else { return status }
        // The types are the same: trust points are kept by type.
        guard let effective = granted.restricted(by: session.authorization) else { return .securityStatusNotSatisfied }
        grantedAuthorization = effective
        announcedKey = session.announced
        auxiliaryData = session.auxiliaryData
        return .success
    }
}
