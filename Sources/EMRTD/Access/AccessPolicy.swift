public import EMRTDProtocol

/// What may be used to open a chip. A weaker way is never taken in silence: what was used, and what it departed from, is in the
/// report.
///
/// Whatever the policy says, PACE that failed with a wrong password is followed by nothing: no other protocol, no second try.
public struct AccessPolicy: Sendable, Hashable {
    /// What follows where the chip offers PACE and PACE fails for a reason other than the password.
    public enum AfterPACEFailure: String, Sendable, Hashable, CaseIterable {
        /// Nothing: the reading ends.
        case stop
        /// BAC after a reset. The check `downgrade` is undetermined, so the verdict is at best `undetermined`: somebody between
        /// card and reader may have spoilt PACE.
        case bacUndetermined
        /// BAC after a reset. The check `downgrade` says so and the verdict does not need it: BAC protects what passes between
        /// card and reader less well, but neither the data's signature nor the chip's proof rests on it.
        case bacAccepted
    }

    /// The policy's name, for reports.
    public var name: String
    /// The least strength of a session in bits of a symmetric key, as ``PACEParameters/strength`` counts it: up to 80 allows all,
    /// 3DES and prime fields of 1024 bits included; 112 allows AES on all other groups. BAC counts 80.
    public var minimumStrength: Int
    /// Whether BAC may open a chip that offers no PACE.
    public var allowsBAC: Bool
    /// What follows where PACE fails for a reason other than the password.
    public var afterPACEFailure: AfterPACEFailure
    /// Whether a chip is read that guards nothing.
    public var allowsUnprotected: Bool
    /// Whether the last try of a PIN or PUK may be used up.
    public var allowsLastTry: Bool

    /// What a desk needs, and the default: every strength, BAC where the chip offers no PACE, chips without access control; nothing
    /// after PACE failed; no last try of a PIN.
    public static let field = AccessPolicy(
        name: "field", minimumStrength: 80, allowsBAC: true, afterPACEFailure: .stop, allowsUnprotected: true,
        allowsLastTry: false)

    /// ``field``, and BAC after PACE failed for a reason other than the password; the verdict is then at best `undetermined`.
    public static let tolerant = AccessPolicy(
        name: "tolerant", minimumStrength: 80, allowsBAC: true, afterPACEFailure: .bacUndetermined,
        allowsUnprotected: true, allowsLastTry: false)

    /// PACE with AES and groups of at least 112 bits alone.
    public static let strict = AccessPolicy(
        name: "strict", minimumStrength: 112, allowsBAC: false, afterPACEFailure: .stop, allowsUnprotected: false,
        allowsLastTry: false)

    /// Creates a policy.
    public init(
        name: String, minimumStrength: Int, allowsBAC: Bool, afterPACEFailure: AfterPACEFailure,
        allowsUnprotected: Bool, allowsLastTry: Bool
    ) {
        self.name = name
        self.minimumStrength = minimumStrength
        self.allowsBAC = allowsBAC
        self.afterPACEFailure = afterPACEFailure
        self.allowsUnprotected = allowsUnprotected
        self.allowsLastTry = allowsLastTry
    }

    /// Whether a variant of PACE is strong enough.
    public func allows(_ parameters: PACEParameters) -> Bool { parameters.strength >= minimumStrength }

    /// Whether a session of Chip Authentication is strong enough.
    public func allows(_ parameters: ChipAuthenticationParameters) -> Bool { parameters.strength >= minimumStrength }

    /// Whether BAC may be run at all: by its own rule and by its strength.
    var permitsBAC: Bool { allowsBAC && minimumStrength <= Self.strengthOfBAC }

    private static let strengthOfBAC = 80
}
