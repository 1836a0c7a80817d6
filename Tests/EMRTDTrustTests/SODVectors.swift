import EMRTDTestSupport
import EMRTDTrust
import LDS
import Testing

/// `vectors/sods.json`: SODs and certificates made by the openssl command line (Tests/Foreign/make_sods.py).
struct SODVectors: Decodable {
    struct Signature: Decodable {
        let name: String
        let version: Int
        let hash: String
        let csca: String
        let signer: String
        let sod: String
    }
    struct Attacks: Decodable {
        let sods: [String: String]
        let certificates: [String: String]
    }
    let dataGroups: [String: String]
    let signatures: [Signature]
    let attacks: Attacks

    static let shared = Result { try vectors("sods.json", as: SODVectors.self) }

    static func load() throws -> SODVectors { try shared.get() }

    var groups: [DataGroupNumber: [UInt8]] {
        var out: [DataGroupNumber: [UInt8]] = [:]
        for (number, content) in dataGroups {
            if let number = Int(number).flatMap({ DataGroupNumber($0) }) { out[number] = hex(content) }
        }
        return out
    }

    func sod(_ name: String) throws -> [UInt8] { hex(try #require(attacks.sods[name])) }
    func certificate(_ name: String) throws -> Certificate {
        try Certificate(encoded: hex(try #require(attacks.certificates[name])))
    }
}

/// A day on which the vectors are valid, and after they were signed.
let inspectionDay = Timestamp(secondsSince1970: 1_800_000_000)

/// Input of the vectors' data groups with an honest EF.COM.
func input(_ sod: [UInt8], _ vectors: SODVectors, state: String? = "VNM") -> PassiveAuthenticationInput {
    let groups = vectors.groups
    return PassiveAuthenticationInput(
        efSOD: sod, dataGroups: groups.mapValues { .read($0) }, comDataGroups: Set(groups.keys), issuingState: state)
}

/// Whether nothing in a report that the verdict needs is other than successful.
func isGreen(_ report: PassiveAuthenticationReport) -> Bool {
    report.dataIsAuthenticated
        && report.checks.allSatisfy { $0.result == .successful || (!$0.isRequired && $0.result != .failed) }
}
