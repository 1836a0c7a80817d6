import EMRTD
import EMRTDSimulator
import EMRTDTrust
import Foundation
import ISO7816
import LDS
import Testing

/// The JSON report is a contract: a reader that others wrote parses it, and no text from a card can break out of it.
@Suite struct JSONTests {
    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func passport(_ holder: PassportHolder = .invented) throws -> PersonalisedDocument {
        var options = PersonalisationOptions.passportTD3(
            today: CalendarDate(clampingDaysSinceEpoch: 20_513), holder: holder)
        options.activeAuthentication = nil
        return try Personaliser(options).personalise()
    }

    private let date = Timestamp(secondsSince1970: 20_513 * 86_400)

    private func inspection(_ document: PersonalisedDocument) async throws -> Inspection {
        var policy = TrustPolicy.field
        policy.allowsTestPKI = true
        let trust = TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)])
        return try await DocumentReader(trust: trust, policy: policy).inspect(
            SimulatedChip(document), with: .can(document.secrets.cardAccessNumber ?? ""), reading: .everything, at: date
        )
    }

    @Test func members() async throws {
        let inspection = try await inspection(passport())
        let report = try object(inspection.json())
        #expect(report["schemaVersion"] as? Int == 1 && report["verdict"] as? String == "genuine")
        #expect(report["testPKI"] as? Bool == true)

        let checks = try #require(report["checks"] as? [[String: Any]])
        #expect(checks.count == inspection.checks.count)
        for (json, check) in zip(checks, inspection.checks) {
            #expect(json["id"] as? String == check.id.rawValue && json["result"] as? String == check.result.rawValue)
            #expect(json["code"] as? String == check.code.rawValue && json["reason"] as? String == check.reason)
        }
        let ids = checks.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count, "each id once")
        #expect(
            ids == [
                "access", "sod.signature", "sod.attributes", "ds.chain", "ds.validity", "ds.validityAtSigning",
                "ds.privateKeyUsage", "ds.documentType", "ds.revocation",
                "csca.validity",
                "sod.com", "dg.1", "dg.2", "dg.14", "issuingState", "expiry", "mrz", "chip.aa", "chip.ca", "chip.cam",
                "downgrade",
            ])

        let access = try #require(report["access"] as? [String: Any])
        #expect(access["protocol"] as? String == "PACE" && access["mapping"] as? String == "GM")
        #expect(access["agreement"] as? String == "ECDH" && access["cipher"] as? String == "AES-128")
        #expect(access["parameterId"] as? Int == 13 && access["password"] as? String == "CAN")

        let files = try #require(report["files"] as? [[String: Any]])
        #expect(files.map { $0["name"] as? String } == inspection.files.map(\.file.name))
        #expect(files.map { $0["bytes"] as? Int } == inspection.files.map { $0.bytes?.count ?? 0 })
        #expect(files.allSatisfy { ($0["commands"] as? Int ?? 0) > 0 })

        let timing = try #require(report["timing"] as? [String: Any])
        #expect(timing["commands"] as? Int == inspection.timing.commands)
        for stage in ["connect", "access", "read", "chip", "verify", "card", "total"] {
            #expect(timing[stage] is Double)
        }

        let document = try #require(report["document"] as? [String: Any])
        #expect(
            document["documentNumber"] as? String == "X0000417Q"
                && document["primaryIdentifier"] as? String == "MUSTERSSON")
        #expect(document["dateOfBirth"] as? String == "1983-04-01" && document["sex"] as? String == "F")
        #expect((document["mrz"] as? [String])?.count == 2 && document["authenticated"] as? Bool == true)
        #expect((document["portrait"] as? [String: Any])?["bytes"] as? Int == 15_000)
    }

    @Test func reportOfFilesWithoutAChip() throws {
        for files: [ElementaryFile: [UInt8]] in [
            [:], [.dataGroup(.dg1): [0x61, 0x02, 0x5F, 0x1F]], [.sod: [0x77, 0x80]],
        ] {
            let report = try object(DocumentReader(trust: .empty).verify(files, at: date).json())
            #expect(report["access"] is NSNull && report["verdict"] as? String != "genuine")
            #expect((report["document"] as? [String: Any])?["authenticated"] as? Bool == false)
        }
    }

    /// Attack 25: DG1 with bytes that no MRZ may have, as a forger can write them.
    @Test(arguments: ["\"},{\"", "\u{1B}[2J\u{07}", "\0\u{1}\u{1F}\u{7F}", "\\\\\"", "</script>", "\u{202E}<"])
    func hostileCharactersInDG1(_ text: String) throws {
        var mrz = Array("P<UTOMUSTERSSON<<ANNA<TEST<<<<<<<<<<<<<<<<<<X0000417Q5UTO8304019F3511217<<<<<<<<<<<<<<04".utf8)
        mrz.replaceSubrange(20..<(20 + text.utf8.count), with: Array(text.utf8))
        let dg1 = TLV.encode(0x61, TLV.encode(0x5F1F, mrz))
        for masks in [true, false] {
            let json = DocumentReader(trust: .empty).verify([.dataGroup(.dg1): dg1], at: date).json(
                masksPersonalData: masks)
            _ = try object(json)
            for scalar in json.unicodeScalars where scalar != "\n" {
                #expect(scalar.value >= 0x20 && scalar.value != 0x7F && scalar.value != 0x202E)
            }
        }
    }

    @Test func stringsComeBackAsTheyWere() throws {
        var text = ""
        for value in (0...0x2FFF).map(UInt32.init) + [0xFEFF, 0xFFFD, 0xFFFF, 0x1F600, 0xE0001, 0x10FFFF] {
            if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
        }
        let json = JSON.object([(text, .array([.string(text), .string(""), .optional(nil as String?)]))]).encoded()
        let back = try object(json)
        #expect(Array((back.keys.first ?? "").unicodeScalars) == Array(text.unicodeScalars))
        let values = try #require(back.values.first as? [Any])
        #expect((values.first as? String).map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        for scalar in json.unicodeScalars where scalar != "\n" {
            let isDirection =
                (0x200B...0x200F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value) || scalar.value == 0x061C || scalar.value == 0xFEFF
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !isDirection, "\(scalar.value)")
        }
        #expect(JSON.string("\"\\\n\r\t\u{0}\u{1B}\u{202E}").encoded() == "\"\\\"\\\\\\n\\r\\t\\u0000\\u001b\\u202e\"")
    }

    @Test func numbersAndEmptyValues() throws {
        let json = JSON.object([
            ("a", .milliseconds(.microseconds(1_234_567))), ("b", .milliseconds(.zero)),
            ("c", .milliseconds(.nanoseconds(999))),
            ("d", .integer(Int.min)), ("e", .array([])), ("f", .object([])), ("g", .null), ("h", .bool(false)),
            ("i", .milliseconds(.microseconds(5))),
        ]).encoded()
        #expect(json.contains("\"a\": 1234.567") && json.contains("\"b\": 0.000") && json.contains("\"i\": 0.005"))
        let back = try object(json)
        #expect(back["d"] as? Int == Int.min && (back["e"] as? [Any])?.isEmpty == true && back["g"] is NSNull)
        #expect((back["f"] as? [String: Any])?.isEmpty == true && back["h"] as? Bool == false)
    }

    @Test func terminalTextIsHarmless() {
        #expect(SafeText.terminal("Đặng\u{1B}[31m\u{202E}\n\u{0}") == "Đặng\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}")
        #expect(SafeText.terminal("Nguyễn Văn Mẫu <o>") == "Nguyễn Văn Mẫu <o>")
    }

    @Test func maskKeepsTheShapeOnly() {
        #expect(
            Mask.text("Đặng Thị-Ước 1990") == "**** ***-*** ****" && Mask.text("P<UTO<<") == "*<***<<"
                && Mask.text("") == "")
    }
}
