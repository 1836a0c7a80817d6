public import LDS

/// The stable name of a check, such as `sod.signature`. Other modules add their own.
public struct CheckID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// Creates an id from its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The signature of the EF.SOD.
    public static let sodSignature = CheckID(rawValue: "sod.signature")
    /// The signed attributes of the EF.SOD.
    public static let sodAttributes = CheckID(rawValue: "sod.attributes")
    /// The path from the document signer to a CSCA of the trust store.
    public static let dsChain = CheckID(rawValue: "ds.chain")
    /// The validity period of the document signer.
    public static let dsValidity = CheckID(rawValue: "ds.validity")
    /// The validity periods of the document signer and the CSCA when the document was signed.
    public static let dsValidityAtSigning = CheckID(rawValue: "ds.validityAtSigning")
    /// The periods in which the private keys of the document signer and of the CSCA may sign.
    public static let dsPrivateKeyUsage = CheckID(rawValue: "ds.privateKeyUsage")
    /// The document types that the document signer may sign.
    public static let dsDocumentType = CheckID(rawValue: "ds.documentType")
    /// The revocation state of the document signer.
    public static let dsRevocation = CheckID(rawValue: "ds.revocation")
    /// The validity period of the CSCA.
    public static let cscaValidity = CheckID(rawValue: "csca.validity")
    /// EF.COM's list of data groups against the EF.SOD's.
    public static let sodCOM = CheckID(rawValue: "sod.com")
    /// The issuing state of the document against the countries of the certificates.
    public static let issuingState = CheckID(rawValue: "issuingState")

    /// The signature of EF.CardSecurity, with the path of its signer.
    public static let cardSecurity = CheckID(rawValue: "cardSecurity")

    /// The hash of a data group: `dg.1` to `dg.16`.
    public static func dataGroup(_ number: DataGroupNumber) -> CheckID {
        let place = Int(number.rawValue) - 1
        return dataGroups.indices.contains(place) ? dataGroups[place] : CheckID(rawValue: "dg.\(number.rawValue)")
    }

    /// `dg.1`, `dg.2` and so on.
    private static let dataGroups = (1...DataGroupNumber.allCases.count).map { CheckID(rawValue: "dg.\($0)") }

    /// The name.
    public var description: String { rawValue }
}
