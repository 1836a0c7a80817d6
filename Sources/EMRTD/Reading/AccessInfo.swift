public import LDS

/// How the chip was opened.
public struct AccessInfo: Sendable, Hashable {
    /// The protocol.
    public enum AccessProtocol: String, Sendable, Hashable {
        /// Password Authenticated Connection Establishment.
        case pace = "PACE"
        /// Basic Access Control.
        case bac = "BAC"
        /// None: the chip guards nothing, so that anyone near it can read it.
        case none = "none"
    }

    /// An exception that opening the chip took.
    public enum Leniency: String, Sendable, Hashable, CaseIterable {
        /// The chip took MSE:Set AT only without the id of the domain parameters.
        case paceWithoutParameterId
        /// A number of a prime field came with leading zeros in PACE.
        case pacePaddedKey
        /// The chip left out the empty mapping data of Integrated Mapping.
        case paceWithoutMappingData
        /// The chip authentication data of PACE is shorter than the order of its generator.
        case paceShortChipAuthenticationData
        /// The chip refused a stronger variant of PACE that it offers.
        case strongerPACERefused
        /// The chip offers PACE only with parameters that this library does not run, so that BAC was used.
        case bacInsteadOfUnknownPACE
        /// PACE failed for a reason other than the password, and BAC was used.
        case bacAfterPACEFailed
        /// The chip gave EF.CardAccess only after the MF was selected.
        case masterFileSelected
        /// EF.CardAccess lies in the eMRTD application and not in the MF.
        case cardAccessInApplication
    }

    /// The protocol.
    public let `protocol`: AccessProtocol
    /// PACE's mapping; `nil` for other protocols.
    public let mapping: PACEMapping?
    /// PACE's key agreement; `nil` for other protocols.
    public let agreement: KeyAgreement?
    /// The cipher of secure messaging; `nil` where there is none.
    public let cipher: SessionCipher?
    /// PACE's domain parameter id; `nil` for other protocols.
    public let parameterId: Int?
    /// The kind of key that was used; `nil` where none was needed.
    public let password: AccessKey.Kind?
    /// The name of the access policy.
    public let policy: String
    /// Exceptions that were needed, by name; see ``Leniency``.
    public let leniencies: [String]

    init(
        pace protocol: PACEProtocol, parameterId: Int?, password: AccessKey.Kind, policy: String,
        leniencies: Set<Leniency>
    ) {
        self.protocol = .pace
        mapping = `protocol`.mapping
        agreement = `protocol`.agreement
        cipher = `protocol`.cipher
        self.parameterId = parameterId
        self.password = password
        self.policy = policy
        self.leniencies = leniencies.map(\.rawValue).sorted()
    }

    init(bac password: AccessKey.Kind, policy: String, leniencies: Set<Leniency>) {
        self.protocol = .bac
        mapping = nil
        agreement = nil
        cipher = .tripleDES
        parameterId = nil
        self.password = password
        self.policy = policy
        self.leniencies = leniencies.map(\.rawValue).sorted()
    }

    init(unprotectedBy policy: String, leniencies: Set<Leniency>) {
        self.protocol = .none
        mapping = nil
        agreement = nil
        cipher = nil
        parameterId = nil
        password = nil
        self.policy = policy
        self.leniencies = leniencies.map(\.rawValue).sorted()
    }

    func took(_ leniency: Leniency) -> Bool { leniencies.contains(leniency.rawValue) }
}
