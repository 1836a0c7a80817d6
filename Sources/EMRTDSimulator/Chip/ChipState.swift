import EMRTDCrypto
import EMRTDProtocol
import ISO7816

/// What a chip remembers between commands and forgets at a reset.
struct ChipState {
    /// Secure messaging, once there is any.
    var secureMessaging: SecureMessagingChip?
    /// Keys that take effect after the present response: a new session begins with the next command.
    var pendingSession: SecureMessagingChip?
    /// Whether BAC or PACE succeeded in this session.
    var hasAccess = false
    /// BAC between GET CHALLENGE and EXTERNAL AUTHENTICATE.
    var bac: PendingBAC?
    /// PACE between MSE:Set AT and the last GENERAL AUTHENTICATE.
    var pace: PACEChip?
    /// The key chosen for Chip Authentication.
    var chipAuthentication: (key: PersonalisedDocument.ChipAuthenticationKey, cipher: BlockCipher)?
    /// Parts of a chained command.
    var chain: [UInt8] = []
    /// Class, instruction and parameters of the chain.
    var chainHeader: [UInt8]?
    /// The rest of a long answer, for GET RESPONSE, and the status word it ends with.
    var rest: (data: ArraySlice<UInt8>, statusWord: StatusWord)?

    /// Holds the one-use value of BAC.
    final class PendingBAC {
        private var chip: BACChip?
        let rndIC: [UInt8]

        init(_ chip: consuming BACChip) {
            rndIC = chip.rndIC
            self.chip = .some(chip)
        }

        func take() -> BACChip? { chip.take() }
    }
}
