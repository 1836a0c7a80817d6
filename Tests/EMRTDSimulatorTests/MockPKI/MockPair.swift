import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import LDS
import Testing

/// A CSCA and a document signer of `mock_pki_selfxyz`, each with its private key, made by others with openssl.
struct MockPair: Sendable {
    let name: String
    let csca: CertifiedKey
    let signer: CertifiedKey
    let cscaCertificate: Certificate
    /// The good EF.SOD over the groups, in the algorithm of the pair.
    let sod: [UInt8]

    /// A day inside all validity periods.
    static let date = Timestamp(year: 2026, month: 6, day: 1, hour: 12)

    /// Valid on the day.
    static let validity: ClosedRange<CalendarDate> =
        CalendarDate(clampingDaysSinceEpoch: 20_400)...CalendarDate(clampingDaysSinceEpoch: 21_000)

    /// The data groups that are signed: no real ones, since passive authentication hashes whatever is there.
    static let groups: [Int: [UInt8]] = [1: hex("6103010203"), 2: hex("75020405"), 14: hex("6E00")]

    /// The name of a folder, or why it is not used.
    enum Folder: Sendable, CustomTestStringConvertible {
        case complete(String)
        case incomplete(String, missing: [String])

        var testDescription: String {
            switch self {
            case .complete(let name): name
            case .incomplete(let name, let missing): "\(name): no \(missing.joined(separator: ", "))"
            }
        }
    }

    private static var root: URL? { fieldData()?.appendingPathComponent("mock_pki_selfxyz") }

    /// All folders in the order of their names; none without field data.
    static let folders: [Folder] = {
        guard let root, let names = try? FileManager.default.contentsOfDirectory(atPath: root.path) else { return [] }
        return names.sorted().map { name in
            let missing = ["mock_csca.pem", "mock_csca.key", "mock_dsc.pem", "mock_dsc.key"].filter {
                !FileManager.default.fileExists(atPath: root.appendingPathComponent(name + "/" + $0).path)
            }
            return missing.isEmpty ? .complete(name) : .incomplete(name, missing: missing)
        }
    }()

    /// The names of those with all four files.
    static let complete: [String] = folders.compactMap { if case .complete(let name) = $0 { name } else { nil } }

    init(_ name: String) throws {
        let folder = try #require(Self.root).appendingPathComponent(name)
        func load(_ part: String) throws -> (Certificate, CertifiedKey) {
            let path = folder.appendingPathComponent("mock_\(part).pem").path
            let certificate = try #require(try TrustStore(contentsOf: path).certificates.first)
            var key = [UInt8](try Data(contentsOf: folder.appendingPathComponent("mock_\(part).key")))
            return (certificate, try CertifiedKey(certificate, privateKey: .imported(clearing: &key)))
        }
        self.name = name
        (cscaCertificate, csca) = try load("csca")
        (_, signer) = try load("dsc")
        sod = try SODBuilder(groupDigest: signer.key.scheme.digest).encoded(dataGroups: Self.groups, signer: signer)
    }

    /// Whether the signatures are made with SHA-1.
    var isSHA1: Bool { signer.key.scheme.digest == .sha1 }

    /// What a desk needs; SHA-1 is accepted, since what it proves is not the matter here.
    var policy: TrustPolicy {
        var policy = TrustPolicy.field
        policy.sha1Signatures = .accept
        policy.sha1Hashes = .accept
        policy.allowsTestPKI = true
        return policy
    }

    /// A builder in the algorithm of the pair.
    var builder: SODBuilder { SODBuilder(groupDigest: signer.key.scheme.digest) }

    /// A document signer with the pair's key, issued anew by the mock CSCA with changes.
    func reissued(_ change: (inout CertificateRequest) -> Void) throws -> CertifiedKey {
        var request = CertificateRequest(
            .documentSigner, country: "FR", issuingState: "FRA",
            key: SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256), validity: Self.validity)
        request.key = .existing(signer.key)
        change(&request)
        return try csca.issue(request)
    }

    /// Passive authentication of an EF.SOD over the groups.
    func report(
        _ sod: [UInt8], groups: [Int: [UInt8]] = Self.groups, store: [[UInt8]]? = nil,
        revocationLists: [[UInt8]] = [], state: String = "FRA", policy: TrustPolicy? = nil
    ) throws -> PassiveAuthenticationReport {
        var states: [DataGroupNumber: DataGroupState] = [:]
        for (number, content) in groups { states[try #require(DataGroupNumber(number))] = .read(content) }
        let certificates = try store.map { try $0.map { try Certificate(encoded: $0) } } ?? [cscaCertificate]
        return PassiveAuthentication(
            store: TrustStore(
                certificates: certificates,
                revocationLists: try revocationLists.map { try CertificateRevocationList(encoded: $0) }),
            policy: policy ?? self.policy,
            date: try #require(Self.date)
        ).verify(
            PassiveAuthenticationInput(
                efSOD: sod, dataGroups: states, comDataGroups: Set(states.keys), issuingState: state,
                documentCode: "P"))
    }
}
