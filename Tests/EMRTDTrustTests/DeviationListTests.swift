import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import ISO7816
import Testing

@testable import EMRTDTrust

/// Deviation lists and defect lists. No sample was at hand: the contents are made here after the published ASN.1, once with the
/// encoder of the tests and once with `openssl asn1parse -genconf`, and signed with `openssl cms` too.
@Suite("Deviation lists")
struct DeviationListTests {
    typealias PKI = BuiltPKI

    static let date = Timestamp(secondsSince1970: 1_770_000_000)
    static let type = "2.23.136.1.1.7"
    static let defectType = "0.4.0.127.0.7.3.1.5"

    func context(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] { TLV.encode(Tag(UInt32(tag)), value) }

    func description(_ type: String, _ parameters: [UInt8] = [], text: String? = nil, national: [UInt8] = []) -> [UInt8]
    {
        DEREncoder.sequence(
            text.map { TLV.encode(0x13, Array($0.utf8)) } ?? [], PKI.oid(type),
            parameters.isEmpty ? [] : DEREncoder.explicit(0, parameters),
            national.isEmpty ? [] : DEREncoder.explicit(1, national))
    }

    func entry(_ documents: [[UInt8]], _ descriptions: [[UInt8]]) -> [UInt8] {
        DEREncoder.sequence(TLV.encode(0x30, documents.flatMap { $0 }), DEREncoder.set(descriptions))
    }

    func content(_ entries: [[UInt8]]) -> [UInt8] {
        DEREncoder.sequence(DEREncoder.integer(0), TLV.encode(0x31, entries.flatMap { $0 }))
    }

    @Test func entriesOfEveryForm() throws {
        let csca = try PKI.csca()
        var options = PKI.Options()
        options.serial = [0x00, 0x91]
        let named = try PKI.signer(csca, options).certificate
        let pair = context(0xA1, named.issuer.encoded + TLV.encode(0x02, named.serialNumber))
        let period = context(0xA4, PKI.time("20171001000000Z") + PKI.time("20180205235959.999Z"))
        let numbers = context(0xA5, ["CA00000AL", "CA99999AQ"].flatMap { TLV.encode(0x13, Array($0.utf8)) })
        let entries = [
            entry([pair], [description(Self.type + ".2.2", DEREncoder.integer(12), text: "The date in DG12 is wrong")]),
            entry(
                [context(0x82, named.subjectKeyIdentifier ?? [])],
                [description(Self.type + ".1.2", DEREncoder.integer(5))]),
            entry([context(0x83, [1, 2, 3])], [description(Self.type + ".1.3", PKI.oid("2.5.29.19"))]),
            entry(
                [context(0x80, Array("C".utf8)), period, numbers],
                [description(Self.type + ".3.1", DEREncoder.integer(6)), description("1.2.3", national: [5, 0])]),
            entry([], [description(Self.type + ".4")]),
        ]
        let bytes = try PKI.message(
            content(entries), type: Self.type, [PKI.listSigner(csca, purposes: [PKI.deviationListSigning])])
        let list = try DeviationList(encoded: bytes)
        #expect(
            list.form == .deviationList && list.version == 0 && list.digestAlgorithm == nil && list.encoded == bytes)
        let found = list.deviations
        #expect(found.count == 5)
        #expect(found[0].certificate == .issuerAndSerialNumber(named.issuer, serialNumber: named.serialNumber))
        #expect(found[0].country == "VN" && found[0].concerns(named) && !found[0].concerns(csca.certificate))
        #expect(found[0].descriptions.map(\.name) == ["id-Deviation-LDS-DGHashWrong"])
        #expect(found[0].descriptions.map(\.parameterText) == ["DG12"])
        #expect(found[0].descriptions.map(\.text) == ["The date in DG12 is wrong"])
        #expect(found[1].concerns(named) && found[1].descriptions.map(\.parameterText) == ["validity"])
        #expect(found[2].certificate == .digest([1, 2, 3]) && found[2].concerns(named, digest: [1, 2, 3]))
        #expect(!found[2].concerns(named) && found[2].descriptions.map(\.parameterText) == ["extension 2.5.29.19"])
        #expect(found[3].documentType == "C" && found[3].documentNumbers == ["CA00000AL", "CA99999AQ"])
        #expect(found[3].firstIssued?.day == "2017-10-01" && found[3].lastIssued?.day == "2018-02-05")
        #expect(found[3].certificate == nil && !found[3].concerns(named))
        #expect(Set(found[3].descriptions.map(\.type)) == [Self.type + ".3.1", "1.2.3"])
        #expect(found[3].descriptions.contains { $0.name == nil && $0.nationalUse == [5, 0] })
        #expect(found[3].descriptions.contains { $0.parameterText == "dateOfBirth" })
        #expect(found[4].descriptions.map(\.name) == ["id-Deviation-Chip"])
        #expect(list.deviations(of: named).count == 2)
    }

    @Test func defects() throws {
        let csca = try PKI.csca()
        let named = try PKI.signer(csca).certificate
        let byName = DEREncoder.sequence(named.issuer.encoded, TLV.encode(0x02, named.serialNumber))
        func defect(_ identifier: [UInt8], _ digest: [UInt8], _ kinds: [[UInt8]]) -> [UInt8] {
            DEREncoder.sequence(identifier, digest, DEREncoder.set(kinds))
        }
        let groups = DEREncoder.set([DEREncoder.integer(2), DEREncoder.integer(12)])
        let content = DEREncoder.sequence(
            DEREncoder.integer(0), PKI.oid("2.16.840.1.101.3.4.2.1"),
            DEREncoder.set([
                defect(
                    byName, DEREncoder.octetString(named.fingerprint),
                    [DEREncoder.sequence(PKI.oid(Self.defectType + ".1.1"), TLV.encode(0x0A, [0]))]),
                defect(
                    context(0x80, named.subjectKeyIdentifier ?? []), [],
                    [DEREncoder.sequence(PKI.oid(Self.defectType + ".2.1"), groups)]),
            ]))
        let signer = try PKI.listSigner(csca, purposes: ["0.4.0.127.0.7.3.1.1.7"])
        let list = try DeviationList(encoded: PKI.message(content, type: Self.defectType, [signer]))
        #expect(list.form == .defectList && list.digestAlgorithm == "2.16.840.1.101.3.4.2.1")
        let revoked = try #require(list.deviations.first { $0.certificateDigest != nil })
        #expect(revoked.descriptions.map(\.name) == ["id-CertRevoked"] && revoked.concerns(named))
        #expect(revoked.concerns(named, digest: named.fingerprint) && !revoked.concerns(named, digest: [1]))
        let malformed = try #require(list.deviations.first { $0.certificateDigest == nil })
        #expect(malformed.descriptions.map(\.parameterText) == ["DG2, DG12"] && malformed.concerns(named))
        // The key usage of its signers is one that is not known by its number, and the finding says so.
        let check = SignedListCheck(
            store: TrustStore(certificates: [csca.certificate]), anchors: [], date: Self.date)
        guard case .verified(let found) = check.check(list) else {
            Issue.record("\(check.check(list))")
            return
        }
        #expect(found.remarks.map(\.code) == [.listUsageUnknown])
    }

    @Test func signers() throws {
        let csca = try PKI.csca()
        let check = SignedListCheck(
            store: TrustStore(certificates: [csca.certificate]), anchors: [], date: Self.date)
        func judged(_ signer: PKI.Holder, type: String = Self.type, damaged: Bool = false) throws -> SignedListFinding {
            var options = PKI.MessageOptions()
            options.damagesSignature = damaged
            let empty = DEREncoder.sequence(
                DEREncoder.integer(0), type == Self.type ? [] : PKI.oid("1.3.14.3.2.26"), [0x31, 0])
            return check.check(try DeviationList(encoded: PKI.message(empty, type: type, [signer], options)))
        }
        let good = try PKI.listSigner(csca, purposes: [PKI.deviationListSigning])
        guard case .verified = try judged(good), case .verified = try judged(good, type: Self.defectType),
            case .refused(.signatureWrong, _) = try judged(good, damaged: true),
            // A signer of master lists, of BSI's arc, a document signer.
            case .refused(.signerNotAllowed, _) = try judged(PKI.listSigner(csca)),
            case .refused(.signerNotAllowed, _) = try judged(PKI.listSigner(csca, purposes: ["0.4.0.127.0.7.3.1.1.7"])),
            case .refused(.signerNotAllowed, _) = try judged(PKI.signer(csca)),
            case .refused(.signerNotAllowed, _) = try judged(PKI.signer(csca), type: Self.defectType),
            case .anchorUnknown = try judged(
                PKI.listSigner(PKI.csca("Another"), purposes: [PKI.deviationListSigning]))
        else {
            Issue.record("another finding")
            return
        }
    }

    /// Content, certificates and signature by the openssl program alone.
    @Test func madeByOpenSSL() throws {
        let folder = try OpenSSLFolder()
        try folder.write(
            "list.cnf",
            Array(
                """
                asn1=SEQUENCE:list
                [list]
                version=INTEGER:0
                deviations=SET:deviations
                [deviations]
                one=SEQUENCE:one
                [one]
                documents=SEQUENCE:documents
                descriptions=SET:descriptions
                [documents]
                type=IMPLICIT:0,PRINTABLESTRING:PV
                signer=IMPLICIT:2,FORMAT:HEX,OCTETSTRING:0102030405
                period=IMPLICIT:4,SEQUENCE:period
                [period]
                first=GENERALIZEDTIME:20200101000000Z
                last=GENERALIZEDTIME:20201231000000Z
                [descriptions]
                what=SEQUENCE:what
                [what]
                text=PRINTABLESTRING:Wrong check digit
                type=OID:2.23.136.1.1.7.3.2
                parameters=EXPLICIT:0,INTEGER:8
                """.utf8))
        try folder.write(
            "ca.cnf",
            Array(
                """
                [req]
                distinguished_name=dn
                prompt=no
                [dn]
                C=VN
                CN=CSCA
                [ca]
                basicConstraints=critical,CA:TRUE,pathlen:0
                keyUsage=critical,keyCertSign,cRLSign
                subjectKeyIdentifier=hash
                [signer]
                keyUsage=critical,digitalSignature
                extendedKeyUsage=critical,2.23.136.1.1.8
                subjectKeyIdentifier=hash
                authorityKeyIdentifier=keyid
                """.utf8))
        #expect(try folder.openssl("asn1parse -genconf list.cnf -noout -out content.der") == 0)
        #expect(
            try folder.openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:brainpoolP384r1 -nodes -keyout ca.key -out ca.pem -days 3000 -config ca.cnf -extensions ca"
            ) == 0)
        #expect(
            try folder.openssl(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -out s.csr -config ca.cnf") == 0)
        #expect(
            try folder.openssl(
                "x509 -req -in s.csr -CA ca.pem -CAkey ca.key -set_serial 77 -days 2000 -extfile ca.cnf -extensions signer -out s.pem"
            ) == 0)
        #expect(
            try folder.openssl(
                "cms -sign -binary -nodetach -outform DER -econtent_type 2.23.136.1.1.7 -in content.der -signer s.pem -inkey s.key -out list.der"
            ) == 0)
        #expect(try folder.openssl("x509 -in ca.pem -outform DER -out ca.der") == 0)
        let list = try DeviationList(encoded: folder.read("list.der"))
        let entry = try #require(list.deviations.first)
        #expect(list.deviations.count == 1 && entry.documentType == "PV")
        #expect(entry.certificate == .subjectKeyIdentifier([1, 2, 3, 4, 5]))
        #expect(entry.firstIssued?.day == "2020-01-01" && entry.lastIssued?.day == "2020-12-31")
        #expect(entry.descriptions.map(\.name) == ["id-Deviation-MRZ-WrongCheckDigit"])
        #expect(entry.descriptions.map(\.parameterText) == ["dateOfExpiry"])
        let csca = try Certificate(encoded: folder.read("ca.der"))
        guard
            case .verified = SignedListCheck(
                store: TrustStore(certificates: [csca]), anchors: [], date: .now()
            ).check(list)
        else {
            Issue.record("not verified")
            return
        }
    }

    @Test func wrongForms() throws {
        let signer = try PKI.listSigner(PKI.csca(), purposes: [PKI.deviationListSigning])
        let wrong = [
            [], [0x30, 0], content([[0x30, 0]]), content([[0x31, 0]]), content([[5, 0]]),
            content([entry([[5, 0]], [])]), content([entry([context(0xA1, [0x30, 0])], [])]),
            content([entry([context(0xA4, PKI.time("20171001000000Z"))], [])]),
            content([entry([context(0xA4, PKI.time("20171301000000Z") + PKI.time("20171001000000Z"))], [])]),
            content([entry([], [[0x30, 0]])]), content([entry([], [description("1.2.3") + [0]])]),
            content([entry([context(0x82, [1]), context(0x82, [2])], [])]), content([]) + [0],
        ]
        for (index, bytes) in wrong.enumerated() {
            #expect(throws: TrustError.self, "\(index)") {
                try DeviationList(encoded: PKI.message(bytes, type: Self.type, [signer]))
            }
        }
    }

    @Test func truncatedAndFlipped() throws {
        let csca = try PKI.csca()
        let entries = [
            entry(
                [context(0x80, Array("P".utf8)), context(0x82, [1, 2])],
                [description(Self.type + ".2.1", DEREncoder.integer(1))])
        ]
        let good = try PKI.message(
            content(entries), type: Self.type, [PKI.listSigner(csca, purposes: [PKI.deviationListSigning])])
        let list = try DeviationList(encoded: good)
        let check = SignedListCheck(
            store: TrustStore(certificates: [csca.certificate]), anchors: [], date: Self.date)
        for length in good.indices {
            #expect(throws: TrustError.self) { try DeviationList(encoded: good.prefix(length)) }
        }
        for position in good.indices {
            var bytes = good
            bytes[position] ^= 1 << UInt8(position % 8)
            guard let read = try? DeviationList(encoded: bytes), case .verified = check.check(read) else { continue }
            #expect(read.deviations == list.deviations && read.form == list.form, "\(position)")
        }
    }
}
