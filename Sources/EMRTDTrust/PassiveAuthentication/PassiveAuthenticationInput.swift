public import LDS

/// What is known of a data group after reading.
public enum DataGroupState: Sendable, Hashable {
    /// The file was read; its bytes as they came.
    case read([UInt8])
    /// The chip does not have the file (6A82).
    case absent
    /// The chip refuses access, for example to fingerprints without terminal authentication (6982).
    case accessDenied
    /// The file was not asked for, or reading it was given up.
    case notRequested
}

/// What passive authentication works on: files of the chip as they came.
public struct PassiveAuthenticationInput: Sendable {
    /// EF.SOD as read, or `nil` where there is none.
    public var efSOD: [UInt8]?
    /// What is known of each data group. Groups that are not named here count as not requested.
    public var dataGroups: [DataGroupNumber: DataGroupState]
    /// The data groups that EF.COM lists, or `nil` where there is no EF.COM.
    public var comDataGroups: Set<DataGroupNumber>?
    /// The issuing state of DG1, such as `VNM` or `D`, with or without fillers, or `nil` where DG1 was not read.
    public var issuingState: String?
    /// The document code of DG1, such as `P` or `ID`, with or without fillers, or `nil` where DG1 was not read.
    public var documentCode: String?

    /// Creates the input.
    public init(
        efSOD: [UInt8]?, dataGroups: [DataGroupNumber: DataGroupState], comDataGroups: Set<DataGroupNumber>? = nil,
        issuingState: String? = nil, documentCode: String? = nil
    ) {
        self.efSOD = efSOD
        self.dataGroups = dataGroups
        self.comDataGroups = comDataGroups
        self.issuingState = issuingState
        self.documentCode = documentCode
    }
}

/// What passive authentication found: one result per check. The verdict over them is computed by the inspection.
public struct PassiveAuthenticationReport: Sendable {
    /// The results: `sod.signature`, `sod.attributes`, `ds.chain`, `ds.validity`, `ds.validityAtSigning`, `ds.privateKeyUsage`,
    /// `ds.documentType`, `ds.revocation`, `csca.validity`, `sod.com`, `dg.N` for DG1 and each group that was read or is listed, and `issuingState`.
    public let checks: [CheckResult]
    /// Whether the signature and its attributes are successful and the signer reaches a trusted CSCA. Only then may
    /// data be shown as verified.
    public let dataIsAuthenticated: Bool
    /// The data groups whose bytes are covered by the signature: their hash check is successful, and so are the signature
    /// and its attributes. Trust in the signer is another question: see ``dataIsAuthenticated``.
    public let coveredDataGroups: Set<DataGroupNumber>
    /// What the EF.SOD lists, where it could be read. Authentic only as far as the checks say.
    public let securityObject: LDSSecurityObject?
    /// The certificate that verified the signature.
    public let documentSigner: Certificate?
    /// The CSCA whose key signed the document signer, trusted or not.
    public let csca: Certificate?
    /// Whether a certificate of the path carries the mark of a test PKI.
    public let isTestPKI: Bool

    /// The result of one check, or `nil` where it was not among them.
    public subscript(id: CheckID) -> CheckResult? { checks.first { $0.id == id } }
}
