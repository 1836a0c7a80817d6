import EMRTDTestSupport
import EMRTDTrust
import Foundation
import LDS
import Testing

@Suite("BSI specimen (TR-03105-5 reference data)")
struct SpecimenTests {
    static func file(_ name: String) throws -> [UInt8]? {
        guard let folder = fieldData()?.appendingPathComponent("lds_bsi_tr03105_5_refdata_v2") else { return nil }
        return Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    func verify(_ groups: [DataGroupNumber], at date: Timestamp) throws -> PassiveAuthenticationReport? {
        guard let sod = try Self.file("EF_SOD.bin") else { return nil }
        var states: [DataGroupNumber: DataGroupState] = [:]
        for number in groups { states[number] = .read(try #require(try Self.file("Datagroup\(number.rawValue).bin"))) }
        let com = Set([DataGroupNumber.dg1, .dg2, .dg3, .dg4, .dg14])
        return PassiveAuthentication(store: .empty, date: date)
            .verify(PassiveAuthenticationInput(efSOD: sod, dataGroups: states, comDataGroups: com, issuingState: "D"))
    }

    @Test func in2014() throws {
        let day = try #require(Timestamp(date: "2014-06-01"))
        guard let report = try verify([.dg1, .dg2, .dg3, .dg4, .dg14], at: day) else { return }
        for id in [CheckID.sodSignature, .sodAttributes, .dsValidity, .sodCOM] {
            #expect(report[id]?.result == .successful, "\(report.checks)")
        }
        for number in [DataGroupNumber.dg1, .dg2, .dg3, .dg4, .dg14] {
            #expect(report[.dataGroup(number)]?.result == .successful)
        }
        #expect(report[.dsChain]?.result == .undetermined && report[.dsChain]?.code == .dsIssuerUnknown)
        #expect(report[.cscaValidity]?.result == .undetermined)
        #expect(!report.checks.contains { $0.result == .failed })
        #expect(!report.dataIsAuthenticated && report.coveredDataGroups.count == 5)
    }

    @Test func withDG15ThatIsNotInTheSOD() throws {
        let day = try #require(Timestamp(date: "2014-06-01"))
        guard let report = try verify([.dg1, .dg2, .dg3, .dg4, .dg14, .dg15], at: day) else { return }
        #expect(report[.dataGroup(.dg15)]?.result == .failed && report[.dataGroup(.dg15)]?.code == .dgNotInSOD)
    }

    @Test func today() throws {
        let day = try #require(Timestamp(date: "2026-06-01"))
        guard let report = try verify([.dg1], at: day) else { return }
        #expect(report[.dsValidity]?.result == .failed && report[.dsValidity]?.code == .dsExpired)
        #expect(report[.dataGroup(.dg2)]?.code == .dgNotRead)
    }
}
