import EMRTDTestSupport
import EMRTDTrust
import Foundation

/// The lists of the field, read once.
struct FieldLists: Sendable {
    let lists: [(name: String, bytes: [UInt8], list: MasterList)]
    /// The certificates of all lists without repetitions, in the order they came.
    let union: [Certificate]
    let store: TrustStore
    /// The document signers of the directory text.
    let signers: [Certificate]

    static let names = [
        "gmrtd/DE_ML_2025-11-27-07-39-21.ml", "icao/ICAO_ml_zenopie_2025-08.ml", "gmrtd/NL_ML_2025-12-20.ml",
    ]

    /// The lists, or `nil` without field data.
    static let shared: Result<FieldLists?, any Error> = Result {
        guard let folder = fieldData() else { return nil }
        var lists: [(String, [UInt8], MasterList)] = []
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent("masterlists/" + name)))
            lists.append((name, bytes, try MasterList(encoded: bytes)))
        }
        var seen: Set<Certificate> = []
        let union = lists.flatMap(\.2.certificates).filter { seen.insert($0).inserted }
        let text = [UInt8](
            try Data(contentsOf: folder.appendingPathComponent("ldif/icaopkd-003-complete-000090.ldif")))
        let signers = try LDIF(text).certificates.map { try Certificate(encoded: $0.bytes) }
        return FieldLists(lists: lists, union: union, store: TrustStore(certificates: union), signers: signers)
    }

    /// The bytes of a file of the field, or `nil` without field data.
    static func bytes(_ path: String) throws -> [UInt8]? {
        try fieldData().map { [UInt8](try Data(contentsOf: $0.appendingPathComponent(path))) }
    }
}
