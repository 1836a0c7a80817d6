import Foundation
import Testing

/// `emrtd simulate` up to the point where a virtual reader is needed, which nobody has here.
@Suite("Simulating without a virtual reader")
struct SimulateTests {
    private static let nobody = ["--vpcd", "127.0.0.1:1"]

    /// Runs to where nobody listens; everything before that went well.
    @discardableResult
    private func reachesTheReader(_ arguments: [String]) throws -> Emrtd.Run {
        let run = try Emrtd.run(["simulate"] + arguments + Self.nobody)
        #expect(run.status == 10 && run.errors.contains("nobody listens"), "\(arguments): \(run.errors)")
        return run
    }

    @Test(
        "what the chip can be made to offer",
        arguments: [
            ["--pace", "ECDH-GM-AES-128:13,DH-IM-3DES:2"], ["--pace", "ECDH-CAM-AES-256:18", "--no-bac"],
            ["--pace", "ECDH-GM-AES-128:13@40,ECDH-GM-AES-256:16@41:reference"],
            ["--pace", "DH-GM-AES-128:2@40:unknown"], ["--no-pace"], ["--no-pace", "--no-bac"], ["--bac"],
            ["--ca", "ECDH-AES-256:16", "--ca", "DH-3DES:2"], ["--ca", "DH-AES-128:2:pkcs3"], ["--no-ca", "--no-aa"],
            ["--ca", "ECDH-AES-256:16@7", "--ca", "DH-3DES:2@8"], ["--aa", "ECDSA-brainpoolP256r1-SHA-256"],
            ["--aa", "RSA-1024-SHA-1"], ["--ta"], ["--quirk", "select-mf-6982", "--quirk", "max-le-160"],
            ["--profile", "identity-card-td1", "--quirk", "long-document-number"],
            ["--profile", "identity-card-eac2"],
            [
                "--profile", "identity-card-eac2", "--pace", "DH-GM-AES-128:2", "--ca", "DH-AES-256:2", "--aa",
                "RSA-1024-SHA-1",
            ],
            ["--profile", "identity-card-td1", "--ta"],
            ["--sod", "indefinite-lengths,no-signed-attributes,old-content-type,groups=SHA-1"],
        ])
    func offers(_ arguments: [String]) throws {
        let profile = arguments.first == "--profile" ? [] : ["--profile", "passport-td3"]
        try reachesTheReader(profile + arguments)
    }

    @Test("the passwords of the invented holder are printed")
    func passwords() throws {
        let run = try reachesTheReader(["--profile", "identity-card-td1"])
        for line in [
            "profile: identity-card-td1", "\nCAN: 123456\n", "\nPIN: 271828\n", "\nPUK: 3141592653\n", "MRZ:\n  I",
        ] {
            #expect(run.output.contains(line), "\(line)")
        }
        let plain = try reachesTheReader(["--no-aa"])
        #expect(!plain.output.contains("PIN:"))
    }

    @Test(
        "what cannot be offered is refused with what is valid",
        arguments: [
            (["--pace", ""], "ECDH-GM-AES-128:13"), (["--pace", "ECDH-GM-AES-128"], "ECDH-GM-AES-128:13"),
            (["--pace", "RSA-GM-AES-128:13"], "DH or ECDH"), (["--pace", "ECDH-XX-AES-128:13"], "GM, IM or CAM"),
            (["--pace", "ECDH-GM-AES-512:13"], "AES-256"), (["--pace", "ECDH-GM-AES-128:2"], "8 to 18"),
            (["--pace", "DH-GM-AES-128:13"], "0 to 2"), (["--pace", "DH-CAM-AES-128:2"], "ECDH and AES"),
            (["--pace", "ECDH-IM-AES-128:10"], "secp224r1"), (["--pace", "ECDH-GM-AES-128:13@12"], "32 to 255"),
            (["--pace", "ECDH-GM-AES-128:13@40:x"], ":reference"), (["--ca", "ECDH-AES-256"], "ECDH-AES-128:13"),
            (["--ca", "DH-3DES:13"], "0 to 2"), (["--ca", "DH-3DES:2:named"], "PKCS #3"),
            (["--ca", "ECDH-AES-256:16@7", "--ca", "DH-3DES:2@7"], "key id"),
            (["--ca", "ECDH-AES-256:16@7", "--ca", "DH-3DES:2"], "key id"), (["--aa", "RSA-2048"], "RSA-2048-SHA-256"),
            (["--aa", "RSA-512-SHA-1"], "1024 to 4096"), (["--aa", "ECDSA-secp256k1-SHA-256"], "brainpoolP512r1"),
            (["--aa", "ECDSA-secp256r1-SHA-512"], "longer than its curve"),
            (["--quirk", "nonsense"], "select-mf-6982"), (["--sod", "nonsense"], "indefinite-lengths"),
            (["--sod", "groups=MD5"], "SHA-512"),
            (["--quirk", ""], "com-lists-everything"), (["--quirk", "reader-195"], "reader"),
            (["--quirk", "max-le-112", "--quirk", "max-le-224"], "exclude"),
            (["--quirk", "aa-leading-zeros-lost"], "RSA"), (["--quirk", "bac-6985", "--no-pace"], "needs PACE"),
            (["--quirk", "long-document-number"], "identity card"), (["--ta", "--no-ca"], "Chip Authentication"),
            (["--cvca", "/nonexistent"], "/nonexistent"), (["--files", "/nonexistent"], "/nonexistent"),
        ])
    func refuses(_ arguments: [String], _ words: String) throws {
        let profile = arguments.first == "--files" ? [] : ["--profile", "passport-td3"]
        try Emrtd.fails(64, ["simulate"] + profile + arguments + Self.nobody, says: words)
    }

    @Test(
        "a card behind Extended Access Control has PACE, one key of Chip Authentication version 2, and no BAC",
        arguments: [
            ["--bac"], ["--no-pace"], ["--no-ca"], ["--ca", "ECDH-AES-128:13@1", "--ca", "ECDH-AES-256:16@2"],
            ["--quirk", "ca-info-missing"],
        ])
    func extendedAccess(_ arguments: [String]) throws {
        let words = arguments.first == "--quirk" ? "version 1" : "Extended Access Control version 2 needs"
        try Emrtd.fails(
            64, ["simulate", "--profile", "identity-card-eac2"] + arguments + Self.nobody, says: words)
    }

    @Test(
        "what contradicts each other",
        arguments: [
            ["--pace", "ECDH-GM-AES-128:13", "--no-pace"], ["--ca", "DH-3DES:2", "--no-ca"],
            ["--aa", "RSA-2048-SHA-256", "--no-aa"], ["--cvca", "a", "--save-terminal", "b"],
            ["--files", "x", "--profile", "passport-td3"], ["--files", "x", "--pace", "ECDH-GM-AES-128:13"],
            ["--files", "x", "--ca", "DH-3DES:2"], ["--files", "x", "--aa", "RSA-2048-SHA-256"],
            ["--files", "x", "--ta"], ["--files", "x", "--sod", "no-outer-tag"],
            ["--files", "x", "--save-terminal", "y"], ["--bac", "--no-bac"],
        ])
    func contradictions(_ arguments: [String]) throws {
        try Emrtd.fails(64, ["simulate"] + arguments + Self.nobody, says: "simulate")
    }

    @Test(
        "the terminal's certificates and key are those that openssl and the chip take",
        arguments: [["--profile", "passport-td3", "--ta"], ["--profile", "identity-card-eac2"]])
    func terminal(_ profile: [String]) throws {
        let folder = try Folder()
        let path = folder.file("terminal")
        try reachesTheReader(profile + ["--save-terminal", path])
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(names == ["cvca.cvcert", "dv.cvcert", "is.cvcert", "is.pkcs8"])
        let run = try Emrtd.shell("openssl pkey -inform DER -in '\(path)/is.pkcs8' -noout -check -text")
        #expect(run.status == 0 && run.output.contains("brainpoolP256r1"), "\(run.errors)")
        try reachesTheReader(profile + ["--cvca", path + "/cvca.cvcert"])
        try Emrtd.fails(64, ["simulate", "--cvca", path + "/is.pkcs8"] + Self.nobody, says: "card verifiable")
        try Emrtd.fails(64, ["simulate", "--ta", "--save-terminal", path] + Self.nobody, says: "not empty")
    }

    @Test("files are served as they are, with a warning for each proof that is missing")
    func files() throws {
        let folder = try Folder()
        let path = folder.file("files")
        try reachesTheReader(["--profile", "passport-td3", "--pace", "ECDH-CAM-AES-128:13", "--save-files", path])
        let run = try Emrtd.run(["simulate", "--files", path] + Self.nobody)
        #expect(run.status == 10)
        for word in ["Mapping is refused", "Chip Authentication is refused", "Active Authentication is refused"] {
            #expect(run.errors.contains(word), "\(word)")
        }
        #expect(
            !run.output.contains("MUSTERSSON") && !run.output.contains("CAN:"), "whose it is, is not for the screen")
        let plain = try Emrtd.run(["simulate", "--files", path, "--no-pace", "--no-bac"] + Self.nobody)
        #expect(plain.status == 10)
        try Emrtd.fails(
            64, ["simulate", "--files", path, "--print-trust", folder.file("csca")] + Self.nobody, says: "CSCA")
        try Emrtd.fails(
            64, ["simulate", "--files", path, "--quirk", "com-lists-everything"] + Self.nobody, says: "as they are")
        try FileManager.default.removeItem(atPath: path + "/DG1.bin")
        try Emrtd.fails(64, ["simulate", "--files", path] + Self.nobody, says: "DG1")
        let empty = folder.file("empty")
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
        try Emrtd.fails(64, ["simulate", "--files", empty] + Self.nobody, says: "no file")
        try Emrtd.fails(64, ["simulate", "--files", path + "/EF.COM.bin"] + Self.nobody, says: "no folder")
    }
}
