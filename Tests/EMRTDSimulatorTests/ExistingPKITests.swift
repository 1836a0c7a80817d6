import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import LDS
import Testing

/// Documents signed with keys and certificates that openssl made.
@Suite struct ExistingPKITests {
    /// How openssl makes the key, and how it signs a certificate with it.
    struct Kind: Sendable, CustomTestStringConvertible {
        let key: String
        let signing: String
        var testDescription: String { key + " " + signing }
    }

    static let kinds = [
        Kind(key: "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3", signing: "-sha256"),
        Kind(
            key: "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            signing: "-sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64"),
        Kind(
            key: "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            signing: "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20"),
        Kind(key: "-algorithm EC -pkeyopt ec_paramgen_curve:secp224r1", signing: "-sha224"),
        Kind(
            key: "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP320r1 -pkeyopt ec_param_enc:explicit",
            signing: "-sha384"),
        Kind(key: "-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP512r1", signing: "-sha512"),
        Kind(
            key: "-algorithm EC -pkeyopt ec_paramgen_curve:secp521r1 -pkeyopt ec_param_enc:explicit",
            signing: "-sha512"),
    ]

    /// A CSCA and a document signer of one kind, both of openssl.
    private static func made(_ kind: Kind) throws -> (folder: OpenSSLFolder, csca: CertifiedKey, signer: CertifiedKey) {
        let folder = try OpenSSLFolder()
        try folder.write(
            "c.cnf",
            Array(
                """
                [req]
                distinguished_name=n
                [n]
                [csca]
                basicConstraints=critical,CA:TRUE
                keyUsage=critical,keyCertSign,cRLSign
                subjectKeyIdentifier=hash
                [ds]
                keyUsage=critical,digitalSignature
                authorityKeyIdentifier=keyid
                """.utf8))
        for name in ["csca", "ds"] {
            #expect(try folder.openssl("genpkey \(kind.key) -out \(name).key") == 0)
        }
        #expect(
            try folder.openssl(
                "req -x509 -config c.cnf -extensions csca -key csca.key -subj /C=UT/CN=CSCA -days 4000 \(kind.signing) -out csca.pem"
            ) == 0)
        #expect(try folder.openssl("req -new -config c.cnf -key ds.key -subj /C=UT/CN=DS -out ds.csr") == 0)
        #expect(
            try folder.openssl(
                "x509 -req -in ds.csr -CA csca.pem -CAkey csca.key -extfile c.cnf -extensions ds -set_serial 200 -days 4000 "
                    + "\(kind.signing) -out ds.pem") == 0)
        return (folder, try load(folder, "csca"), try load(folder, "ds"))
    }

    private static func load(_ folder: OpenSSLFolder, _ name: String) throws -> CertifiedKey {
        var bytes = try folder.read(name + ".key")
        let key = try PrivateKey.imported(clearing: &bytes)
        return try CertifiedKey(certificate(folder, name), privateKey: key)
    }

    private static func certificate(_ folder: OpenSSLFolder, _ name: String) throws -> Certificate {
        try #require(
            try TrustStore(contentsOf: folder.url.appendingPathComponent(name + ".pem").path).certificates.first)
    }

    private func report(
        _ document: PersonalisedDocument, _ csca: Certificate, allowsTestPKI: Bool
    ) throws -> PassiveAuthenticationReport {
        var policy = TrustPolicy.field
        policy.allowsTestPKI = allowsTestPKI
        var groups: [DataGroupNumber: DataGroupState] = [:]
        for file in document.applicationFiles where file.name.hasPrefix("DG") {
            groups[try #require(DataGroupNumber(rawValue: file.shortIdentifier))] = .read(file.content)
        }
        return PassiveAuthentication(store: TrustStore(certificates: [csca]), policy: policy).verify(
            PassiveAuthenticationInput(
                efSOD: document.file(named: "EF.SOD")?.content, dataGroups: groups, issuingState: "UTO"))
    }

    @Test(arguments: kinds) func theGivenSignerSigns(_ kind: Kind) throws {
        let (folder, _, signer) = try Self.made(kind)
        let csca = try Self.certificate(folder, "csca")
        var options = PersonalisationOptions.passportTD3(today: CalendarDate(clampingDaysSinceEpoch: 20_500))
        options.existingPKI = .documentSigner(signer, csca: csca)
        let document = try Personaliser(options).personalise()
        #expect(document.documentSignerCertificate == signer.certificate && document.cscaCertificate == csca.encoded)
        let report = try report(document, csca, allowsTestPKI: false)
        #expect(report.dataIsAuthenticated && !report.isTestPKI, "\(report.checks)")
        for id in [CheckID.sodSignature, .sodAttributes, .dsChain, .dataGroup(.dg1), .issuingState] {
            #expect(
                report[id]?.result == .successful && report[id]?.leniencies == [], "\(report[id]?.description ?? "")")
        }
        let sod = try #require(document.file(named: "EF.SOD")?.content)
        try folder.write("sod", OpenSSL.withoutOuterTag(sod))
        // openssl 3 refuses chains with explicit parameters.
        let chain = kind.key.contains("explicit") ? "-noverify" : "-CAfile csca.pem -purpose any"
        #expect(try folder.openssl("cms -verify -binary -inform DER -in sod \(chain) -out content") == 0)
    }

    @Test(arguments: kinds.prefix(5)) func theGivenCSCACertifiesASigner(_ kind: Kind) throws {
        let (folder, csca, _) = try Self.made(kind)
        let anchor = try Self.certificate(folder, "csca")
        var options = PersonalisationOptions.passportTD3(today: CalendarDate(clampingDaysSinceEpoch: 20_500))
        options.existingPKI = .csca(csca)
        let document = try Personaliser(options).personalise()
        let marked = try report(document, anchor, allowsTestPKI: false)
        #expect(marked[.dsChain]?.code == .dsTestPKI && !marked.dataIsAuthenticated)
        let allowed = try report(document, anchor, allowsTestPKI: true)
        #expect(allowed.dataIsAuthenticated && allowed.isTestPKI, "\(allowed.checks)")
    }

    @Test func refusesTheKeyOfAnother() throws {
        let (folder, csca, _) = try Self.made(Self.kinds[3])
        let signer = try Self.certificate(folder, "ds")
        #expect(throws: PersonalisationError(.keyMismatch, "")) {
            try CertifiedKey(signer, privateKey: csca.key.privateKey)
        }
        let rsa = try PrivateKey.generateRSA(bits: 2048)
        #expect(throws: PersonalisationError(.keyMismatch, "")) { try CertifiedKey(signer, privateKey: rsa) }
        // A scheme that does not fit is found when it signs.
        let misfit = try CertifiedKey(
            Self.certificate(folder, "csca"), privateKey: csca.key.privateKey, scheme: .rsaPKCS1(.sha256))
        #expect(throws: CryptoError.self) { try misfit.key.sign([1]) }
    }
}
