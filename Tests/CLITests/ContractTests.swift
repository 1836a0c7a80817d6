import Testing

/// Every member of the JSON report that `docs/cli.md` promises, with its type.
@Suite("The JSON contract")
struct ContractTests {
    static let results = ["successful", "failed", "undetermined", "notSupported", "aborted"]

    @Test("the report of a reading")
    func reading() throws {
        let report = try Emrtd.run(["demo", "--json"]).json()
        try expectReport(report, extra: [])
        let access = try #require(report["access"])
        #expect(
            access.names == [
                "protocol", "mapping", "agreement", "cipher", "parameterId", "password", "policy", "leniencies",
            ])
        for name in ["protocol", "mapping", "agreement", "cipher", "password", "policy"] {
            #expect(access[name]?.text != nil)
        }
        #expect(access["parameterId"]?.number == 13)
        #expect(
            report["checks"]?.items.compactMap { $0["id"]?.text } == [
                "access", "sod.signature", "sod.attributes", "ds.chain", "ds.validity", "ds.validityAtSigning",
                "ds.privateKeyUsage", "ds.documentType", "ds.revocation",
                "csca.validity", "sod.com", "dg.1", "dg.2", "dg.3", "dg.13", "dg.14", "dg.15", "issuingState", "expiry",
                "mrz", "chip.aa", "chip.ca", "chip.cam", "downgrade",
            ])
        #expect(report["protocols"]?.items.compactMap { $0["protocol"]?.text } == ["PACE", "CA", "AA"])
        for run in report["protocols"]?.items ?? [] {
            #expect(run.names == ["protocol", "parameters", "outcome", "status"])
            #expect(run["outcome"]?.text == "successful" && run["status"] == .null)
        }
        let refused = report["files"]?.items.first { $0["name"]?.text == "DG3" }
        #expect(refused?["status"] == .string("6982"))
        #expect(refused?["bytes"] == .number(0))
        let timing = try #require(report["timing"])
        #expect((timing["commands"]?.number ?? 0) > 10)
        let stages = ["connect", "access", "read", "chip", "verify"].compactMap { timing[$0]?.number }
        #expect(abs(stages.reduce(0, +) - (timing["total"]?.number ?? -1)) < 0.01)
    }

    @Test("the report of a verification")
    func verification() throws {
        for document in [SavedDocument.citizen, SavedDocument.passport] {
            let bundle = try document.get().unpack()
            let report = try Emrtd.run(bundle.verified + ["--json"]).json()
            try expectReport(report, extra: ["unrecognised", "unreadable"])
            #expect(report["access"] == .null)
            #expect(report["timing"]?["commands"] == .number(0))
        }
    }

    @Test("masking changes no name and no type", arguments: [[], ["--mask"]])
    func masked(_ mask: [String]) throws {
        let report = try Emrtd.run(["demo", "--json"] + mask).json()
        try expectReport(report, extra: [])
    }

    @Test("the error object")
    func error() throws {
        let report = try Emrtd.fails(64, ["verify", "/nonexistent", "--json"]).json()
        #expect(report.names == ["schemaVersion", "verdict", "error"])
        #expect(report["schemaVersion"] == .number(1))
        #expect(report["verdict"] == .null)
        let error = try #require(report["error"])
        #expect(error.names == ["code", "stage", "remedy", "reason", "advice", "retriesLeft", "exitCode"])
        for name in ["code", "reason", "advice"] { #expect(error[name]?.text?.isEmpty == false) }
    }

    private func expectReport(_ report: JSONValue, extra: Set<String>) throws {
        #expect(
            report.names
                == extra.union([
                    "schemaVersion", "verdict", "testPKI", "unverifiedAnchor", "date", "checks", "document", "access",
                    "protocols",
                    "files", "timing", "notes", "trustStore",
                ]))
        let trust = try #require(report["trustStore"])
        #expect(
            trust.names == [
                "identity", "policy", "certificateCount", "revocationListCount", "newestSource",
                "newestSourceAgeInDays", "warnings",
            ])
        #expect(trust["identity"]?.text?.count == 64 && trust["policy"]?.text == "field")
        #expect(report["schemaVersion"] == .number(1))
        #expect(["genuine", "dataAuthentic", "undetermined", "rejected"].contains(report["verdict"]?.text))
        #expect(report["testPKI"]?.bool != nil && report["unverifiedAnchor"]?.bool != nil)
        #expect(report["date"]?.text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
        for check in try #require(report["checks"]?.items) {
            #expect(check.names == ["id", "result", "code", "reason", "required", "evidence", "leniencies"])
            for name in ["id", "code", "reason"] { #expect(check[name]?.text?.isEmpty == false) }
            #expect(Self.results.contains(check["result"]?.text ?? ""))
            #expect(check["required"]?.bool != nil)
            if case .object(let facts)? = check["evidence"] {
                #expect(facts.values.allSatisfy { $0.text != nil })
            } else {
                Issue.record("evidence is no object")
            }
            #expect(check["leniencies"]?.items.allSatisfy { $0.text != nil } == true)
        }
        let document = try #require(report["document"])
        #expect(
            document.names.subtracting(["vietnam"]) == [
                "authenticated", "documentCode", "issuingState", "documentNumber", "primaryIdentifier",
                "secondaryIdentifier", "nameIsTruncated", "nationality", "dateOfBirth", "sex", "dateOfExpiry",
                "optionalData", "mrz", "portrait",
            ])
        #expect(document["authenticated"]?.bool != nil && document["nameIsTruncated"]?.bool != nil)
        for name in [
            "documentCode", "issuingState", "documentNumber", "primaryIdentifier", "secondaryIdentifier", "nationality",
            "dateOfBirth", "sex", "dateOfExpiry", "optionalData",
        ] {
            #expect(document[name]?.text != nil, "\(name)")
        }
        #expect(document["mrz"]?.items.allSatisfy { $0.text != nil } == true)
        #expect(document["portrait"]?.names == ["authenticated", "format", "bytes", "width", "height"])
        #expect(document["portrait"]?["authenticated"]?.bool != nil)
        #expect(document["portrait"]?["format"]?.text == "JPEG")
        if let vietnam = document["vietnam"] {
            #expect(
                vietnam.names == [
                    "authenticated", "number", "fullName", "dateOfBirth", "sex", "nationality", "residence",
                    "dateOfIssue", "dateOfExpiry", "hasNoExpiry",
                ])
            #expect(vietnam["authenticated"]?.bool != nil && vietnam["hasNoExpiry"]?.bool != nil)
        }
        for file in try #require(report["files"]?.items) {
            #expect(file.names == ["name", "bytes", "commands", "status"])
            #expect(file["name"]?.text != nil && file["status"]?.text?.count == 4)
            #expect(file["bytes"]?.number != nil && file["commands"]?.number != nil)
        }
        let timing = try #require(report["timing"])
        #expect(timing.names == ["connect", "access", "read", "chip", "verify", "card", "total", "commands"])
        #expect(timing.names.allSatisfy { (timing[$0]?.number ?? -1) >= 0 })
        #expect(report["notes"]?.items.allSatisfy { $0.text != nil } == true)
    }
}
