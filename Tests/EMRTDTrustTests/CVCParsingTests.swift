import EMRTDCrypto
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

@testable import EMRTDTrust

@Suite("CV certificates: parsing") struct CVCParsingTests {
    static let vectors = VectorEntry.all("04_eac_ca_ta.json")

    static func example(_ name: String) throws -> [UInt8] {
        try vectors.named("eac-\(name)").inputs.bytes("certificate")
    }

    @Test(arguments: [
        "ecdh-cvc-cvca", "ecdh-cvc-dv", "ecdh-cvc-terminal", "dh-cvc-cvca", "dh-cvc-dv", "dh-cvc-terminal",
    ])
    func workedExamples(name: String) throws {
        let entry = try Self.vectors.named("eac-\(name)")
        let certificate = try CVCertificate(parsing: entry.inputs.bytes("certificate"))
        #expect(try certificate.encoded == entry.inputs.bytes("certificate"))
        #expect(try certificate.body == entry.intermediate.bytes("body"))
        #expect(try certificate.authorityReference.description == entry.outputs.text("CAR"))
        #expect(try certificate.holderReference.description == entry.outputs.text("CHR"))
        #expect(try certificate.effectiveDate == day(entry.outputs.text("effective")))
        #expect(try certificate.expirationDate == day(entry.outputs.text("expiration")))
        #expect(try certificate.authorization.encoded.dropFirst(3) == entry.outputs.bytes("CHAT")[...])
        let isCVCA = name.hasSuffix("cvca")
        let key = try certificate.publicKey.encoded(includesDomainParameters: isCVCA)
        #expect(
            try key.suffix(entry.outputs.bytes("public_key_template").count)
                == entry.outputs.bytes("public_key_template")[...])
        #expect(certificate.algorithm == (name.hasPrefix("ecdh") ? .ecdsaSHA512 : .rsaPKCS1SHA1))
        // Without the outer object, as PSO: Verify Certificate carries it.
        let bare = Array(try TLV(exactly: certificate.encoded).value)
        #expect(try CVCertificate(parsing: bare) == certificate)
    }

    @Test func fieldCertificates() throws {
        let files = try CVCField.all()
        guard !files.isEmpty else { return }
        #expect(files.count == 38)
        for (name, bytes) in files {
            let certificate = try #require(try? CVCertificate(parsing: bytes), "\(name)")
            #expect(certificate.encoded == bytes)
            #expect(
                certificate.publicKey.hasDomainParameters == (certificate.authorization.role == .certificationAuthority)
            )
        }
    }

    @Test func fieldsOfATerminalCertificate() throws {
        guard let certificate = try CVCField.ausweisapp("cvat-DEDEMODEV00038") else { return }
        #expect(certificate.authorization.terminalType == .authenticationTerminal)
        #expect(certificate.authorization.role == .terminal)
        #expect(certificate.authorization.bits == hex("000513ff87"))
        #expect(certificate.authorization.hasRight(0) && !certificate.authorization.hasRight(3))
        #expect(!certificate.authorization.readsDG3, "bit 0 of an authentication terminal is no right on DG3")
        #expect(
            certificate.extensions.map(\.objectIdentifier.description) == [
                "0.4.0.127.0.7.3.1.3.1", "0.4.0.127.0.7.3.1.3.2",
            ])
        #expect(try certificate.effectiveDate == day("2014-03-13"))
    }

    // MARK: bad input

    @Test func everyTruncation() throws {
        for name in ["ecdh-cvc-cvca", "dh-cvc-dv"] {
            let bytes = try Self.example(name)
            for count in 0..<bytes.count {
                #expect(throws: TrustError(.malformed)) { try CVCertificate(parsing: Array(bytes.prefix(count))) }
            }
            #expect(throws: TrustError(.malformed)) { try CVCertificate(parsing: bytes + [0]) }
        }
    }

    /// A changed byte either keeps the structure (its value changes) or is refused; nothing traps.
    @Test func everyChangedByte() throws {
        let bytes = try Self.example("ecdh-cvc-cvca")
        for index in bytes.indices {
            for change in [0x01, 0x80, 0xFF] as [UInt8] {
                var spoilt = bytes
                spoilt[index] ^= change
                do { _ = try CVCertificate(parsing: spoilt) } catch { #expect(error is TrustError, "byte \(index)") }
            }
        }
    }

    static func rebuilt(_ bytes: [UInt8], _ edit: (inout [[UInt8]]) -> Void) throws -> [UInt8] {
        let whole = try TLV(exactly: bytes)
        let parts = try whole.children()
        var fields = try parts[0].children().map { Array($0.encoded) }
        edit(&fields)
        return TLV.encode(0x7F21, children: [TLV.encode(0x7F4E, children: fields), Array(parts[1].encoded)])
    }

    static func withField(_ index: Int, _ tag: ISO7816.Tag, _ value: [UInt8], of name: String = "dh-cvc-terminal")
        throws
        -> [UInt8]
    {
        try rebuilt(example(name)) { $0[index] = TLV.encode(tag, value) }
    }

    @Test func orderAndRepetition() throws {
        let bytes = try Self.example("dh-cvc-terminal")
        #expect(try CVCertificate(parsing: Self.rebuilt(bytes) { _ in }).encoded == bytes)
        for index in 0..<7 {
            #expect(throws: TrustError(.malformed), "without \(index)") {
                try CVCertificate(parsing: Self.rebuilt(bytes) { $0.remove(at: index) })
            }
            #expect(throws: TrustError(.malformed), "\(index) twice") {
                try CVCertificate(parsing: Self.rebuilt(bytes) { $0.insert($0[index], at: index) })
            }
            if index > 0 {
                #expect(throws: TrustError(.malformed), "\(index) before its time") {
                    try CVCertificate(parsing: Self.rebuilt(bytes) { $0.swapAt(index, index - 1) })
                }
            }
        }
        #expect(throws: TrustError(.malformed)) {
            try CVCertificate(parsing: Self.rebuilt(bytes) { $0.append([0x04, 0x00]) })
        }
    }

    @Test func fieldsOutOfRange() throws {
        let wrong: [(Int, ISO7816.Tag, [UInt8])] = [
            (0, 0x5F29, [1]), (0, 0x5F29, []), (0, 0x5F29, [0, 0]),
            (1, 0x42, []), (1, 0x42, [UInt8](repeating: 0x41, count: 17)),
            (3, 0x5F20, []), (3, 0x5F20, [UInt8](repeating: 0x41, count: 17)),
            (5, 0x5F25, [1, 0, 0, 2, 3, 0]),  // 30 February
            (5, 0x5F25, [1, 0, 1, 3, 0, 1]), (5, 0x5F25, [1, 0, 0, 0, 0, 1]), (5, 0x5F25, [1, 0, 0, 1, 0, 0]),
            (5, 0x5F25, [1, 0, 0, 1, 0, 10]), (5, 0x5F25, Array("100101".utf8)), (5, 0x5F25, [1, 0, 0, 1, 0]),
            (6, 0x5F24, [1, 0, 0, 1, 0, 1, 1]), (6, 0x5F24, [0, 9, 0, 1, 0, 1]),  // before it is effective
        ]
        for (index, tag, value) in wrong {
            #expect(throws: TrustError(.malformed), "\(tag) \(value)") {
                try CVCertificate(parsing: Self.withField(index, tag, value))
            }
        }
    }

    @Test func authorizationTemplates() throws {
        func template(_ oid: String, _ bits: [UInt8]) -> [UInt8] { TLV.encode(0x06, hex(oid)) + TLV.encode(0x53, bits) }
        let bad: [[UInt8]] = [
            template("04007F000703010202", [0]), template("04007F000703010201", [0, 0]),
            template("04007F000703010203", []), [0x53, 0x01, 0x00], TLV.encode(0x53, [0]) + TLV.encode(0x06, [0x2A]),
            template("04007F000703010201", [0]) + [0x53, 0x01, 0x00], template("80", [0]), template("", [0]),
        ]
        for value in bad {
            #expect(throws: TrustError(.malformed)) { try CVCertificate(parsing: Self.withField(4, 0x7F4C, value)) }
        }
        #expect(throws: TrustError(.unknownTerminalType)) {
            try CVCertificate(parsing: Self.withField(4, 0x7F4C, template("04007F000703010204", [0])))
        }
    }

    @Test func publicKeys() throws {
        func key(_ oid: String, _ fields: (ISO7816.Tag, [UInt8])...) throws -> [UInt8] {
            let value = TLV.encode(0x06, hex(oid)) + fields.flatMap { TLV.encode($0.0, $0.1) }
            return try Self.withField(2, 0x7F49, value)
        }
        let rsa = "04007F00070202020102"
        let modulus = [UInt8](repeating: 0xC1, count: 256)
        #expect(try CVCertificate(parsing: key(rsa, (0x81, modulus), (0x82, [1, 0, 1]))).algorithm == .rsaPKCS1SHA256)
        #expect(throws: TrustError(.unsupportedAlgorithm)) {
            try CVCertificate(parsing: key("04007F00070202020107", (0x81, modulus), (0x82, [1, 0, 1])))
        }
        #expect(throws: TrustError(.unusableKey), "even exponent") {
            try CVCertificate(parsing: key(rsa, (0x81, modulus), (0x82, [2])))
        }
        #expect(throws: TrustError(.unusableKey), "short modulus") {
            try CVCertificate(parsing: key(rsa, (0x81, [0xC1]), (0x82, [3])))
        }
        #expect(throws: TrustError(.malformed), "no exponent") { try CVCertificate(parsing: key(rsa, (0x81, modulus))) }
        #expect(throws: TrustError(.malformed), "a point in an RSA key") {
            try CVCertificate(parsing: key(rsa, (0x81, modulus), (0x82, [3]), (0x86, [4])))
        }
        #expect(throws: TrustError(.malformed), "RSA numbers under an EC algorithm") {
            try CVCertificate(parsing: key("04007F00070202020203", (0x81, modulus), (0x82, [3])))
        }
        #expect(throws: TrustError(.malformed), "no point") { try CVCertificate(parsing: key("04007F00070202020203")) }
    }

    @Test func domainParametersWhereTheyMustNotBe() throws {
        let cvca = try CVCertificate(parsing: Self.example("ecdh-cvc-cvca"))
        let full = try cvca.publicKey.encoded(includesDomainParameters: true)
        let bare = try cvca.publicKey.encoded(includesDomainParameters: false)
        for name in ["ecdh-cvc-dv", "ecdh-cvc-terminal"] {
            #expect(throws: TrustError(.malformed)) {
                try CVCertificate(parsing: Self.rebuilt(Self.example(name)) { $0[2] = full })
            }
        }
        #expect(throws: TrustError(.malformed), "self-signed without parameters") {
            try CVCertificate(parsing: Self.rebuilt(Self.example("ecdh-cvc-cvca")) { $0[2] = bare })
        }
    }

    /// Every domain parameter counts: another generator of a known curve would let anyone sign (CVE-2020-0601).
    @Test func changedDomainParameters() throws {
        let bytes = try Self.example("ecdh-cvc-cvca")
        let key = try TLV(exactly: try TLV(exactly: bytes).children()[0].children()[2].encoded)
        for position in 1...7 {
            var fields = try key.children().map { ($0.tag, Array($0.value)) }
            fields[position].1[fields[position].1.count - 1] ^= 1
            let changed = TLV.encode(0x7F49, children: fields.map { TLV.encode($0.0, $0.1) })
            let expected: TrustError = position == 6 ? TrustError(.unusableKey) : TrustError(.unknownCurve)
            #expect(throws: expected, "\(fields[position].0)") {
                try CVCertificate(parsing: Self.rebuilt(bytes) { $0[2] = changed })
            }
        }
        // The base point's negative has the same x coordinate; infinity and a compressed public point are none.
        var fields = try key.children().map { ($0.tag, Array($0.value)) }
        fields[6].1 = [0]
        #expect(throws: TrustError(.unusableKey)) {
            try CVCertificate(
                parsing: Self.rebuilt(bytes) {
                    $0[2] = TLV.encode(0x7F49, children: fields.map { TLV.encode($0.0, $0.1) })
                })
        }
        let point = try CVCertificate(parsing: bytes).publicKey
        guard case .ec(let value) = point.material else { throw MissingField(key: "point") }
        fields[6].1 = [2 + (value.point.last ?? 0) & 1] + value.point[1..<65]
        #expect(throws: TrustError(.unusableKey)) {
            try CVCertificate(
                parsing: Self.rebuilt(bytes) {
                    $0[2] = TLV.encode(0x7F49, children: fields.map { TLV.encode($0.0, $0.1) })
                })
        }
    }

    @Test func lengthFieldsAndSizes() throws {
        let bytes = try Self.example("dh-cvc-terminal")
        let value = Array(try TLV(exactly: bytes).value)
        #expect(throws: TrustError(.malformed), "a length field longer than needed") {
            try CVCertificate(
                parsing: [0x7F, 0x21, 0x83, 0] + [UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value)
        }
        #expect(throws: TrustError(.limitExceeded)) {
            try CVCertificate(parsing: [UInt8](repeating: 0x7F, count: 8193))
        }
        #expect(throws: TrustError(.malformed)) { try CVCertificate(parsing: [0x30, 0x00]) }
        #expect(throws: TrustError(.malformed)) { try CVCertificate(parsing: []) }
        #expect(throws: TrustError(.limitExceeded)) {
            try CVCertificate(parsing: Self.rebuilt(bytes) { $0 += [[UInt8]](repeating: [0x04, 0x00], count: 40) })
        }
    }

    @Test func extensions() throws {
        let bytes = try Self.example("dh-cvc-terminal")
        func with(_ value: [UInt8]) throws -> [CVExtension] {
            try CVCertificate(parsing: Self.rebuilt(bytes) { $0.append(TLV.encode(0x65, value)) }).extensions
        }
        let one = TLV.encode(0x73, TLV.encode(0x06, [0x2A, 0x03]) + TLV.encode(0x80, [1]))
        #expect(try with(one + one).count == 2)
        for bad in [
            [], [0x73, 0x00], TLV.encode(0x73, [0x80, 0x00]), one + [0x04, 0x00], TLV.encode(0x73, [0x06, 0x01, 0x80]),
        ] {
            #expect(throws: TrustError(.malformed)) { try with(bad) }
        }
    }

    @Test func references() {
        #expect(CVReference("DECVCAEPASS00102")?.description == "DECVCAEPASS00102")
        #expect(CVReference("") == nil && CVReference("DECVCAEPASS001024") == nil && CVReference("DE漢字") == nil)
        #expect(CVReference([0xDC, 0x0A, 0x5C])?.description == "\\xDC\\x0A\\x5C")
        #expect(CVReference("Ü")?.bytes == [0xDC])
    }

    @Test func authorizationBits() throws {
        let both = CertificateHolderAuthorization.inspectionSystem(readsDG3: true, readsDG4: true)
        let dv = CertificateHolderAuthorization.inspectionSystem(
            .foreignDocumentVerifier, readsDG3: true, readsDG4: false)
        #expect(both.bits == [0x03] && dv.bits == [0x41] && dv.role.isDocumentVerifier)
        let effective = try #require(both.restricted(by: dv))
        #expect(effective.readsDG3 && !effective.readsDG4 && effective.role == .terminal)
        let other = try #require(CertificateHolderAuthorization(.signatureTerminal, bits: [0x03]))
        #expect(both.restricted(by: other) == nil && !other.readsDG3)
        #expect(CertificateHolderAuthorization(.authenticationTerminal, bits: [0]) == nil)
        #expect(!both.hasRight(-1) && !both.hasRight(6) && !both.hasRight(Int.max))
        let authority = CertificateHolderAuthorization.inspectionSystem(
            .certificationAuthority, readsDG3: false, readsDG4: false)
        #expect(!authority.hasRight(7) && !authority.hasRight(6), "role bits are no rights")
    }
}
