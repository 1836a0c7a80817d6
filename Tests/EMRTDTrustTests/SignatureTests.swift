import EMRTDTestSupport
import EMRTDTrust
import LDS
import Testing

@Suite("EF.SOD signatures made by openssl")
struct SignatureTests {
    @Test func everyAlgorithmAndEncoding() throws {
        let vectors = try SODVectors.load()
        #expect(vectors.signatures.count == 17)
        for entry in vectors.signatures {
            let csca = try Certificate(encoded: hex(entry.csca))
            // Certificates outside the SOD are found in the store.
            let store = TrustStore(certificates: [csca, try Certificate(encoded: hex(entry.signer))])
            #expect(store.anchors == [csca])
            var input = input(hex(entry.sod), vectors)
            let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
            #expect(isGreen(report), "\(entry.name): \(report.checks)")
            #expect(report.coveredDataGroups == [.dg1, .dg2, .dg13], "\(entry.name)")
            #expect(report.securityObject?.version == entry.version)
            #expect(report.securityObject?.ldsVersion == (entry.version == 1 ? "0108" : nil))
            #expect(report.csca == csca)
            let names = Set(report.checks.flatMap(\.leniencies).map(\.name))
            var expected: Set<String> = []
            if entry.name.contains("indefinite") { expected.insert("sodNotDER") }
            if entry.name.contains("no-attributes") { expected.insert("noSignedAttributes") }
            #expect(names == expected, "\(entry.name)")

            // One flipped bit in each data group.
            for (number, bytes) in vectors.groups {
                var damaged = bytes
                damaged[bytes.count / 2] ^= 0x10
                input.dataGroups[number] = .read(damaged)
                let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
                #expect(report[.dataGroup(number)]?.code == .dgHashWrong)
                #expect(!report.coveredDataGroups.contains(number) && !isGreen(report))
                input.dataGroups[number] = .read(bytes)
            }
        }
    }

    /// Chips pad their files; with an indefinite length the end is known only after reading.
    @Test(arguments: ["p256-sha256", "p256-indefinite"], [[0x00], [0xFF, 0xFF], [UInt8](repeating: 0, count: 300)])
    func padding(_ name: String, _ padding: [UInt8]) throws {
        let vectors = try SODVectors.load()
        let entry = try #require(vectors.signatures.first { $0.name == name })
        let store = TrustStore(certificates: [try Certificate(encoded: hex(entry.csca))])
        let report = PassiveAuthentication(store: store, date: inspectionDay)
            .verify(input(hex(entry.sod) + padding, vectors))
        #expect(isGreen(report), "\(report.checks)")
        let expected: Set<Leniency> = name == "p256-indefinite" ? [.sodTrailingBytes, .sodNotDER] : [.sodTrailingBytes]
        #expect(Set(report.checks.flatMap(\.leniencies)) == expected)
    }

    @Test func strictPolicyRefusesWhatItDoesNotAllow() throws {
        let vectors = try SODVectors.load()
        for entry in vectors.signatures where entry.name == "p256-no-attributes" {
            let store = TrustStore(certificates: [try Certificate(encoded: hex(entry.csca))])
            let report = PassiveAuthentication(store: store, policy: .strict, date: inspectionDay)
                .verify(input(hex(entry.sod), vectors))
            #expect(report[.sodAttributes]?.code == .sodAttributesMissing)
            #expect(report[.sodAttributes]?.result == .failed)
            #expect(!report.dataIsAuthenticated && report.coveredDataGroups.isEmpty)
            #expect(report[.dsRevocation]?.isRequired == true)
        }
    }

    @Test func withoutCertificateTheSignerIsUnknown() throws {
        let vectors = try SODVectors.load()
        let entry = try #require(vectors.signatures.first { $0.name == "p256-no-certificates" })
        let store = TrustStore(certificates: [try Certificate(encoded: hex(entry.csca))])
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(hex(entry.sod), vectors))
        #expect(report[.sodSignature]?.code == .sodSignerUnknown)
        #expect(report[.sodSignature]?.result == .undetermined)
        #expect(report[.dsChain]?.code == .dsUnknown)
        #expect(report[.dataGroup(.dg1)]?.code == .dgNotAuthenticated)
        #expect(!isGreen(report))
    }

    @Test func oldContentTypeIsANamedLeniency() throws {
        let vectors = try SODVectors.load()
        let store = TrustStore(certificates: [try vectors.certificate("csca")])
        let sod = try vectors.sod("oldContentType")
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(sod, vectors))
        #expect(isGreen(report))
        #expect(report[.sodSignature]?.leniencies == [.oldContentType])
        let strict = PassiveAuthentication(store: store, policy: .strict, date: inspectionDay).verify(
            input(sod, vectors))
        #expect(strict[.sodSignature]?.code == .sodLeniencyRefused)
        let foreign = PassiveAuthentication(store: store, date: inspectionDay)
            .verify(input(try vectors.sod("foreignContentType"), vectors))
        #expect(foreign[.sodSignature]?.code == .sodMalformed)
    }

    @Test func sodWithoutOuterTagAndWithTrailingBytes() throws {
        let vectors = try SODVectors.load()
        let store = TrustStore(certificates: [try vectors.certificate("csca")])
        let sod = try vectors.sod("honest")
        #expect(sod[1] == 0x82)
        let bare = PassiveAuthentication(store: store, date: inspectionDay).verify(input(Array(sod[4...]), vectors))
        #expect(isGreen(bare) && bare[.sodSignature]?.leniencies == [.sodWithoutTag77])
        let padded = PassiveAuthentication(store: store, date: inspectionDay).verify(input(sod + [0, 0, 0], vectors))
        #expect(isGreen(padded) && padded[.sodSignature]?.leniencies == [.sodTrailingBytes])
    }

    @Test func superfluousZerosInECDSA() throws {
        // The signature is the last element: 04 L 30 L 02 L r 02 L s. A zero more before r makes every length around it grow,
        // so the outer lengths are rebuilt here.
        let vectors = try SODVectors.load()
        let store = TrustStore(certificates: [try vectors.certificate("csca")])
        let sod = try vectors.sod("honest")
        let padded = try DERTree(sod).insertingZeroIntoSignature()
        #expect(padded.count == sod.count + 1)
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(padded, vectors))
        #expect(report[.sodSignature]?.result == .successful)
        #expect(report[.sodSignature]?.leniencies == [.ecdsaSuperfluousZeros])
        let strict = PassiveAuthentication(store: store, policy: .strict, date: inspectionDay).verify(
            input(padded, vectors))
        #expect(strict[.sodSignature]?.code == .sodLeniencyRefused)
    }
}
