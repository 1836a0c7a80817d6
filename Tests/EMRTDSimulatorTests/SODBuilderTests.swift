import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import ISO7816
import LDS
import Testing

@Suite struct SODBuilderTests {
    private static let groups: [Int: [UInt8]] = [1: hex("6103010203"), 2: hex("75020405"), 14: hex("6E00")]

    private func made(
        _ builder: SODBuilder, _ key: SigningKeyOptions
    ) throws -> (sod: [UInt8], pki: TestPKI, signer: TestPKI.DocumentSigner) {
        let pki = try TestPKITests.pki(SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256))
        let signer = try pki.makeDocumentSigner(key: key, validity: TestPKITests.validity)
        return (try builder.encoded(dataGroups: Self.groups, signer: signer), pki, signer)
    }

    private func verify(_ sod: [UInt8], _ pki: TestPKI) throws -> OpenSSL.Result {
        try OpenSSL.verify(sod: sod, anchor: pki.cscaCertificate, at: try noon(2025, 1, 1))
    }

    @Test(arguments: TestPKITests.namedKeys)
    func opensslVerifiesEverySignature(_ key: SigningKeyOptions) throws {
        let (sod, pki, _) = try made(SODBuilder(), key)
        #expect(sod.first == 0x77)
        let result = try verify(sod, pki)
        #expect(result.isSuccess, "\(result.error)")
    }

    @Test func opensslVerifiesEveryForm() throws {
        let key = SigningKeyOptions(.ecdsa(.brainpoolP384r1, .named), .sha384)
        let date = try #require(CalendarDate(year: 2024, month: 5, day: 6))
        for builder in [
            SODBuilder(version: .v1(ldsVersion: "0108", unicodeVersion: "040000")), SODBuilder(groupDigest: .sha1),
            SODBuilder(groupDigest: .sha512), SODBuilder(signerIdentifier: .subjectKeyIdentifier),
            SODBuilder(signingTime: date),
        ] {
            let (sod, pki, _) = try made(builder, key)
            let result = try verify(sod, pki)
            #expect(result.isSuccess, "\(result.error)")
        }
    }

    @Test func withoutCertificateOpenSSLFindsNoSigner() throws {
        let (sod, pki, _) = try made(
            SODBuilder(includesCertificate: false), SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256))
        #expect(!(try verify(sod, pki).isSuccess))
    }

    @Test func explicitParametersSignAsWell() throws {
        let (sod, _, _) = try made(SODBuilder(), SigningKeyOptions(.ecdsa(.brainpoolP384r1, .explicit), .sha384))
        // The signature alone; OpenSSL refuses the chain.
        let result = try OpenSSL.run(
            ["cms", "-verify", "-noverify", "-inform", "DER", "-in", "s", "-binary", "-out", "c"],
            files: ["s": OpenSSL.withoutOuterTag(sod)])
        #expect(result.isSuccess, "\(result.error)")
    }

    @Test func everyDamagedByteOfContentAndSignatureIsSeen() throws {
        let (sod, pki, _) = try made(
            SODBuilder(), SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256))
        let signedData = try TLV(exactly: sod).child(0x30).child(0xA0).child(0x30)
        let parts = try signedData.children()
        let content = try parts[2].child(0xA0).child(0x04).value
        let signature = try parts[4].child(0x30).child(0x04).value
        let attributes = try parts[4].child(0x30).child(0xA0).value
        for place in [content.endIndex - 1, content.startIndex + 40, signature.endIndex - 1, attributes.endIndex - 1] {
            var damaged = sod
            damaged[place] ^= 0x01
            #expect(!(try verify(damaged, pki).isSuccess))
        }
        let stranger = try TestPKITests.pki(SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256))
        #expect(!(try verify(sod, stranger).isSuccess))
    }

    @Test func theSecurityObjectHoldsTheHashesOfTheGroups() throws {
        for (digest, name) in [
            (DigestAlgorithm.sha1, "sha1"), (.sha224, "sha224"), (.sha256, "sha256"),
            (.sha384, "sha384"), (.sha512, "sha512"),
        ] {
            let object = try SODBuilder(groupDigest: digest).securityObject(dataGroups: Self.groups)
            let dump = try OpenSSL.dump(object)
            #expect(dump.contains(":\(name)\n"))
            var last = dump.startIndex
            for (_, content) in Self.groups.sorted(by: { $0.key < $1.key }) {
                let hash = try OpenSSL.run(["dgst", "-\(name)", "-r", "g"], files: ["g": content]).output.prefix {
                    $0 != " "
                }
                let place = try #require(dump.range(of: hash.uppercased()))
                #expect(place.lowerBound >= last)
                last = place.upperBound
            }
        }
        let v1 = try SODBuilder(version: .v1(ldsVersion: "0108", unicodeVersion: "040000"))
            .securityObject(dataGroups: Self.groups)
        #expect(Array(v1.suffix(16)) == hex("300E 1304 30313038 1306 303430303030"))
    }

    @Test func refusesGroupsThatDoNotExist() {
        for number in [0, 17, -1] {
            #expect(throws: PersonalisationError(.invalidOption, "")) {
                try SODBuilder().securityObject(dataGroups: [number: []])
            }
        }
        #expect(throws: PersonalisationError(.invalidCharacter, "")) {
            try SODBuilder(version: .v1(ldsVersion: "01Ø8", unicodeVersion: "040000")).securityObject(dataGroups: [:])
        }
    }
}
