public import LDS

/// Which data groups a reading asks for: what the purpose needs, and no more. EF.COM, EF.SOD and the keys for the chip's
/// authenticity (DG14, DG15) are read in any case.
public struct ReadPlan: Sendable, Hashable {
    /// The data groups, or `nil` for every one that the document lists.
    public let dataGroups: Set<DataGroupNumber>?

    private init(_ dataGroups: Set<DataGroupNumber>?) { self.dataGroups = dataGroups }

    /// Who the holder is: DG1, and where there are any DG11 (details) and DG13 (national details).
    public static let identity = ReadPlan([.dg1, .dg11, .dg13])
    /// ``identity`` and the portrait, DG2.
    public static let identityAndPortrait = ReadPlan([.dg1, .dg2, .dg11, .dg13])
    /// All that the document lists. Fingerprints and irises are asked for too; without Terminal Authentication the chip
    /// refuses them, which is reported and is no fault.
    public static let everything = ReadPlan(nil)

    /// A choice of data groups. DG1 is always among them, since every check of the holder needs it.
    public static func groups(_ groups: Set<DataGroupNumber>) -> ReadPlan { ReadPlan(groups.union([.dg1])) }

    /// Whether the plan asks for a group.
    public func includes(_ group: DataGroupNumber) -> Bool { dataGroups?.contains(group) ?? true }
}
