import EMRTDCrypto
import EMRTDProtocol
import ISO7816

/// The passwords of PACE and the counters of a PIN, which outlive sessions and resets (TR-03110-2, 2.5; TR-03110-3, 3.5).
struct ChipPasswords {
    /// Wrong tries of a PIN until it is blocked; with one left it is suspended.
    static let maximumTries = 3
    /// How often the PUK unblocks the PIN.
    static let maximumUnblockings = 10

    /// Tries that the PIN has left.
    private(set) var pinTries = Self.maximumTries
    /// How often the PUK will still unblock the PIN.
    private(set) var unblockings = Self.maximumUnblockings
    private var secrets: [PACEPasswordReference: SharedSecret]

    /// SHA-1 of the MRZ_information, which BAC starts from as well.
    let mrzHash: SharedSecret

    init(_ secrets: PersonalisedDocument.AccessSecrets) throws {
        let hash = SharedSecret(try DigestAlgorithm.sha1.secretDigest(Array(secrets.mrzInformation.utf8)))
        mrzHash = hash
        self.secrets = [.mrz: hash]
        for (reference, text) in [
            (.can, secrets.cardAccessNumber), (.pin, secrets.personalIdentificationNumber),
            (.puk, secrets.pinUnblockingKey),
        ] as [(PACEPasswordReference, String?)] {
            guard let text else { continue }
            self.secrets[reference] = SharedSecret(try SecretBytes(copying: Array(text.utf8)))
        }
    }

    /// The password with a reference, or `nil` where the chip has none.
    func password(_ reference: PACEPasswordReference) -> PACEPassword? {
        secrets[reference].map { PACEPassword(reference, secret: $0) }
    }

    /// What MSE:Set AT answers for a password that the chip has: 9000, or how many tries are left (TR-03110-3, B.11.1).
    func status(_ reference: PACEPasswordReference) -> StatusWord {
        guard reference == .pin, pinTries < Self.maximumTries else { return .success }
        return StatusWord(0x63C0 | UInt16(truncatingIfNeeded: pinTries))
    }

    /// Why PACE does not begin: 6983 where the password is blocked, 6985 where it is suspended (TR-03110-3, B.11.2).
    ///
    /// - Parameter isResumed: whether the CAN was proven in this session.
    func refusal(_ reference: PACEPasswordReference, isResumed: Bool) -> StatusWord? {
        switch reference {
        case .pin where pinTries == 0: .authenticationMethodBlocked
        case .pin where pinTries == 1 && !isResumed: .conditionsOfUseNotSatisfied
        case .puk where unblockings == 0: .authenticationMethodBlocked
        default: nil
        }
    }

    /// Counts a wrong try.
    ///
    /// - Returns: the status word for it: 63Cx with a PIN, 6300 with passwords that are never blocked.
    mutating func countFailure(_ reference: PACEPasswordReference) -> StatusWord {
        guard reference == .pin else { return .authenticationFailed }
        pinTries = max(pinTries - 1, 0)
        return StatusWord(0x63C0 | UInt16(truncatingIfNeeded: pinTries))
    }

    /// Takes note of a right password.
    mutating func countSuccess(_ reference: PACEPasswordReference) {
        if reference == .pin { pinTries = Self.maximumTries }
    }

    /// Unblocks the PIN after PACE with the PUK; `false` where that has been done too often.
    mutating func unblock() -> Bool {
        guard unblockings > 0 else { return false }
        unblockings -= 1
        pinTries = Self.maximumTries
        return true
    }

    /// Gives the PIN another value, after PACE with the PIN or the PUK.
    mutating func changePIN(_ digits: [UInt8]) throws {
        secrets[.pin] = SharedSecret(try SecretBytes(copying: digits))
        pinTries = Self.maximumTries
    }
}
