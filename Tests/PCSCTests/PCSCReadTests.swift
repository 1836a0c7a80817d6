import Foundation
import Testing

/// `emrtd read` over pcscd against `emrtd simulate` behind the virtual reader: two processes that know of each other only
/// what is printed on a card.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PCSCReadTests {
    private static let generic = Report.Access(
        protocol: "PACE", mapping: "GM", agreement: "ECDH", cipher: "AES-128", parameterId: 13, password: "CAN")
    private static let basic = Report.Access(protocol: "BAC", cipher: "3DES", password: "MRZ")
    /// Files of the MF that a reading does not ask for.
    private static let notAskedFor: Set = ["EF.DIR"]

    /// Reads everything into a folder, and expects a genuine document and the bytes that were personalised.
    private func readEverything(
        _ simulator: Simulator, key: [String], input: String? = nil, access: Report.Access, refused: Set<String>,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let folder = try TemporaryFolder()
        let report = try Emrtd.read(
            key + [
                "--trust", simulator.trust, "--allow-test-pki", "--plan", "everything", "--out", folder("out"),
            ], input: input, exit: 0, location: location)
        #expect(report.verdict == "genuine" && report.testPKI == true, sourceLocation: location)
        #expect(report.access == access, sourceLocation: location)
        #expect(report.refused == refused, sourceLocation: location)
        #expect(report.notes == [], sourceLocation: location)

        let personalised = try simulator.files
        let read = try folder.files(in: "out")
        #expect(
            Set(read.keys) == Set(personalised.keys).subtracting(refused).subtracting(Self.notAskedFor),
            sourceLocation: location)
        for (name, bytes) in read { #expect(bytes == personalised[name], "\(name)", sourceLocation: location) }
        for group in personalised.keys.filter({ $0.hasPrefix("DG") }) where !refused.contains(group) {
            #expect(report.result("dg.\(group.dropFirst(2))") == "successful", "\(group)", sourceLocation: location)
        }
        for id in ["access", "sod.signature", "ds.chain", "ds.validity", "expiry", "mrz", "chip.ca", "chip.aa"] {
            #expect(report.result(id) == "successful", "\(id)", sourceLocation: location)
        }
        let bundle = try Report(String(contentsOf: URL(filePath: folder("out/inspection.json")), encoding: .utf8))
        #expect(bundle.verdict == "genuine" && bundle.testPKI == true, sourceLocation: location)
    }

    @Test func vietnamCitizen() async throws {
        try await Simulator.with(["--profile", "vietnam-citizen"]) { simulator in
            let can = try #require(simulator.can)
            #expect(simulator.saysTestPKI)
            // DG3 stays closed without Terminal Authentication; nobody asks for files that are not listed.
            let refused: Set = ["DG3"]
            try readEverything(
                simulator, key: ["--can-file", "-"], input: can, access: Self.generic, refused: refused)

            let folder = try TemporaryFolder()
            var withMRZ = Self.generic
            withMRZ.password = "MRZ"
            let zone = try folder.write(simulator.mrz.joined(separator: "\n") + "\n", to: "mrz")
            try readEverything(simulator, key: ["--mrz-file", zone], access: withMRZ, refused: refused)

            // The number's last six digits are the CAN; the number is in the MRZ (the optional data of the first line).
            let number = try folder.write(String(simulator.mrz[0].dropFirst(15).prefix(12)), to: "number")
            try readEverything(simulator, key: ["--number-file", number], access: Self.generic, refused: refused)
        }
    }

    @Test func passport() async throws {
        try await Simulator.with(["--profile", "passport-td3"], slot: 1) { simulator in
            let can = try #require(simulator.can)
            try readEverything(simulator, key: ["--can-file", "-"], input: can, access: Self.generic, refused: [])
            let folder = try TemporaryFolder()
            var withMRZ = Self.generic
            withMRZ.password = "MRZ"
            let zone = try folder.write(simulator.mrz.joined(separator: "\n"), to: "mrz")
            try readEverything(simulator, key: ["--mrz-file", zone], access: withMRZ, refused: [])
        }
    }

    /// A card behind Extended Access Control gives everything to a terminal with rights, and nothing to others: also one whose
    /// certificates are of another authority of the same name.
    @Test func identityCardBehindExtendedAccess() async throws {
        let folder = try TemporaryFolder()
        func terminal(_ name: String) -> [String] {
            let path = folder(name)
            return [
                "--terminal-key", path + "/is.pkcs8", "--terminal-certificate", path + "/dv.cvcert",
                "--terminal-certificate", path + "/is.cvcert",
            ]
        }
        let profile = ["--profile", "identity-card-eac2", "--save-terminal"]
        try await Simulator.with(profile + [folder("foreign")]) { _ in }
        try await Simulator.with(profile + [folder("own")]) { simulator in
            let can = try #require(simulator.can)
            let key = ["--can-file", "-", "--trust", simulator.trust, "--allow-test-pki", "--plan", "everything"]
            let report = try Emrtd.read(key + terminal("own") + ["--out", folder("out")], input: can, exit: 0)
            #expect(report.verdict == "genuine" && report.access == Self.generic && report.refused.isEmpty)
            for id in ["cardSecurity", "chip.ca", "dg.1", "dg.2", "dg.3", "dg.14", "downgrade"] {
                #expect(report.result(id) == "successful", "\(id)")
            }
            let (personalised, read) = (try simulator.files, try folder.files(in: "out"))
            #expect(Set(read.keys) == Set(personalised.keys).subtracting(Self.notAskedFor))
            for (name, bytes) in read { #expect(bytes == personalised[name], "\(name)") }

            for credentials in [[], terminal("foreign")] {
                let closed = try Emrtd.read(key + credentials, input: can, exit: 31)
                #expect(closed.verdict == "undetermined")
                #expect(closed.refused.isSuperset(of: ["EF.CardSecurity", "EF.COM", "EF.SOD", "DG1", "DG2", "DG3"]))
            }
        }
    }

    /// BAC alone opens a chip without PACE, and a CAN cannot.
    @Test(arguments: ["vietnam-citizen", "passport-td3"])
    func basicAccessControl(profile: String) async throws {
        try await Simulator.with(["--profile", profile, "--no-pace"]) { simulator in
            let folder = try TemporaryFolder()
            let zone = try folder.write(simulator.mrz.joined(separator: "\n"), to: "mrz")
            try readEverything(
                simulator, key: ["--mrz-file", zone], access: Self.basic,
                refused: profile == "passport-td3" ? ["EF.CardAccess"] : ["EF.CardAccess", "DG3"])

            let can = simulator.can ?? "123456"
            try Emrtd.expectError(
                Emrtd.run(["read", "--json", "--can-file", "-"], input: can), exit: 32, code: "accessNotSupported",
                advice: "machine readable zone", secret: can)
        }
    }

    @Test func passwordAuthenticatedConnectionAlone() async throws {
        try await Simulator.with(["--profile", "passport-td3", "--no-bac"]) { simulator in
            let folder = try TemporaryFolder()
            var access = Self.generic
            access.password = "MRZ"
            let zone = try folder.write(simulator.mrz.joined(separator: "\n"), to: "mrz")
            try readEverything(simulator, key: ["--mrz-file", zone], access: access, refused: [])
        }
    }

    /// Test PKI counts only where that is asked for, and then every output says so; without an anchor nothing is green.
    @Test func trustMustBeGiven() async throws {
        try await Simulator.with(["--profile", "passport-td3"]) { simulator in
            let can = try #require(simulator.can)
            let key = ["--can-file", "-", "--plan", "identity"]
            let marked = try Emrtd.read(key + ["--trust", simulator.trust], input: can, exit: 31)
            #expect(marked.verdict == "undetermined")
            #expect(marked.result("ds.chain") == "undetermined" && marked.code("ds.chain") == "ds.testPKI")
            #expect(marked.result("sod.signature") == "successful")
            let withoutAnchor = try Emrtd.read(key + ["--allow-test-pki"], input: can, exit: 31)
            #expect(withoutAnchor.verdict == "undetermined" && withoutAnchor.testPKI == false)
            let accepting = ["--trust", simulator.trust, "--accept-data-authentic"]
            #expect(try Emrtd.read(key + accepting, input: can, exit: 31).verdict == "undetermined")

            let text = try Emrtd.run(
                ["read", "--trust", simulator.trust, "--allow-test-pki"] + key, input: can)
            #expect(text.status == 0 && text.errors.isEmpty)
            #expect(text.output.hasPrefix("TEST PKI") && text.output.contains("GENUINE (by a TEST PKI)"))
        }
    }

    /// An evidence bundle is verified again without the chip, whose checks then say that it was not there.
    @Test func evidenceIsVerifiedAgain() async throws {
        try await Simulator.with(["--profile", "vietnam-citizen"]) { simulator in
            let folder = try TemporaryFolder()
            let trust = ["--trust", simulator.trust, "--allow-test-pki"]
            let can = try #require(simulator.can)
            _ = try Emrtd.read(
                ["--can-file", "-", "--plan", "everything", "--out", folder("out")] + trust, input: can, exit: 0)
            func verify(_ arguments: [String], exit: Int32) throws -> Report {
                let outcome = try Emrtd.run(["verify", folder("out"), "--json"] + arguments)
                #expect(outcome.status == exit, "\(outcome.errors)")
                return try Report(outcome.output)
            }
            let report = try verify(trust, exit: 0)
            #expect(report.verdict == "dataAuthentic" && report.testPKI == true && report.access == nil)
            for id in ["access", "chip.ca", "chip.aa", "chip.cam", "downgrade"] {
                #expect(report.result(id) == "undetermined" && report.code(id) == "chip.notPresent", "\(id)")
            }
            #expect(try verify(["--trust", simulator.trust], exit: 31).code("ds.chain") == "ds.testPKI")

            // One bit of the portrait.
            let portrait = URL(filePath: folder("out/DG2.bin"))
            var bytes = try Data(contentsOf: portrait)
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: portrait)
            let altered = try verify(trust, exit: 30)
            #expect(altered.verdict == "rejected" && altered.result("dg.2") == "failed")
        }
    }
}
