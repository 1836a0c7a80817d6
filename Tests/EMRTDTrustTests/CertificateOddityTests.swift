import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import ISO7816
import Testing

@testable import EMRTDTrust

/// Oddities and extensions of certificates, each in a certificate built to have it.
@Suite("Oddities of certificates")
struct CertificateOddityTests {
    typealias PKI = BuiltPKI

    func csca(key: SigningKey? = nil, _ change: (inout PKI.Options) -> Void = { _ in }) throws -> Certificate {
        var options = PKI.Options()
        options.extensions = [
            PKI.Extensions.keyUsage([5, 6]), PKI.Extensions.keyIdentifier([1]),
            PKI.Extensions.item(
                "2.5.29.19", DEREncoder.sequence(DEREncoder.boolean(true), DEREncoder.integer(0)), true),
        ]
        options.start = "200101000000Z"
        options.end = "350101000000Z"
        change(&options)
        return try PKI.csca(key: key, options).certificate
    }

    @Test func anOrdinaryOneHasNone() throws {
        #expect(try csca().oddities == [])
        #expect(try csca(key: PKI.key(.rsaPSS(bits: 2048))).oddities == [])
    }

    @Test func extensionsOfACA() throws {
        func with(_ extensions: [[UInt8]]) throws -> Set<CertificateOddity> {
            try csca { $0.extensions = extensions }.oddities
        }
        let usage = PKI.Extensions.keyUsage([5, 6])
        let identifier = PKI.Extensions.keyIdentifier([1])
        let authority = PKI.Extensions.item(
            "2.5.29.19", DEREncoder.sequence(DEREncoder.boolean(true), DEREncoder.integer(0)), true)
        #expect(try with([usage, identifier, PKI.Extensions.authority]) == [.noPathLength])
        #expect(try with([usage, identifier]) == [.notMarkedAsCA])
        #expect(
            try with([usage, identifier, PKI.Extensions.item("2.5.29.19", [0x30, 0], true)])
                == [.notMarkedAsCA, .noPathLength])
        #expect(try with([usage, authority]) == [.noSubjectKeyIdentifier])
        #expect(try with([identifier, authority]) == [.noKeyUsage])
        #expect(
            try with([PKI.Extensions.keyUsage([5, 6], critical: false), identifier, authority])
                == [.uncriticalConstraint])
        let unknown = PKI.Extensions.item("1.2.3.4", [5, 0], true)
        #expect(try with([usage, identifier, authority, unknown]) == [.unknownCriticalExtension])
        #expect(try with([usage, identifier, authority, usage]) == [.duplicatedExtension])
        let purposes = PKI.Extensions.extendedKeyUsage(["2.23.136.1.1.3"], critical: true)
        #expect(try with([usage, identifier, authority, purposes]) == [])
    }

    @Test func serialNumbersAndKeyIdentifiers() throws {
        #expect(try csca { $0.serial = [0xFF, 1] }.oddities == [.negativeSerialNumber])
        #expect(try csca { $0.serial = [0] }.oddities == [.zeroSerialNumber])
        #expect(try csca { $0.serial = [UInt8](repeating: 1, count: 21) }.oddities == [.longSerialNumber])
        var options = PKI.Options()
        options.extensions = [PKI.Extensions.keyUsage([0])]
        #expect(try PKI.signer(PKI.csca(), options).certificate.oddities.contains(.noAuthorityKeyIdentifier))
        #expect(try !PKI.signer(PKI.csca()).certificate.oddities.contains(.noAuthorityKeyIdentifier))
    }

    @Test func keysAndSignatures() throws {
        #expect(try csca(key: PKI.key(.ecdsa(.brainpoolP256r1, .explicit))).oddities == [.explicitCurveParameters])
        #expect(try csca(key: PKI.key(.ecdsa(.secp192r1, .named))).oddities == [.shortECKey])
        #expect(try csca(key: PKI.key(.rsaPKCS1(bits: 1024))).oddities == [.shortRSAKey])
        #expect(try csca(key: PKI.key(.rsaPKCS1(bits: 2048), .sha1)).oddities == [.sha1Signature])
        let unknown = DEREncoder.sequence(PKI.oid("1.2.3.4"))
        #expect(try csca { $0.algorithm = unknown }.oddities == [.unsupportedSignatureAlgorithm])
        // PSS without parameters means SHA-1 and 20 bytes; with a hash alone, 20 bytes.
        let bare = DEREncoder.sequence(PKI.oid("1.2.840.113549.1.1.10"), [0x30, 0])
        #expect(try csca { $0.algorithm = bare }.oddities == [.sha1Signature, .pssDefaultHash, .pssDefaultSalt])
        let sha256 = try AlgorithmEncoding.identifier(of: DigestAlgorithm.sha256)
        let hash = DEREncoder.sequence(
            PKI.oid("1.2.840.113549.1.1.10"), DEREncoder.sequence(DEREncoder.explicit(0, sha256)))
        #expect(try csca { $0.algorithm = hash }.oddities == [.pssDefaultSalt])
    }

    @Test func names() throws {
        func with(_ country: [UInt8], _ common: [UInt8]) throws -> Set<CertificateOddity> {
            let name = DEREncoder.sequence(
                DEREncoder.set([DEREncoder.sequence(PKI.oid("2.5.4.6"), country)]),
                DEREncoder.set([DEREncoder.sequence(PKI.oid("2.5.4.3"), common)]))
            return try csca { $0.issuerName = name }.oddities.subtracting([.noAuthorityKeyIdentifier])
        }
        let country = TLV.encode(0x13, Array("VN".utf8))
        let common = TLV.encode(0x0C, Array("CSCA".utf8))
        #expect(try with(country, common) == [])
        #expect(try with(TLV.encode(0x13, Array("vn".utf8)), common) == [.countryNotUpperCase])
        #expect(try with(country, TLV.encode(0x14, Array("CSCA".utf8))) == [.teletexString])
        #expect(try with(country, TLV.encode(0x1E, [0, 67, 0, 68])) == [.bmpString])
        #expect(try with(country, TLV.encode(0x1C, [0, 0, 0, 67])) == [.universalString])
        #expect(
            try csca { $0.issuerName = DEREncoder.sequence() }.oddities.contains(.noCountry))
    }

    @Test(arguments: [
        ("200101000000Z", "20350101000000Z", [CertificateOddity.generalizedTimeBefore2050]),
        ("200101000000Z", "20500101000000Z", []),
        ("2001010000Z", "350101000000Z", [.timeWithoutSeconds]),
        ("200101000000+0700", "350101000000Z", [.unusualTimeForm]),
        ("20200101000000.5Z", "20600101000000Z", [.unusualTimeForm, .generalizedTimeBefore2050]),
        ("200101000000Z", "550101000000Z", [.utcTimePast2049]),
        ("20550101000000Z", "20540101000000Z", [.validityReversed]),
        ("209901000000Z", "350101000000Z", [.unreadableValidity]),
    ])
    func validity(_ start: String, _ end: String, _ expected: [CertificateOddity]) throws {
        // BuiltPKI tells the types apart by length; a UTCTime with an offset is as long as a GeneralizedTime.
        let built = try csca {
            $0.start = start.contains("+") ? "200101000000Z" : start
            $0.end = end
        }
        guard start.contains("+") else {
            #expect(built.oddities == Set(expected))
            return
        }
        let changed = try DERTree(built.encoded).changing([0, 4, 0]) { _ in
            .primitive([0x17], Array(start.utf8))
        }
        #expect(try Certificate(encoded: changed).oddities == Set(expected))
    }

    @Test func fieldsOfListSignersAndDocumentSigners() throws {
        var options = PKI.Options()
        let address = DEREncoder.implicit(6, Array("http://example.org/crl\u{1B}".utf8))
        let names = TLV.encode(0xA0, TLV.encode(0xA0, address))
        options.extensions = [
            PKI.Extensions.extendedKeyUsage(["2.23.136.1.1.3", "2.23.136.1.1.8"], critical: true),
            PKI.Extensions.privateKeyUsage("20200101000000Z", "20210101000000Z"),
            PKI.Extensions.item("2.5.29.31", DEREncoder.sequence(TLV.encode(0x30, names))),
            PKI.Extensions.item(
                "2.5.29.18",
                DEREncoder.sequence(
                    DEREncoder.implicit(1, Array("csca@example.org".utf8)), TLV.encode(0xA4, PKI.name("VN", "X")))),
        ]
        let certificate = try PKI.signer(PKI.csca(), options).certificate
        #expect(certificate.extendedKeyUsage == ["2.23.136.1.1.3", "2.23.136.1.1.8"])
        #expect(
            certificate.privateKeyNotBefore?.day == "2020-01-01" && certificate.privateKeyNotAfter?.day == "2021-01-01")
        #expect(certificate.revocationListAddresses == ["http://example.org/crl\u{FFFD}"])
        #expect(certificate.issuerAlternativeNames == ["csca@example.org", "C=VN, CN=X"])
        #expect(certificate.subjectAlternativeNames.isEmpty && certificate.documentTypes == nil)
        // A key for lists is critical where it is no document signer's: passive authentication must not take it.
        #expect(certificate.extensions.unknownCritical == [.extendedKeyUsage])
    }

    @Test func documentTypesInTheirForms() throws {
        func types(_ value: [UInt8]) throws -> (types: [String]?, oddities: Set<CertificateOddity>) {
            var options = PKI.Options()
            options.extra = [PKI.Extensions.item("2.23.136.1.1.6.2", value)]
            let certificate = try PKI.signer(PKI.csca(), options).certificate
            return (certificate.documentTypes, certificate.oddities.subtracting([.generalizedTimeBefore2050]))
        }
        let passport = TLV.encode(0x13, [UInt8(ascii: "P")])
        let proper = try types(DEREncoder.sequence(DEREncoder.integer(0), DEREncoder.set([passport])))
        #expect(proper.types == ["P"] && proper.oddities.isEmpty)
        for bare in [passport, DEREncoder.set([passport])] {
            let found = try types(bare)
            #expect(found.types == ["P"] && found.oddities == [.bareDocumentTypeList])
        }
        for wrong in [[5, 0], [0x30, 0], DEREncoder.sequence(passport), []] as [[UInt8]] {
            let found = try types(wrong)
            #expect(found.types == nil && found.oddities == [.malformedExtension])
        }
    }

    @Test func hostileNamesAndPointsAreLeftOut() throws {
        for value: [UInt8] in [[], [5, 0], [0x30, 2, 0x30, 0], [0x30, 4, 0xA0, 2, 0xA0, 0], [0x30, 2, 0xA4, 0]] {
            var options = PKI.Options()
            options.extra = [PKI.Extensions.item("2.5.29.31", value), PKI.Extensions.item("2.5.29.17", value)]
            let certificate = try PKI.signer(PKI.csca(), options).certificate
            #expect(certificate.revocationListAddresses.isEmpty && certificate.subjectAlternativeNames.isEmpty)
        }
    }
}
