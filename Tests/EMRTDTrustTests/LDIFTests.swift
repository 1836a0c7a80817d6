import EMRTDTestSupport
import Foundation
import Testing

@testable import EMRTDTrust

@Suite("LDIF")
struct LDIFTests {
    func ldif(_ text: String) throws -> LDIF { try LDIF(Array(text.utf8)) }

    @Test func examplesOfTheStandard() throws {
        // The forms of RFC 2849, examples 1 to 5, with other values.
        let text = try ldif(
            """
            version: 1
            # a comment
             that is folded
            dn: cn=Barbara Jensen, ou=Product Development, dc=example, dc=com
            objectclass: top
            objectclass:person
            cn: Barbara
              Jensen
            description:: QmFiYXJhIFNwZW5zZXI=
            empty:
            empty2::

            dn:: Y249Qmrdm3JuLGRjPWV4YW1wbGU=
            cn;lang-de: Bjoern
            telephonenumber:   12


            dn: cn=Last
            cn: Last
            """)
        #expect(text.problems.isEmpty && text.problemCount == 0)
        #expect(text.entries.map(\.line) == [4, 13, 18])
        let first = text.entries[0]
        #expect(first.dn == "cn=Barbara Jensen, ou=Product Development, dc=example, dc=com")
        #expect(first.attributes.map(\.name) == ["objectclass", "objectclass", "cn", "description", "empty", "empty2"])
        #expect(first.attributes.map(\.text) == ["top", "person", "Barbara Jensen", "Babara Spenser", "", ""])
        #expect(first.attributes.map(\.line) == [5, 6, 7, 9, 10, 11] && first.changeType == nil && first.isContent)
        #expect(text.entries[1].attributes.map(\.name) == ["cn;lang-de", "telephonenumber"])
        #expect(text.entries[1].attributes.last?.text == "12")
    }

    @Test(arguments: ["\n", "\r\n"]) func lineEnds(_ end: String) throws {
        let text = try LDIF(
            [0xEF, 0xBB, 0xBF]
                + Array("version: 1\(end)dn: cn=a\(end)cn: b\(end) c\(end)\(end)dn: cn=d\(end)cn: e".utf8))
        #expect(text.entries.map { $0.attributes.map(\.text) } == [["bc"], ["e"]])
        #expect(text.problems.isEmpty)
    }

    @Test func certificatesAndListsInBothSpellings() throws {
        let text = try ldif(
            """
            dn: cn=1
            userCertificate;binary:: AQI=
            cACertificate:: AwQ=
            USERCERTIFICATE:: BQY=

            dn: o=ml
            pkdMasterListContent:: MAA=
            CscaMasterListData:: MAE=

            dn: o=crl
            certificateRevocationList;binary:: MAI=
            certificateRevocationList:: MAM=
            authorityRevocationList;binary:: MAQ=

            dn: cn=2
            changetype: add
            userCertificate;binary:: Bw==

            dn: cn=3
            changetype: delete

            dn: cn=4
            changetype: modify
            add: userCertificate;binary
            userCertificate;binary:: CA==
            -
            """)
        #expect(text.certificates.map(\.bytes) == [[1, 2], [3, 4], [5, 6], [7]])
        #expect(text.certificates.map(\.line) == [2, 3, 4, 17] && text.certificates.first?.dn == "cn=1")
        #expect(text.masterLists.map(\.bytes) == [[0x30, 0], [0x30, 1]])
        #expect(text.revocationLists.map(\.bytes) == [[0x30, 2], [0x30, 3], [0x30, 4]])
        // Changes are not applied, and each is named.
        #expect(text.problems.map(\.line) == [19, 22])
        #expect(text.entries.map(\.changeType) == [nil, nil, nil, "add", "delete", "modify"])
    }

    @Test func nothingOutsideIsRead() throws {
        let text = try ldif("dn: cn=1\nuserCertificate;binary:< file:///etc/passwd\ncn: a\n")
        #expect(text.certificates.isEmpty && text.entries.first?.attributes.map(\.name) == ["cn"])
        #expect(text.problems.count == 1 && text.problems.first?.line == 2)
    }

    @Test func brokenLinesAreNamed() throws {
        let text = try ldif(
            """
            version: 2
            cn: before any record

            dn: cn=1
            no colon
            : no name
            userCertificate;binary:: A
            userCertificate;binary:: A===
            userCertificate;binary:: AQI=AQI=
            userCertificate;binary:: A\u{E9}I=
            dn: cn=2
            last: one

            dn:: @@
            cn: lost

            dn: cn=3
            """)
        #expect(text.problems.map(\.line) == [1, 2, 5, 6, 7, 8, 9, 10, 11, 14])
        #expect(text.entries.map(\.dn) == ["cn=1", "cn=3"])
        #expect(text.entries[0].attributes.map(\.text) == ["one"])
        #expect(text.certificates.isEmpty)
    }

    @Test(arguments: ["", "\n\n\n", "# only a comment", "hello", " folded from the start", "\0\0\0", "version: 1\n"])
    func textsWithoutARecord(_ text: String) {
        #expect(throws: TrustError(.malformed)) { try ldif(text) }
    }

    @Test func garbageEndsInTime() throws {
        // A line of ten million bytes, as text and as base64.
        let long = [UInt8](repeating: UInt8(ascii: "A"), count: 10_000_000)
        let text = try LDIF(Array("dn: cn=1\ncn: ".utf8) + long + Array("\nx:: ".utf8) + long + [0x0A])
        #expect(text.entries.first?.attributes.map(\.value.count) == [10_000_000, 7_500_000])
        // Folded for ever, one byte to a line.
        let folded = [UInt8](unsafeUninitializedCapacity: 3_000_000) { buffer, count in
            for index in 0..<1_000_000 {
                (buffer[3 * index], buffer[3 * index + 1], buffer[3 * index + 2]) = (0x0A, 0x20, 0x41)
            }
            count = 3_000_000
        }
        let once = try LDIF(Array("dn: cn=1\ncn: ".utf8) + folded)
        #expect(once.entries.first?.attributes.first?.value.count == 1_000_000)
        // Problems are counted, not kept for ever.
        let wrong = try LDIF(Array("dn: cn=1\n".utf8) + Array(repeatElement("?\n".utf8, count: 200_000).joined()))
        #expect(wrong.problemCount == 200_000 && wrong.problems.count == LDIF.maximumProblems)
        let many =
            Array("dn: cn=1\n".utf8) + Array(repeatElement("a:\n".utf8, count: LDIF.maximumAttributes + 1).joined())
        #expect(throws: TrustError(.limitExceeded)) { try LDIF(many) }
        #expect(throws: TrustError(.limitExceeded)) { try LDIF([UInt8](repeating: 0, count: LDIF.maximumSize + 1)) }
        // Random bytes, and a good text cut off anywhere.
        var generator = SplitMix(seed: 4)
        for _ in 0..<50 { _ = try? LDIF((0..<2000).map { _ in UInt8.random(in: 0...255, using: &generator) }) }
        let good = Array("version: 1\r\ndn: cn=1\r\nuserCertificate;binary:: AQ\r\n ID\r\n\r\ndn: cn=2\ncn: a".utf8)
        for length in good.indices { _ = try? LDIF(Array(good.prefix(length))) }
    }

    @Test func control() throws {
        let text = try ldif("dn: cn=\u{202E}a\u{1B}[31m\ncn: b\n")
        #expect(text.entries.first?.dn == "cn=\u{FFFD}a\u{FFFD}[31m")
    }

    @Test func likely() {
        for text in ["version: 1\n", "dn: cn=1", "# c\n\ndn:: YQ==", "DN: a", "Version:1"] {
            #expect(LDIF.isLikely(text.utf8), "\(text)")
        }
        for text in ["", "-----BEGIN CERTIFICATE-----", "0\u{82}", "cn: a", "#", "dnx: 1"] {
            #expect(!LDIF.isLikely(text.utf8), "\(text)")
        }
    }
}
