import Foundation
import Testing

/// Readers nobody of this project wrote (pyscard with OpenPACE or libmrtd, in `Tests/Foreign`) against `emrtd simulate`.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PCSCForeignReaderTests {
    private func expect(
        _ program: String, _ arguments: [String], gives bytes: [UInt8]?, location: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try ForeignProgram(program, arguments).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: location)
        let text = try #require(bytes, sourceLocation: location).map { String(format: "%02X", $0) }.joined()
        #expect(outcome.output == text + "\n", sourceLocation: location)
    }

    private func expectRefusal(
        _ program: String, _ arguments: [String], _ words: String, location: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try ForeignProgram(program, arguments).outcome()
        #expect(outcome.status == 1 && outcome.output.isEmpty, sourceLocation: location)
        #expect(outcome.errors.contains(words), "\(outcome.errors)", sourceLocation: location)
    }

    @Test(arguments: ["vietnam-citizen", "passport-td3"])
    func passwordAuthenticatedConnection(profile: String) async throws {
        try await Simulator.with(["--profile", profile]) { simulator in
            let files = try simulator.files
            let can = ["--can", try #require(simulator.can)]
            let mrz = ["--mrz", simulator.mrzInformation]
            try expect("eac_reader.py", can, gives: files["DG1"])
            try expect("eac_reader.py", mrz + ["--file", "EF.SOD"], gives: files["EF.SOD"])
            try expect("eac_reader.py", mrz + ["--file", "DG14", "--short-identifier"], gives: files["DG14"])
            try expect("eac_reader.py", can + ["--file", "DG2", "--short-identifier"], gives: files["DG2"])
            // Refused inside secure messaging: fingerprints, and a file that is not there.
            let closed = profile == "vietnam-citizen" ? "DG3" : "DG4"
            try expectRefusal(
                "eac_reader.py", can + ["--file", closed],
                "in secure messaging answered \(profile == "vietnam-citizen" ? "6982" : "6A82")")
            try expectRefusal("eac_reader.py", ["--can", "999999"], "00860000 answered 6300")
            try expectRefusal("eac_reader.py", ["--mrz", "X0000000<082100110001014"], "00860000 answered 6300")
            // Three wrong tries later the card opens as before: it counts nothing.
            try expect("eac_reader.py", can + ["--file", "EF.COM"], gives: files["EF.COM"])
        }
    }

    /// What `--pace` offers, as OpenPACE computes it: curves and prime fields, all ciphers. OpenPACE drops leading zeros of
    /// the secret of a prime field, so that about one run in 140 fails by its fault; three tries are enough.
    @Test(arguments: [
        "ECDH-GM-3DES:8", "ECDH-GM-AES-128:12", "ECDH-GM-AES-192:15", "ECDH-GM-AES-256:17", "DH-GM-3DES:0",
        "DH-GM-AES-256:2",
    ])
    func offers(_ offer: String) async throws {
        for tries in 1...3 {
            // Each try on a card of its own: one that failed has used up a try of the PIN.
            let isDone = try await Simulator.with(["--profile", "identity-card-td1", "--pace", offer]) { simulator in
                let files = try simulator.files
                let outcome = try ForeignProgram("eac_reader.py", ["--pin", "271828"]).outcome()
                if outcome.status != 0, offer.hasPrefix("DH"), tries < 3 { return false }
                #expect(outcome.status == 0, "\(outcome.errors)")
                let expected = try #require(files["DG1"]).map { String(format: "%02X", $0) }.joined()
                #expect(outcome.output == expected + "\n")
                return true
            }
            if isDone { break }
        }
    }

    /// The counter of the PIN: 63C2, 63C1 and then no nonce without the CAN; the PUK is another password.
    @Test func personalIdentificationNumber() async throws {
        try await Simulator.with(["--profile", "identity-card-td1"]) { simulator in
            try expectRefusal("eac_reader.py", ["--pin", "000000"], "00860000 answered 63C2")
            try expectRefusal("eac_reader.py", ["--pin", "271828"], "0022C1A4 answered 63C2")
            try expect("eac_reader.py", ["--puk", "3141592653"], gives: simulator.files["DG1"])
        }
    }

    @Test(arguments: [["--profile", "vietnam-citizen"], ["--profile", "passport-td3", "--no-pace"]])
    func basicAccessControl(arguments: [String]) async throws {
        try await Simulator.with(arguments) { simulator in
            let files = try simulator.files
            let key = ["--mrz-key", simulator.mrzInformation]
            try expect("bac_reader.py", key, gives: files["EF.COM"])
            try expect("bac_reader.py", key + ["--file", "DG1"], gives: files["DG1"])
            try expect("bac_reader.py", key + ["--file", "DG2"], gives: files["DG2"])
            try expectRefusal("bac_reader.py", ["--mrz-key", "X0000000<082100110001014"], "00820000 answered 6300")
        }
    }

    @Test func closedWithoutItsProtocol() async throws {
        try await Simulator.with(["--profile", "passport-td3", "--no-bac"]) { simulator in
            try expectRefusal("bac_reader.py", ["--mrz-key", simulator.mrzInformation], "00840000 answered 6985")
        }
        try await Simulator.with(["--profile", "passport-td3", "--no-pace"]) { simulator in
            try expectRefusal("eac_reader.py", ["--can", try #require(simulator.can)], "00A4020C answered 6A82")
        }
    }
}
