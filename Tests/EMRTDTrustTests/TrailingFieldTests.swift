import EMRTDCrypto
import EMRTDSimulator
@testable import EMRTDTrust
import ISO7816
import Testing

/// Structures with an element more than they have: none of the certificates, lists and EF.SODs of the field has one, and what it
/// means nobody knows.
@Suite("Trailing fields")
struct TrailingFieldTests {
    typealias PKI = BuiltPKI

    /// The bytes with elements more at the end of the one at a path.
    private func appending(_ bytes: [UInt8], _ path: [Int], _ more: [UInt8]...) throws -> [UInt8] {
        try DERTree(bytes).changing(path) { node in
            guard case .constructed(let tag, let children) = node else { return node }
            return .constructed(tag, children + more.map { DERTree.Node.raw($0) })
        }
    }

    private static let null: [UInt8] = [5, 0]

    /// tbsCertificate is at 0: the algorithm inside, validity, the key's algorithm; and the algorithm outside.
    @Test(arguments: [[0, 2], [0, 4], [0, 6, 0], [1], [0, 6], [0], []])
    func certificates(_ path: [Int]) throws {
        let certificate = try PKI.csca().certificate
        #expect(try Certificate(encoded: DERTree(certificate.encoded).changing([]) { $0 }) == certificate)
        let more = try appending(certificate.encoded, path, Self.null, Self.null)
        #expect(throws: TrustError(.malformed)) { try Certificate(encoded: more) }
    }

    /// ECParameters, FieldID and Curve; a seed is no element too many.
    @Test func curveParameters() throws {
        let holder = try PKI.csca(key: PKI.key(.ecdsa(.brainpoolP256r1, .explicit)))
        let encoded = holder.certificate.subjectKey.encoded
        let expected = try SubjectKey(encoded: encoded).publicKey()
        for path in [[0, 1], [0, 1, 1], [0, 1, 2]] {
            let key = try SubjectKey(encoded: appending(encoded, path, Self.null))
            #expect(throws: TrustError(.malformed), "\(path)") { try key.publicKey() }
        }
        let seeded = try appending(encoded, [0, 1, 2], [3, 3, 0, 1, 2])
        #expect(try SubjectKey(encoded: seeded).publicKey() == expected)
        let twice = try SubjectKey(encoded: appending(seeded, [0, 1, 2], [3, 3, 0, 1, 2]))
        #expect(throws: TrustError(.malformed)) { try twice.publicKey() }
    }

    @Test func extensions() throws {
        let item = PKI.Extensions.item
        let time = Array("20200101000000Z".utf8)
        let good: [(String, [[UInt8]])] = [
            ("2.5.29.35", [DEREncoder.implicit(0, [1, 2])]),
            ("2.5.29.19", [DEREncoder.boolean(true), DEREncoder.integer(0)]),
            ("2.5.29.16", [DEREncoder.implicit(0, time), DEREncoder.implicit(1, time)]),
            ("2.23.136.1.1.6.2", [DEREncoder.integer(0), DEREncoder.set([TLV.encode(0x13, [0x50])])]),
        ]
        func extensions(_ list: [[UInt8]]) throws -> Certificate {
            var options = PKI.Options()
            options.extensions = list
            return try PKI.signer(PKI.csca(), options).certificate
        }
        for (oid, fields) in good {
            let right = try extensions([item(oid, DEREncoder.sequence(fields), false)])
            #expect(right.extensions.malformed.isEmpty, "\(oid)")
            let long = try extensions([item(oid, DEREncoder.sequence(fields + [Self.null]), false)])
            #expect(
                long.extensions.malformed.map(\.description) == [oid] && long.oddities.contains(.malformedExtension))
            #expect(long.authorityKeyIdentifier == nil && long.privateKeyNotBefore == nil && long.documentTypes == nil)
            // An element more beside extnValue.
            let wide = DEREncoder.sequence(
                PKI.oid(oid), DEREncoder.boolean(true), DEREncoder.octetString(DEREncoder.sequence(fields)), Self.null)
            let beside = try extensions([wide])
            #expect(beside.extensions.malformed.map(\.description) == [oid], "\(oid)")
            #expect(beside.extensions.isCA == nil && beside.authorityKeyIdentifier == nil)
            #expect(beside.extensions.unknownCritical.isEmpty == (oid == "2.5.29.19"), "\(oid)")
        }
    }

    /// The algorithms that CMS announces, and that of the signer.
    @Test(arguments: [[0, 1, 0, 1, 0], DERTree.signerInfo + [2], DERTree.signerInfo + [4]])
    func signedData(_ path: [Int]) throws {
        let csca = try PKI.csca()
        let store = TrustStore(certificates: [csca.certificate])
        let sod = try PKI.sod(PKI.groups, PKI.signer(csca))
        #expect(isGreen(PKI.report(sod, store)))
        let report = PKI.report(try appending(sod, path, Self.null, Self.null), store)
        #expect(report[.sodSignature]?.code == .sodMalformed && !isGreen(report), "\(report.checks)")
    }

    @Test func securityObject() throws {
        let content = try SODBuilder(groupDigest: .sha256).securityObject(dataGroups: [1: [1]])
        #expect(try LDSSecurityObject(encoded: content).digest() == .sha256)
        let long = try appending(content, [1], Self.null, Self.null)
        #expect(throws: TrustError(.malformed)) { try LDSSecurityObject(encoded: long) }
    }

    @Test func parametersOfPSS() throws {
        let sha256 = try AlgorithmEncoding.identifier(of: DigestAlgorithm.sha256, withNull: true)
        let long = try appending(sha256, [], Self.null)
        func parameters(_ hash: [UInt8], _ mask: [UInt8]) throws -> PSSParameters {
            try PSSParameters(
                encoded: DEREncoder.sequence(
                    DEREncoder.explicit(0, hash),
                    DEREncoder.explicit(1, DEREncoder.sequence(PKI.oid("1.2.840.113549.1.1.8"), mask)))[...])
        }
        #expect(try parameters(sha256, sha256).mask == .sha256)
        #expect(throws: TrustError(.malformed)) { try parameters(long, sha256) }
        #expect(throws: TrustError(.malformed)) { try parameters(sha256, long) }
    }

    @Test func revocationLists() throws {
        let wide = DEREncoder.sequence(PKI.oid("2.5.29.20"), DEREncoder.octetString([2, 1, 1]), Self.null)
        #expect(throws: TrustError(.malformed)) {
            try PKI.revocationList(PKI.csca(), [], .init(extensions: [wide]))
        }
    }
}

@Suite("Key usage and object identifiers, bit by bit")
struct BitLevelTests {
    typealias PKI = BuiltPKI

    private func usage(_ value: [UInt8]) throws -> Certificate {
        var options = PKI.Options()
        options.extensions = [PKI.Extensions.item("2.5.29.15", value, true)]
        return try PKI.signer(PKI.csca(), options).certificate
    }

    private func set(_ usage: NamedBits?) -> Set<Int>? { usage.map { usage in Set((-1...17).filter(usage.contains)) } }

    @Test(
        arguments: [
            ([3, 2, 7, 0x80], [0]), ([3, 2, 1, 0x06], [5, 6]), ([3, 2, 0, 0x81], [0, 7]), ([3, 3, 7, 0, 0x80], [8]),
            ([3, 1, 0], []), ([3, 2, 0, 0x80], [0]),
        ] as [([UInt8], Set<Int>)])
    func keyUsage(_ value: [UInt8], _ bits: Set<Int>) throws {
        let certificate = try usage(value)
        #expect(set(certificate.extensions.keyUsage) == bits && !certificate.oddities.contains(.notDER))
    }

    /// Bits that do not count are no bits of the set, whatever they are.
    @Test(
        arguments: [
            ([3, 2, 7, 0xFF], [0]), ([3, 2, 3, 0x84], [0]), ([3, 2, 1, 0x07], [5, 6]),
            ([3, 3, 7, 0x80, 0xC0], [0, 8]),
        ] as [([UInt8], Set<Int>)])
    func unusedBits(_ value: [UInt8], _ bits: Set<Int>) throws {
        let certificate = try usage(value)
        #expect(set(certificate.extensions.keyUsage) == bits && certificate.extensions.malformed.isEmpty)
        #expect(certificate.oddities.contains(.notDER))
    }

    @Test(arguments: [[3, 0], [3, 1, 1], [3, 1, 7], [3, 2, 8, 0x80], [3, 2, 0xFF, 0x80]] as [[UInt8]])
    func wrongNumberOfUnusedBits(_ value: [UInt8]) throws {
        let certificate = try usage(value)
        #expect(certificate.extensions.keyUsage == nil && certificate.extensions.malformed == [.keyUsage])
        let csca = try PKI.csca()
        var options = PKI.Options()
        options.extensions = [PKI.Extensions.item("2.5.29.15", value, true)]
        let report = PKI.report(
            try PKI.sod(PKI.groups, PKI.signer(csca, options)), TrustStore(certificates: [csca.certificate]))
        #expect(report[.dsChain]?.code == .dsExtensionMalformed && !isGreen(report))
    }

    /// ISO/IEC 8825-1, 8.19.2: no arc begins with 80.
    @Test func paddedObjectIdentifiers() throws {
        func oid(_ contents: [UInt8]) throws(TrustError) -> ASN1OID {
            try ASN1Element(TLV.encode(0x06, contents)[...], .ber, name: "test").oid()
        }
        #expect(try oid([0x55, 0x1D, 0x0F]) == .keyUsage)
        // 80 inside an arc is a digit.
        #expect(try oid([0x2A, 0x86, 0x80, 0x80, 0x01]).description == "1.2.12582913")
        let padded: [[UInt8]] = [
            [0x80, 0x55, 0x1D, 0x0F], [0x55, 0x80, 0x1D, 0x0F], [0x55, 0x1D, 0x80, 0x0F],
            [0x55, 0x1D, 0x80, 0x80, 0x0F],
            [0x2A, 0x86, 0x48, 0x80, 0x01], [0x80, 0x01], [0x80], [],
        ]
        for contents in padded {
            #expect(throws: TrustError(.malformed), "\(contents)") { try oid(contents) }
        }
        let certificate = try PKI.csca().certificate
        let usage: [UInt8] = [0x06, 3, 0x55, 0x1D, 0x0F]
        let start = try #require(
            certificate.encoded.indices.first { certificate.encoded[$0...].starts(with: usage) })
        var changed = certificate.encoded
        // The extension of another name, with the same length.
        changed.replaceSubrange(start..<start + 5, with: [0x06, 3, 0x55, 0x80, 0x0F])
        #expect(throws: TrustError(.malformed)) { try Certificate(encoded: changed) }
    }
}
