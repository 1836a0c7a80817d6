import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816

/// What a chip remembers between commands and forgets when its session ends.
struct ChipState {
    /// Secure messaging, once there is any.
    var secureMessaging: SecureMessagingChip?
    /// Keys that take effect after the present response: a new session begins with the next command.
    var pendingSession: SecureMessagingChip?
    /// Whether BAC or PACE succeeded in this session.
    var hasAccess = false
    /// The passwords that PACE proved in this session.
    var provenPasswords: Set<PACEPasswordReference> = []
    /// BAC between GET CHALLENGE and EXTERNAL AUTHENTICATE.
    var bac: PendingBAC?
    /// PACE between MSE:Set AT and the last GENERAL AUTHENTICATE.
    var pace: PACEChip?
    /// What the terminal of that PACE wants to be at most, where it says so.
    var paceAuthorization: CertificateHolderAuthorization?
    /// Whether Chip Authentication version 2 has followed Terminal Authentication in this session.
    var hasExtendedAccess = false
    /// What the chip is identified by in Terminal Authentication: the key of PACE, or the document number after BAC.
    var chipIdentifier: TerminalAuthenticationBinding.ChipIdentifier?
    /// What the terminal's signature is bound to, once the chip has been authenticated.
    var terminalBinding: TerminalAuthenticationBinding?
    /// The key chosen for Chip Authentication.
    var chipAuthentication: (key: PersonalisedDocument.ChipAuthenticationKey, cipher: BlockCipher)?
    /// Parts of a chained command.
    var chain: [UInt8] = []
    /// Class, instruction and parameters of the chain.
    var chainHeader: [UInt8]?
    /// Parts of a command that was protected first and split then.
    var protectedChain: [UInt8] = []
    /// Its instruction and parameters.
    var protectedHeader: [UInt8]?
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

/// How the answer to one command departs from the usual: what quirks ask for.
struct ChipDeviation {
    /// A status word that goes out in clear in place of the answer.
    var bareStatus: StatusWord?
    /// Whether the session ends with the bare status word.
    var endsSession = false
    /// Whether the MAC of the answer is spoilt.
    var spoilsMAC = false
    /// Whether a long answer comes in parts of 256 bytes whatever Le was.
    var comesInParts = false
    /// Whether no answer comes at all.
    var isMute = false
    /// Whether the chip loses its power, and with it everything it knows.
    var losesPower = false
    /// How long the answer takes.
    var milliseconds = 0
}

/// What quirks remember; a reset clears ``UntilReset`` alone.
struct QuirkMemory {
    struct UntilReset {
        /// PACE has failed.
        var hasFailedPACE = false
        /// A reading went past the end of a file.
        var hasReadPastEnd = false
        /// SELECT of the application was refused once.
        var hasRefusedApplication = false
    }

    var untilReset = UntilReset()
    /// The tag was lost once.
    var hasLostTag = false
    /// The first reading after BAC was refused once.
    var hasRefusedFirstRead = false
}
