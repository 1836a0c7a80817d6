import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// `01_bac.json`: Doc 9303-11, Appendix D.
@Suite struct BACVectorTests {
    static let entries = VectorEntry.all("01_bac.json")

    static let checks: [String: Check] = [
        "bac-d1-kdf": { try keyDerivation($0) },
        "bac-d2-td2-long": { try zone($0) },
        "bac-d2-td2-short": { try zone($0) },
        "bac-d2-td1-long": { try zone($0) },
        "bac-d2-td1-short": { try zone($0) },
        "bac-td3-specimen": { try passport($0) },
        "bac-d3-mutual-authentication": { try await mutualAuthentication($0) },
        "bac-d4-sm-1": { try await exchange($0) },
        "bac-d4-sm-2": { try await exchange($0) },
        "bac-d4-sm-3": { try await exchange($0) },
        "bac-d4-result": { try await result($0) },
        "mrzinfo-hash-variants": { try hashes($0) },
        "bac-d2-errata-composite": { try compositeDigits($0) },
    ]

    @Test(arguments: entries)
    func entry(_ entry: VectorEntry) async throws {
        let check = try #require(Self.checks[entry.id], "an entry without a test")
        try await check(entry)
    }

    @Test func everyEntryIsHandled() {
        #expect(Set(Self.entries.map(\.id)) == Set(Self.checks.keys))
        #expect(Self.entries.count == Self.checks.count)
    }

    // MARK: The checks

    static func keyDerivation(_ entry: VectorEntry) throws {
        let keys = try BACKeys(seed: secret(entry.inputs.bytes("Kseed")))
        #expect(open(keys.encryption) == (try entry.outputs.bytes("KEnc")))
        #expect(open(keys.mac) == (try entry.outputs.bytes("KMAC")))
        for (kind, counter) in [("enc", UInt8(1)), ("mac", 2)] {
            let input = try entry.inputs.bytes("Kseed") + [0, 0, 0, counter]
            #expect(input == (try entry.intermediate.bytes("D_\(kind)")))
            let hash = try DigestAlgorithm.sha1.digest(input)
            #expect(hash == (try entry.intermediate.bytes("SHA1_D_\(kind)")))
            #expect(Array(hash[..<8]) == (try entry.intermediate.bytes("Ka_\(kind)_unadjusted")))
            #expect(Array(hash[8..<16]) == (try entry.intermediate.bytes("Kb_\(kind)_unadjusted")))
        }
    }

    /// MRZ_information and the keys from it, from the printed zone and from what a person types.
    static func information(_ mrz: MRZ, _ entry: VectorEntry) throws {
        #expect(mrz.information == Array(try entry.outputs.text("MRZ_information").utf8))
        let hash = try DigestAlgorithm.sha1.secretDigest(mrz.information)
        #expect(Array(open(hash).prefix(16)) == (try entry.outputs.bytes("Kseed")))
        if entry.outputs.has("SHA1") { #expect(open(hash) == (try entry.outputs.bytes("SHA1"))) }
        guard entry.outputs.has("KEnc") else { return }
        let keys = try BACKeys(mrzHash: hash)
        #expect(open(keys.encryption) == (try entry.outputs.bytes("KEnc")))
        #expect(open(keys.mac) == (try entry.outputs.bytes("KMAC")))
    }

    static func digit(_ mrz: MRZ, _ field: MRZCheck.Field) throws -> MRZCheck {
        try #require(mrz.checks.first { $0.field == field })
    }

    static func zone(_ entry: VectorEntry) throws {
        let mrz = try MRZ(text: entry.inputs.texts("MRZ").joined(separator: "\n"))
        #expect(mrz.format.rawValue == (try entry.inputs.text("format")))
        let number = try entry.inputs.text("document_number")
        #expect(mrz.documentNumber == number.replacing("<", with: ""), "the filler is no part of the number")
        let birth = try entry.inputs.text("date_of_birth")
        let expiry = try entry.inputs.text("date_of_expiry")
        for (field, key) in [
            (MRZCheck.Field.documentNumber, "check_document_number"), (.dateOfBirth, "check_date_of_birth"),
            (.dateOfExpiry, "check_date_of_expiry"),
        ] {
            let check = try Self.digit(mrz, field)
            #expect(check.isCorrect)
            #expect(String(check.expected) == (try entry.intermediate.text(key)))
        }
        let composite = try Self.digit(mrz, .composite)
        #expect(String(composite.expected) == (try entry.outputs.text("composite_computed")))
        #expect(String(composite.found) == (try entry.outputs.text("composite_printed")))
        #expect(mrz.allChecksAreCorrect == (composite.found == composite.expected))
        try Self.information(mrz, entry)
        #expect(
            try MRZ.mrzInformation(documentNumber: number, dateOfBirth: birth, dateOfExpiry: expiry) == mrz.information)
    }

    static func passport(_ entry: VectorEntry) throws {
        let mrz = try MRZ(text: entry.inputs.texts("MRZ").joined(separator: "\n"))
        #expect(mrz.format == .td3 && mrz.allChecksAreCorrect)
        #expect(
            String(try Self.digit(mrz, .optionalData).expected)
                == (try entry.intermediate.text("check_personal_number")))
        #expect(String(try Self.digit(mrz, .composite).expected) == (try entry.intermediate.text("check_composite")))
        try Self.information(mrz, entry)
    }

    /// Appendix D.3 through the terminal and through the chip, each with the printed nonces and keys.
    static func mutualAuthentication(_ entry: VectorEntry) async throws {
        let seed = try secret(BACVectorTests.entries.named("bac-d1-kdf").inputs.bytes("Kseed"))
        let keys = try BACKeys(seed: seed)
        #expect(open(keys.encryption) == (try entry.inputs.bytes("KEnc")))
        #expect(open(keys.mac) == (try entry.inputs.bytes("KMAC")))
        let card = try PrintedConversation(entry.apdus)
        let terminal = try BACTerminal(
            keys: keys, rndIFD: entry.inputs.bytes("RND_IFD"), kIFD: secret(entry.inputs.bytes("K_IFD")))
        let session = try await terminal.run(card)
        #expect(card.isOver)
        try Self.check(session, entry)

        let chip = try BACChip(rndIC: entry.inputs.bytes("RND_IC"), kIC: secret(entry.inputs.bytes("K_IC")))
        let challenge = try entry.apdus[0].bytes("response")
        #expect(chip.rndIC + [0x90, 0x00] == challenge)
        let command = try CommandAPDU(parsing: entry.apdus[1].bytes("command"))
        #expect(command.data == (try entry.intermediate.bytes("EIFD") + entry.intermediate.bytes("MIFD")))
        guard let success = try chip.authenticate(command.data, keys: BACKeys(seed: seed)) else {
            Issue.record("the chip refuses the printed command")
            return
        }
        #expect(success.response == (try entry.intermediate.bytes("EIC") + entry.intermediate.bytes("MIC")))
        #expect(success.response + [0x90, 0x00] == (try entry.apdus[1].bytes("response")))
        try Self.check(success.keys, entry)
    }

    static func check(_ session: borrowing SessionKeys, _ entry: VectorEntry) throws {
        #expect(open(session.encryption) == (try entry.outputs.bytes("KSEnc")))
        #expect(open(session.mac) == (try entry.outputs.bytes("KSMAC")))
        let counter = session.sendSequenceCounter
        #expect(counter == (try entry.outputs.bytes("SSC")))
        let kseed = zip(try entry.inputs.bytes("K_IFD"), try entry.inputs.bytes("K_IC")).map { $0 ^ $1 }
        #expect(kseed == (try entry.outputs.bytes("Kseed")))
        let again = try SessionKeys(.tripleDES, secret: secret(kseed))
        #expect(open(again.encryption) == open(session.encryption))
    }

    /// Appendix D.4, each step through the terminal and the chip, and through the printed intermediate values.
    static func exchange(_ entry: VectorEntry) async throws {
        try await replay(
            plain: entry.inputs.bytes("command_apdu"), protected: entry.outputs.bytes("protected_command"),
            response: entry.outputs.bytes("protected_response"), data: entry.outputs.bytes("response_data"),
            terminal: context(entry, .tripleDES), chip: SecureMessagingChip(context: context(entry, .tripleDES)))

        let session = try context(entry, .tripleDES)
        let mac = try MessageAuthenticator(.tripleDES, key: secret(entry.inputs.bytes("KSMAC")))
        try session.step()
        #expect(session.sendSequenceCounter == (try entry.intermediate.bytes("SSC_command")))
        let header = try entry.intermediate.bytes("CmdHeader")
        #expect(header == (try CommandAPDU(parsing: entry.outputs.bytes("protected_command")).header + hex("80000000")))
        let m = try entry.intermediate.bytes("M")
        #expect(m.starts(with: header))
        let cc = try entry.intermediate.bytes("CC")
        #expect(try session.mac(header: Array(header.prefix(4)), body: m.dropFirst(8)) == cc)
        #expect(try mac.mac(entry.intermediate.bytes("N"), padded: false) == cc)
        if entry.intermediate.has("PaddedData") {
            #expect(try session.encrypt(hex("011E")) == entry.intermediate.bytes("EncryptedData"))
            #expect(
                try BlockCipher.tripleDES.decrypt(
                    entry.intermediate.bytes("EncryptedData"), key: secret(entry.inputs.bytes("KSEnc")))
                    == entry.intermediate.bytes("PaddedData"))
        }
        try session.step()
        #expect(session.sendSequenceCounter == (try entry.intermediate.bytes("SSC_response")))
        #expect(try mac.mac(entry.intermediate.bytes("K"), padded: false) == entry.intermediate.bytes("CC_response"))
    }

    /// The whole of D.4 in one session: EF.COM comes out.
    static func result(_ entry: VectorEntry) async throws {
        let steps = try (1...3).map { try BACVectorTests.entries.named("bac-d4-sm-\($0)") }
        let card = PrintedConversation(
            try steps.map { (try $0.outputs.bytes("protected_command"), try $0.outputs.bytes("protected_response")) })
        let session = SecureMessaging(over: card, context: try context(steps[0], .tripleDES))
        var file: [UInt8] = []
        for step in steps {
            file += try await session.exchange(CommandAPDU(parsing: step.inputs.bytes("command_apdu"))).data
        }
        #expect(card.isOver && session.isActive)
        #expect(file == (try entry.outputs.bytes("EF_COM")))
        let com = try EFCOM(parsing: file)
        #expect(com.ldsVersion == String(decoding: hex("30313036"), as: UTF8.self))
        #expect(com.ldsVersion == (try entry.outputs.text("LDS_version")))
        #expect(com.unicodeVersion == (try entry.outputs.text("unicode_version")))
        #expect(com.dataGroups == [.dg1, .dg2])
        #expect(try entry.outputs.texts("tags") == ["61", "75"])
    }

    static func hashes(_ entry: VectorEntry) throws {
        let information = Array(try entry.inputs.text("MRZ_information").utf8)
        for algorithm in DigestAlgorithm.allCases {
            #expect(
                try algorithm.digest(information) == entry.outputs.bytes(algorithm.rawValue.uppercased()),
                "\(algorithm)")
        }
    }

    static func compositeDigits(_ entry: VectorEntry) throws {
        for (format, first, last) in [
            ("TD2", "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", ""),
            ("TD1", "I<UTOL898902C<3<<<<<<<<<<<<<<<", "\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
        ] {
            let printed = try MRZ(text: first + "\n" + entry.inputs.text("\(format)_line2_printed") + last)
            let correct = try MRZ(text: first + "\n" + entry.outputs.text("\(format)_line2_correct") + last)
            #expect(!printed.allChecksAreCorrect && correct.allChecksAreCorrect)
            #expect(printed.checks.filter { !$0.isCorrect }.map(\.field) == [.composite])
            #expect(printed.information == correct.information, "the keys do not depend on the composite digit")
        }
    }
}
