import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import ISO7816
import LDS
import Testing

@Suite struct PersonaliserTests {
    private func day(_ year: Int, _ month: Int, _ day: Int) throws -> CalendarDate {
        try #require(CalendarDate(year: year, month: month, day: day))
    }

    private func withoutRSA(_ options: PersonalisationOptions) -> PersonalisationOptions {
        var out = options
        out.activeAuthentication = nil
        return out
    }

    /// OpenSSL verifies the SOD, and the SOD has the OpenSSL hash of every group as it is stored.
    private func expectSound(_ document: PersonalisedDocument, at date: Date, digest: String = "sha256") throws {
        let sod = try #require(document.file(named: "EF.SOD")?.content)
        let result = try OpenSSL.verify(sod: sod, anchor: document.cscaCertificate, at: date)
        #expect(result.isSuccess, "\(result.error)")
        let content = try TLV(exactly: sod).child(0x30).child(0xA0).child(0x30).children()[2].child(0xA0).child(0x04)
        let dump = try OpenSSL.dump(Array(content.value))
        let groups = document.applicationFiles.filter { $0.name.hasPrefix("DG") }
        for group in groups {
            let hash = try OpenSSL.run(["dgst", "-\(digest)", "-r", "g"], files: ["g": group.content]).output
            #expect(dump.contains(hash.prefix { $0 != " " }.uppercased()), "\(group.name)")
            #expect(
                try TLV(exactly: group.content).tag.bytes == [
                    DataGroupBuilder.tag(ofDataGroup: Int(group.shortIdentifier)) ?? 0
                ])
            #expect(group.identifier == 0x0100 + UInt16(group.shortIdentifier))
        }
        let com = try #require(document.file(named: "EF.COM")?.content)
        #expect(
            try Array(TLV(exactly: com).child(0x5C).value)
                == groups.compactMap { DataGroupBuilder.tag(ofDataGroup: Int($0.shortIdentifier)) })
    }

    @Test func vietnameseCard() throws {
        var options = PersonalisationOptions.vietnamCitizen(today: try day(2026, 3, 1))
        // Named parameters, so that OpenSSL takes the chain; the rest as the profile has it.
        options.cscaKey = .init(.ecdsa(.brainpoolP384r1, .named), .sha384)
        options.documentSignerKey = .init(.ecdsa(.brainpoolP384r1, .named), .sha384)
        let document = try Personaliser(options).personalise()
        try expectSound(document, at: try noon(2026, 3, 1))
        #expect(document.profile == "vietnam-citizen")
        #expect(
            document.applicationFiles.map(\.name) == [
                "EF.COM", "EF.SOD", "DG1", "DG2", "DG3", "DG13", "DG14", "DG15",
            ])
        #expect(document.masterFiles.map(\.name) == ["EF.CardAccess"])
        #expect(document.masterFiles[0].access == .always && document.masterFiles[0].identifier == 0x011C)
        for file in document.applicationFiles {
            #expect(file.access == (file.name == "DG3" ? .afterTerminalAuthentication : .afterAccessControl))
        }
        #expect(document.secrets.cardAccessNumber == "000123")
        #expect(document.secrets.mrzInformation == "190000123090070573007055")
        #expect(
            document.secrets.mrz == [
                "IDVNM1900001230003190000123<<3", "9007057F3007055VNM<<<<<<<<<<<4", "DANG<<THI<UOC<<<<<<<<<<<<<<<<<",
            ])
        #expect(document.issueDate.vietnamese == "10/08/2021" && document.dateOfExpiry?.vietnamese == "05/07/2030")
        #expect(document.behaviour.selectMasterFileStatus == 0x6D00 && document.behaviour.supportsBAC)
        #expect(hex(document.behaviour.atr) == "3B8980014D4B6A434F532D333712")
        let key = try #require(document.file(named: "DG15")?.content)
        let text = try OpenSSL.run(
            ["pkey", "-pubin", "-inform", "DER", "-in", "k", "-noout", "-text"],
            files: ["k": OpenSSL.withoutOuterTag(key)])
        #expect(text.output.contains("(2048 bit)"))
        let portrait = try #require(document.file(named: "DG2")?.content)
        #expect(portrait.count > 15_000 && portrait.count < 15_200)
    }

    @Test func theVietnameseDefaultHasExplicitParameters() throws {
        let document = try Personaliser(
            withoutRSA(.vietnamCitizen(today: try day(2026, 3, 1)))
        ).personalise()
        for certificate in [document.cscaCertificate, document.documentSignerCertificate] {
            #expect(try OpenSSL.text(ofCertificate: certificate).contains("Field Type: prime-field"))
        }
        let sod = try #require(document.file(named: "EF.SOD")?.content)
        let result = try OpenSSL.run(
            ["cms", "-verify", "-noverify", "-inform", "DER", "-in", "s", "-binary", "-out", "c"],
            files: ["s": OpenSSL.withoutOuterTag(sod)])
        #expect(result.isSuccess, "\(result.error)")
        let dg14 = try OpenSSL.dump(OpenSSL.withoutOuterTag(try #require(document.file(named: "DG14")?.content)))
        for identifier in ["2.2.3.2.2", "2.2.1.2", "2.2.2", "2.2.4.2.2"] {
            #expect(dg14.contains(":0.4.0.127.0.7.\(identifier)\n"))
        }
        #expect(document.file(named: "DG15") == nil)
    }

    @Test func passport() throws {
        let document = try Personaliser(.passportTD3(today: try day(2026, 3, 1))).personalise()
        try expectSound(document, at: try noon(2026, 3, 1))
        #expect(document.profile == "passport-td3")
        #expect(document.applicationFiles.map(\.name) == ["EF.COM", "EF.SOD", "DG1", "DG2", "DG14", "DG15"])
        #expect(document.masterFiles.map(\.name) == ["EF.CardAccess", "EF.DIR"])
        #expect(document.file(named: "EF.DIR").map { hex($0.content) } == "61094F07A0000002471001")
        #expect(document.secrets.mrz.map(\.utf8.count) == [44, 44])
        #expect(document.behaviour.selectMasterFileStatus == nil)
        #expect(document.activeAuthenticationDigest == .sha256)
    }

    @Test func everyOptionCanBeTurned() throws {
        var options = PersonalisationOptions.passportTD3(today: try day(2026, 3, 1))
        options.pace = []
        options.chipAuthentication = []
        options.activeAuthentication = nil
        options.cardAccessNumber = nil
        options.sod = SODBuilder(version: .v1(ldsVersion: "0108", unicodeVersion: "040000"), groupDigest: .sha512)
        options.ldsVersion = "0108"
        options.documentSignerKey = .init(.rsaPSS(bits: 2048), .sha256)
        options.portrait = .init(image: [1, 2, 3], width: 10, height: 20, isJPEG2000: true)
        let bare = try Personaliser(options).personalise()
        try expectSound(bare, at: try noon(2026, 3, 1), digest: "sha512")
        #expect(bare.applicationFiles.map(\.name) == ["EF.COM", "EF.SOD", "DG1", "DG2"])
        #expect(bare.masterFiles.map(\.name) == ["EF.DIR"])
        #expect(bare.activeAuthenticationKey == nil && bare.chipAuthenticationKeys.isEmpty)

        options.pace = [
            PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 8),
            PACEOffer(.generic, .ecdh, .aes256, parameterId: 18),
        ]
        options.supportsBAC = false
        options.chipAuthentication = [
            .init(.secp256r1, [.tripleDES, .aes256], keyId: 1), .init(.brainpoolP512r1, [.aes256], keyId: 2),
        ]
        options.activeAuthentication = .ecdsa(.brainpoolP256r1, .sha256)
        let rich = try Personaliser(options).personalise()
        try expectSound(rich, at: try noon(2026, 3, 1), digest: "sha512")
        #expect(rich.chipAuthenticationKeys.map(\.keyId) == [1, 2])
        #expect(rich.pace.count == 2 && !rich.behaviour.supportsBAC)
    }

    @Test func everyDocumentHasItsOwnKeys() throws {
        let personaliser = Personaliser(withoutRSA(.vietnamCitizen(today: try day(2026, 3, 1))))
        let (a, b) = (try personaliser.personalise(), try personaliser.personalise())
        #expect(a.cscaCertificate != b.cscaCertificate)
        #expect(a.file(named: "EF.SOD") != b.file(named: "EF.SOD"))
        #expect(a.file(named: "DG14") != b.file(named: "DG14"))
        #expect(a.file(named: "DG13") == b.file(named: "DG13"))
    }

    @Test func expiryFollowsTheMilestones() throws {
        var child = VietnameseCitizen.invented
        func expiry(born: (Int, Int, Int), issued: (Int, Int, Int)) throws -> String? {
            child.dateOfBirth = try day(born.0, born.1, born.2)
            return child.dateOfExpiry(issued: try day(issued.0, issued.1, issued.2))?.description
        }
        #expect(try expiry(born: (1990, 7, 5), issued: (2021, 8, 10)) == "2030-07-05")
        #expect(try expiry(born: (1990, 7, 5), issued: (2028, 7, 4)) == "2030-07-05")
        #expect(try expiry(born: (1990, 7, 5), issued: (2028, 7, 5)) == "2050-07-05")
        #expect(try expiry(born: (2015, 1, 1), issued: (2024, 6, 30)) == "2040-01-01")
        #expect(try expiry(born: (2015, 1, 1), issued: (2024, 7, 1)) == "2029-01-01")
        #expect(try expiry(born: (2000, 2, 29), issued: (2022, 1, 1)) == "2025-02-28")
        #expect(try expiry(born: (1963, 8, 10), issued: (2021, 8, 9)) == "2023-08-10")
        #expect(try expiry(born: (1963, 8, 10), issued: (2021, 8, 10)) == nil)
    }

    /// Whatever today is, the document and its certificates are valid on it.
    @Test(arguments: [
        (2000, 1, 1), (2021, 8, 9), (2021, 8, 10), (2030, 7, 5), (2030, 7, 6), (2048, 12, 31), (2060, 2, 29),
    ])
    func isValidToday(_ year: Int, _ month: Int, _ dayOfMonth: Int) throws {
        let today = try day(year, month, dayOfMonth)
        for holder in [VietnameseCitizen.invented, .inventedWithoutExpiry] {
            var options = withoutRSA(.vietnamCitizen(today: today, holder: holder))
            options.cscaKey = .init(.ecdsa(.secp256r1, .named), .sha256)
            options.documentSignerKey = options.cscaKey
            let document = try Personaliser(options).personalise()
            #expect(document.issueDate <= today && document.dateOfExpiry.map { $0 >= today } ?? true)
            try expectSound(document, at: try noon(year, month, dayOfMonth))
        }
    }

    @Test func refusesWhatNoDocumentIs() throws {
        let today = try day(2026, 3, 1)
        let good = withoutRSA(PersonalisationOptions.passportTD3(today: today))
        let changes: [(PersonalisationError.Code, (inout PersonalisationOptions) -> Void)] = [
            (.invalidOption, { ($0.pace, $0.supportsBAC) = ([], false) }),
            (.invalidDate, { $0.issueDate = today.adding(days: 1) }),
            (.invalidDate, { $0.issueDate = today.adding(years: -11) }),
            (.invalidCharacter, { $0.cardAccessNumber = "12345a" }),
            (.invalidCharacter, { $0.cardAccessNumber = "" }),
            (.invalidOption, { $0.chipAuthentication = [.init(.secp256r1, [])] }),
            (.invalidOption, { $0.chipAuthentication = [.init(.secp256r1, [.aes128]), .init(.secp384r1, [.aes128])] }),
            (
                .invalidOption,
                {
                    $0.chipAuthentication = [
                        .init(.secp256r1, [.aes128], keyId: 1), .init(.secp384r1, [.aes128], keyId: 1),
                    ]
                }
            ),
            (.invalidOption, { $0.activeAuthentication = .ecdsa(.secp256r1, .sha384) }),
            (.invalidOption, { $0.pace = [PACEOffer(.generic, .dh, .aes128, parameterId: 13)] }),
            (.invalidLength, { $0.portrait = .init(image: [], width: 1, height: 1) }),
        ]
        for (code, change) in changes {
            var options = good
            change(&options)
            let error = #expect(throws: PersonalisationError.self) { try Personaliser(options).personalise() }
            #expect(error?.code == code)
        }
        var holder = VietnameseCitizen.invented
        holder.number = "12"
        #expect(throws: PersonalisationError(.invalidLength, "")) {
            try Personaliser(.vietnamCitizen(today: today, holder: holder)).personalise()
        }
        var options = good
        options.activeAuthentication = .rsa(bits: 512)
        #expect(throws: CryptoError.self) { try Personaliser(options).personalise() }
    }

    @Test func errorsHoldNoPersonalData() throws {
        var holder = VietnameseCitizen.invented
        holder.primaryIdentifier = "ĐẶNG"
        let error = #expect(throws: PersonalisationError.self) {
            try Personaliser(.vietnamCitizen(today: try day(2026, 3, 1), holder: holder)).personalise()
        }
        #expect(error.map { !$0.description.contains("ĐẶNG") } == true)
    }
}
