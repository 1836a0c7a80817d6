import ISO7816

/// Commands over T=0, where a command goes out either with data or with Le (ISO/IEC 7816-3, 12.2).
enum T0Command {
    /// The form of a command to give to `SCardTransmit` when the card speaks T=0.
    ///
    /// Case 4S loses its Le: the card answers 61xx and the caller gets the data with GET RESPONSE. Case 1 gets P3 = 0.
    /// Extended length does not exist in T=0 without ENVELOPE and is refused.
    static func prepare(_ command: [UInt8]) throws(CardChannelError) -> [UInt8] {
        guard let apdu = try? CommandAPDU(parsing: command) else {
            throw CardChannelError(.transmissionFailed, "a malformed command of \(command.count) bytes")
        }
        guard !apdu.isExtended else {
            throw CardChannelError(
                .transmissionFailed, "the card speaks T=0, which has no extended length; use short commands")
        }
        if command.count == 4 { return command + [0] }
        return apdu.data.isEmpty ? command : Array(command.prefix(5 + apdu.data.count))
    }
}
