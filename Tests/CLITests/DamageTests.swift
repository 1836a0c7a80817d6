import Testing

@Suite("Damaged files")
struct DamageTests {
    static let signed = ["DG1.bin", "DG2.bin", "DG3.bin", "DG13.bin", "DG14.bin", "DG15.bin"]

    @Test("one flipped bit in a data group is found, and its data is not shown as verified", arguments: signed)
    func flippedBit(_ name: String) throws {
        for position in [0.4, 0.7, 1.0] {
            let bundle = try SavedDocument.citizen.get().unpack()
            var bytes = try bundle.folder.bytes(name)
            bytes[Int(Double(bytes.count - 1) * position)] ^= 0x01
            try bundle.folder.write(bytes, name)
            let run = try Emrtd.fails(30, bundle.verified + ["--json"], says: "rejected. Do not rely on this document")
            let report = try run.json()
            #expect(report["verdict"] == .string("rejected"))
            let id = "dg." + name.dropFirst(2).prefix { $0 != "." }
            #expect(report.result(id) == "failed")
            #expect(report.check(id)?["code"] == .string("dg.hashWrong"))
            if name == "DG1.bin" { #expect(report["document"]?["authenticated"] == .bool(false)) }
            if name == "DG2.bin" {
                #expect(report["document"]?["authenticated"] == .bool(true))
                let portrait = report["document"]?["portrait"]
                #expect(portrait == nil || portrait?["authenticated"] == .bool(false))
            }
            if name == "DG13.bin" {
                let vietnam = report["document"]?["vietnam"]
                #expect(vietnam == nil || vietnam?["authenticated"] == .bool(false))
            }
            let text = try Emrtd.run(bundle.verified)
            #expect(text.status == 30)
            #expect(text.output.contains("  FAIL \(id) "))
            #expect(!text.output.contains("GENUINE") && !text.output.contains("DATA AUTHENTIC"))
        }
    }

    @Test("a changed name in DG13 does not stand under a heading that says verified")
    func changedName() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        var bytes = try bundle.folder.bytes("DG13.bin")
        // The name's last letter, c, becomes b.
        let name = Array("Ước".utf8)
        let start = try #require(bytes.indices.first { Array(bytes[$0...].prefix(name.count)) == name })
        bytes[start + name.count - 1] ^= 0x01
        try bundle.folder.write(bytes, "DG13.bin")
        let run = try Emrtd.fails(30, bundle.verified)
        #expect(!run.output.contains("Ướb"))
        #expect(run.output.contains("THI UOC DANG"))
        // Where nothing is verified the data is shown, and the heading says what it is worth.
        let unverified = try Emrtd.run(["verify", bundle.folder.path])
        #expect(unverified.output.contains("NOT VERIFIED"))
    }

    @Test(
        "escape sequences in names reach neither a terminal nor a log",
        arguments: [("DG13.bin", "Ước"), ("EF.SOD.bin", "Document signer"), ("EF.SOD.bin", "CSCA of sim")])
    func hostileText(_ name: String, _ words: String) throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        var bytes = try bundle.folder.bytes(name)
        let old = Array(words.utf8)
        // Erase the screen, end the line and ring the bell, in as many bytes as were there.
        let hostile = Array((Array("\u{1B}[2J\r\n".utf8) + Array(repeating: 0x07, count: 16)).prefix(old.count))
        for start in bytes.indices where Array(bytes[start...].prefix(old.count)) == old {
            bytes.replaceSubrange(start..<start + old.count, with: hostile)
        }
        #expect(try bytes != bundle.folder.bytes(name))
        try bundle.folder.write(bytes, name)
        for arguments in [["verify", bundle.folder.path], bundle.verified] {
            let run = try Emrtd.run(arguments)
            #expect([30, 31].contains(run.status))
            #expect(!run.output.contains { "\u{1B}\u{07}\r".contains($0) })
            let json = try Emrtd.run(arguments + ["--json"])
            #expect(!json.output.contains { "\u{1B}\u{07}\r".contains($0) })
            _ = try json.json()
        }
    }

    @Test("a data group that the SOD does not list is rejected")
    func unlisted() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        try bundle.folder.write([0x6B, 0x02, 0x05, 0x00], "DG11.bin")
        try Emrtd.fails(30, bundle.verified)
        let report = try Emrtd.run(bundle.verified + ["--json"]).json()
        #expect(report.check("dg.11")?["code"] == .string("dg.notInSOD"))
        #expect(report.result("dg.11") == "failed")
    }

    @Test("a truncated EF.SOD is never authentic")
    func truncatedSOD() throws {
        let whole = try SavedDocument.citizen.get().files["EF.SOD.bin"] ?? []
        for count in [1, 2, 4, 100, whole.count / 2, whole.count - 200, whole.count - 1] {
            let bundle = try SavedDocument.citizen.get().unpack()
            try bundle.folder.write(Array(whole.prefix(count)), "EF.SOD.bin")
            let run = try Emrtd.run(bundle.verified + ["--json"])
            #expect([30, 31, 32].contains(run.status))
            #expect(run.errors.hasPrefix("emrtd: "))
            let report = try run.json()
            #expect(report.result("sod.signature") != "successful")
            #expect(report.result("dg.1") != "successful")
            #expect(report["document"]?["authenticated"] == .bool(false))
        }
    }

    @Test("a flipped bit in EF.SOD is found, or named as a leniency")
    func flippedSOD() throws {
        let whole = try SavedDocument.citizen.get().files["EF.SOD.bin"] ?? []
        for index in stride(from: 0, to: whole.count, by: 61) {
            let bundle = try SavedDocument.citizen.get().unpack()
            var bytes = whole
            bytes[index] ^= UInt8(1) << UInt8(index % 8)
            try bundle.folder.write(bytes, "EF.SOD.bin")
            let run = try Emrtd.run(bundle.verified + ["--json"])
            if run.status == 64 {
                // The tag became that of another file, of which there are two now.
                #expect(index == 0)
                continue
            }
            let report = try run.json()
            if run.status == 0 {
                let taken = report["checks"]?.items.flatMap { $0["leniencies"]?.items ?? [] } ?? []
                #expect(!taken.isEmpty, "a bit of byte \(index) was flipped without a word")
            } else {
                #expect([30, 31, 32].contains(run.status), "\(index)")
            }
        }
    }

    @Test("garbage in the place of a file is never authentic", arguments: ["EF.SOD.bin"] + signed)
    func garbage(_ name: String) throws {
        let whole = try SavedDocument.citizen.get().files[name] ?? []
        let noise = whole.indices.map { UInt8(truncatingIfNeeded: ($0 &* 167) ^ ($0 >> 3) &* 31) }
        for body in [noise, whole.map { _ in 0x00 }, whole.map { _ in 0xFF }] {
            let bundle = try SavedDocument.citizen.get().unpack()
            // Tag and length stay, so that it is taken for the file.
            try bundle.folder.write(Array(whole.prefix(4) + body.dropFirst(4)), name)
            let run = try Emrtd.run(bundle.verified + ["--json"])
            #expect([30, 31].contains(run.status))
            #expect(run.errors.hasPrefix("emrtd: "))
            _ = try run.json()
            // Garbage from the first byte on is no file of the document.
            try bundle.folder.write([0x00] + body.dropFirst(), name)
            let other = try Emrtd.run(bundle.verified)
            #expect(other.output.contains("Not recognised: \(name)\n"))
            let decides = ["EF.SOD.bin", "DG1.bin"].contains(name)
            #expect(other.status == (decides ? 31 : 0))
        }
    }

    @Test("EF.COM and EF.CardAccess are not signed: garbage in them proves nothing and breaks nothing")
    func unsigned() throws {
        for name in ["EF.COM.bin", "EF.CardAccess.bin"] {
            let whole = try SavedDocument.citizen.get().files[name] ?? []
            for index in whole.indices.dropFirst(2) {
                let bundle = try SavedDocument.citizen.get().unpack()
                var bytes = whole
                bytes[index] ^= 0x55
                try bundle.folder.write(bytes, name)
                let run = try Emrtd.run(bundle.verified + ["--json"])
                #expect([0, 30, 31].contains(run.status))
                #expect(try run.json()["document"]?["authenticated"] == .bool(true))
            }
        }
    }

    @Test("an EF.COM that hides the chip's keys is found")
    func hidingCOM() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        var bytes = try bundle.folder.bytes("EF.COM.bin")
        // DG14 (6E) and DG15 (6F) stand at the end of the list: DG1 (61) takes their places.
        for index in bytes.indices.suffix(2) { bytes[index] = 0x61 }
        try bundle.folder.write(bytes, "EF.COM.bin")
        let report = try Emrtd.run(bundle.verified + ["--json"]).json()
        #expect(report.result("sod.com") == "failed")
        #expect(report.check("sod.com")?["code"] == .string("sod.comHidesGroups"))
        #expect(report["verdict"] == .string("rejected"))
    }

    @Test("files that are far too large are left out")
    func large() throws {
        let bundle = try SavedDocument.citizen.get().unpack()
        try bundle.folder.remove("DG2.bin")
        try bundle.folder.write([0x75, 0x83, 0x7F, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 0x7F_FFFF), "DG2.bin")
        let run = try Emrtd.run(bundle.verified)
        #expect([0, 30].contains(run.status))
        #expect(!run.output.contains("GENUINE"))
    }
}
