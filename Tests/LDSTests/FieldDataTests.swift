import EMRTDTestSupport
import Foundation
import LDS
import Testing

/// Files that others wrote. They may not lie in this repository.
@Suite struct FieldDataTests {
    @Test func bsiSpecimen() throws {
        guard let folder = fieldData()?.appendingPathComponent("lds_bsi_tr03105_5_refdata_v2") else { return }
        func bytes(_ name: String) throws -> [UInt8] {
            Array(try Data(contentsOf: folder.appendingPathComponent(name)))
        }
        let com = try EFCOM(parsing: bytes("EF_COM.bin"))
        #expect(com.ldsVersion == "0107" && com.dataGroups == [.dg1, .dg2, .dg3, .dg4, .dg14])
        let dg1 = try DG1(parsing: bytes("Datagroup1.bin"))
        #expect(dg1.mrz.format == .td3 && dg1.mrz.issuingState == "D" && dg1.mrz.nationality == "D")
        #expect(dg1.mrz.allChecksAreCorrect)
        #expect(dg1.mrz.checks.first { $0.field == .optionalData }?.found == "<")
        let dg2 = try DG2(parsing: bytes("Datagroup2.bin"))
        let image = try #require(dg2.images.first)
        #expect(image.format == .jpeg2000 && image.claimedFormat == .jpeg2000 && image.bytes.count == 15000 - 1)
        #expect(dg2.leniencies.isEmpty)
        for (name, number) in [("Datagroup3.bin", DataGroupNumber.dg3), ("Datagroup4.bin", .dg4)] {
            let raw = try RawDataGroup(parsing: bytes(name))
            #expect(raw.number == number && raw.leniencies.isEmpty)
        }
        let dg14 = try DG14(parsing: bytes("Datagroup14.bin"))
        let key = try #require(dg14.securityInfos.chipAuthenticationPublicKeyInfos.first)
        #expect(key.agreement == .ecdh && key.keyId == nil)
        #expect(key.publicKey.encoded == (try bytes("DG14_pk.bin")))
        guard case .ec(.explicit(let parameters), let point) = key.publicKey.key else {
            Issue.record("not an explicit curve")
            return
        }
        // brainpoolP224r1: prime and order of 28 bytes.
        #expect(parameters.prime.count == 28 && parameters.order.count == 28 && point.count == 57)
        let chip = ChipAuthenticationProtocol(agreement: .ecdh, cipher: .tripleDES)
        #expect(dg14.securityInfos.chipAuthenticationInfos.map(\.protocol) == [chip])
        #expect(dg14.securityInfos.terminalAuthenticationInfos.count == 1)
        let dg15 = try DG15(parsing: bytes("Datagroup15.bin"))
        #expect(dg15.publicKey.encoded == (try bytes("DG15_pk.bin")))
        guard case .rsa(let modulus, let exponent) = dg15.publicKey.key else {
            Issue.record("not RSA")
            return
        }
        #expect(modulus.count == 128 && exponent == [1, 0, 1])
        let sod = try EFSOD(parsing: bytes("EF_SOD.bin"))
        #expect(sod.contents.first == 0x30 && sod.leniencies.isEmpty)
    }

    @Test func diffieHellmanDG14() throws {
        guard let folder = fieldData() else { return }
        let url = folder.appendingPathComponent("lds_jmrtd/doc9303/spec_sample_encoded_dg14.bin")
        let dg14 = try DG14(parsing: Array(Data(contentsOf: url)))
        let key = try #require(dg14.securityInfos.chipAuthenticationPublicKeyInfos.first)
        guard case .dh(let parameters, let value) = key.publicKey.key else {
            Issue.record("not DH")
            return
        }
        #expect(key.agreement == .dh && parameters.prime.count == 128 && parameters.order == nil && value.count == 128)
        let chip = ChipAuthenticationProtocol(agreement: .dh, cipher: .tripleDES)
        #expect(dg14.securityInfos.chipAuthenticationInfos.map(\.protocol) == [chip])
    }

    @Test func faceRecords() throws {
        guard let folder = fieldData()?.appendingPathComponent("bio_iso19794_gmrtd") else { return }
        let record = try FaceRecord(
            parsing: Array(Data(contentsOf: folder.appendingPathComponent("ISO19794_Test1_Data.bin"))))
        let face = try Data(contentsOf: folder.appendingPathComponent("ISO19794_Test1_Face.jpg"))
        #expect(Array(try #require(record.images.first).bytes) == Array(face))
        let bad = try FaceRecord(
            parsing: Array(Data(contentsOf: folder.appendingPathComponent("ISO19794_Test2_Data_InvalidImage.bin"))))
        #expect(bad.images.first?.format == .unknown)
        // The first sample claims JPEG 2000 for a JPEG as well.
        #expect(bad.leniencies.map(\.code) == [.imageTypeMismatch])
    }

    @Test(arguments: ["ICAO_39794_5_AP_DG2_MandFields.dat", "ICAO_39794_5_AP_DG2_AllFields.dat"])
    func newEncodingIsNamedUnsupported(_ name: String) throws {
        guard let folder = fieldData()?.appendingPathComponent("bio_iso39794_gmrtd") else { return }
        let dg2 = try DG2(parsing: Array(Data(contentsOf: folder.appendingPathComponent(name))))
        guard case .unsupported = dg2.faces.first else {
            Issue.record("not unsupported")
            return
        }
        #expect(dg2.templates.count == 1)
    }
}
