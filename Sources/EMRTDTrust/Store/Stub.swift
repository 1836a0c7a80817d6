// A placeholder until the real types land beside the lists: delete this file then.
public struct DeviationList: Sendable {
    public let encoded: [UInt8]
    public var signingTime: Timestamp? { nil }
    public init(encoded: some Collection<UInt8>) throws(TrustError) { throw TrustError(.malformed) }
}
package enum SignedListFinding {
    package struct Verified {
        package let signer: Certificate; let anchor: Certificate; let leniencies: Set<Leniency>; let notes: [String]
    }
    case verified(Verified)
    case anchorUnknown(signer: Certificate?, reason: String, wanted: Certificate?)
    case refused(TrustImportRefusal.Code, String)
}
package struct SignedListCheck {
    init(store: TrustStore, anchors: Set<[UInt8]>, date: Timestamp) {}
    func check(_ list: MasterList) -> SignedListFinding { .refused(.notAnchored, "stub") }
    func check(_ list: DeviationList) -> SignedListFinding { .refused(.notAnchored, "stub") }
}
