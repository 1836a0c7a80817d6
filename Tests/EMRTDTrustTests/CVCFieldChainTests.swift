import EMRTDCrypto
import EMRTDTestSupport
import LDS
import Testing

@testable import EMRTDTrust

/// Chains that others made: the worked examples of BSI, AusweisApp, OpenPACE and PersoSim.
@Suite("CV certificates: chains of others") struct CVCFieldChainTests {
    static func verify(_ names: [String], from trust: String, folder: String = "cvc_ausweisapp", on date: String) throws
        -> Result<(terminal: CVVerifiedKey, trustPoints: CVTrustPoints), CVRefusal>?
    {
        guard let root = try CVCField.certificate("\(folder)/\(trust)") else { return nil }
        let certificates = try names.compactMap { try CVCField.certificate("\(folder)/\($0)") }
        return try #require(CVCertificateChain(certificates)).verify(from: CVTrustPoints([root], date: day(date)))
    }

    /// In the worked examples every signature is right, but an authority over inspection systems signs for authentication
    /// terminals: cards and this library refuse that.
    static func expectSignaturesAlone(_ root: CVCertificate, _ verifier: CVCertificate, _ terminal: CVCertificate)
        throws
    {
        let points = try CVTrustPoints([root], date: verifier.effectiveDate)
        let chain = try #require(
            CVCertificateChain.path(to: terminal, from: points.references, in: [terminal, verifier, root]))
        #expect(throws: CVRefusal(.wrongTerminalType, "", certificate: nil)) { try chain.verify(from: points).get() }
        var issuer = try root.publicKey.publicKey(inheritingFrom: nil)
        var algorithm = root.algorithm
        for certificate in chain.certificates {
            for spoils in [false, true] {
                var signature = certificate.signature
                if spoils { signature[signature.count - 1] ^= 1 }
                #expect(
                    try issuer.isValid(signature: signature, for: certificate.body, scheme: algorithm.scheme) == !spoils
                )
            }
            issuer = try certificate.publicKey.publicKey(inheritingFrom: issuer)
            algorithm = certificate.algorithm
        }
        // A wrong signature is found before the terminal type is looked at.
        var spoilt = verifier.encoded
        spoilt[spoilt.count - 1] ^= 1
        let forged = try #require(CVCertificateChain([CVCertificate(parsing: spoilt), terminal]))
        #expect(throws: CVRefusal(.invalidSignature, "", certificate: nil)) { try forged.verify(from: points).get() }
    }

    @Test(arguments: ["ecdh", "dh"])
    func workedExamples(name: String) throws {
        let all = try ["cvca", "dv", "terminal"].map {
            try CVCertificate(parsing: CVCParsingTests.example("\(name)-cvc-\($0)"))
        }
        try Self.expectSignaturesAlone(all[0], all[1], all[2])
    }

    @Test func theGermanAuthority() throws {
        let path = ["cvca-DECVCAeID00102_DECVCAeID00103.hex", "cvdv-DEDVeIDDTR101415.hex", "cvat-DE0000024001HW.hex"]
        guard let result = try Self.verify(path, from: "cvca-DECVCAeID00102.hex", on: "2010-10-18") else { return }
        let (key, points) = try result.get()
        #expect(key.authorization.bits.hexadecimalText == "0001009804")
        #expect(points.references.map(\.description) == ["DECVCAeID00103", "DECVCAeID00102"])
        #expect(try points.currentDate == day("2014-10-23"), "the document verifier's; it is not domestic and official")
        // The new certificate of the authority signs the same.
        let short = try Self.verify(Array(path.dropFirst()), from: "cvca-DECVCAeID00103.hex", on: "2014-10-23")
        #expect(throws: Never.self) { try short?.get() }
        // Not from the one before, nor years later.
        let wrong = try Self.verify(Array(path.dropFirst()), from: "cvca-DECVCAeID00102.hex", on: "2014-10-23")
        #expect(throws: CVRefusal(.unknownAuthority, "", certificate: nil)) { try wrong?.get() }
        let late = try Self.verify(path, from: "cvca-DECVCAeID00102.hex", on: "2020-01-01")
        #expect(throws: CVRefusal(.expired, "", certificate: nil)) { try late?.get() }
    }

    @Test func theTestAuthority() throws {
        let links = ["cvca-DETESTeID00002_DETESTeID00001.hex", "cvca-DETESTeID00004_DETESTeID00002.hex"]
        for (verifier, terminal, date) in [
            ("cvdv-DEDVeIDDPST00035.hex", "cvat-DEDEMODEV00038.hex", "2014-03-13"),
            ("cvdv-DEDVeIDDPST00039.hex", "cvat-DEDEMOPAA00079.hex", "2014-10-29"),
        ] {
            guard
                let all = try Self.verify(
                    links + [verifier, terminal], from: "cvca-DETESTeID00001.hex", on: "2010-01-01")
            else { return }
            #expect(throws: Never.self) { try all.get() }
            let short = try Self.verify([verifier, terminal], from: "cvca-DETESTeID00004.hex", on: date)
            #expect(throws: Never.self) { try short?.get() }
            // Each root signed itself, and each link brings its key.
            for (link, root) in [(links[0], "cvca-DETESTeID00002"), (links[1], "cvca-DETESTeID00004")] {
                let own = try #require(try CVCField.ausweisapp(root))
                #expect(try CVCField.certificate("cvc_ausweisapp/\(link)")?.publicKey == own.publicKey)
            }
        }
        // The terminal of another document verifier.
        let crossed = try Self.verify(
            ["cvdv-DEDVtIDGVNK00005.hex", "cvat-DEDEVDEMO00020.hex"], from: "cvca-DETESTeID00004.hex", on: "2015-05-07")
        #expect(throws: CVRefusal(.unknownAuthority, "", certificate: nil)) { try crossed?.get() }
    }

    /// DETESTeID00005 is only among PersoSim's certificates, what it signed among AusweisApp's.
    @Test func aChainOverTwoCollections() throws {
        guard let root = try CVCField.certificate("cvc_persosim/DETESTeID00005.cvcert"),
            let verifier = try CVCField.ausweisapp("cvdv-DEDVtIDGVNK00005"),
            let terminal = try CVCField.ausweisapp("cvat-DEDEVDEMO00020")
        else { return }
        let points = try CVTrustPoints([root], date: day("2015-05-04"))
        let key = try #require(CVCertificateChain([verifier, terminal])).verify(from: points).get().terminal
        #expect(key.authorization.bits.hexadecimalText == "000513ff87".uppercased())
    }

    /// Templates of AusweisApp have the form of certificates and no right signature.
    @Test func templates() throws {
        guard let root = try CVCField.ausweisapp("cvca-template-HolderXXXXXXXX_AuthorityXXXXX") else { return }
        let bits: CertificateHolderAuthorization.Role = root.authorization.role
        #expect(bits == .certificationAuthority && root.isLink)
        let points = try CVTrustPoints([root], date: day("2013-01-01"))
        let verifier = try #require(try CVCField.ausweisapp("cvdv-template-HolderXXXXXXXXXX_AuthorityXXXXX"))
        let terminal = try #require(try CVCField.ausweisapp("cvat-template-HolderXXXXXXXX_AuthorityXXXXXXX"))
        let chain = CVCertificateChain.path(to: terminal, from: points.references, in: [verifier])
        #expect(chain == nil, "the template's names lead nowhere")
    }

    @Test func openPACE() throws {
        for (verifier, terminal, example) in [
            ("dv_cert_19.cvcert", "at_cert_19a.cvcert", "dh"),
            ("dv_cert_19_ecdh.cvcert", "at_cert_19a_ecdh.cvcert", "ecdh"),
        ] {
            guard let verifier = try CVCField.certificate("cvc_openpace/\(verifier)"),
                let terminal = try CVCField.certificate("cvc_openpace/\(terminal)")
            else { return }
            let root = try CVCertificate(parsing: CVCParsingTests.example("\(example)-cvc-cvca"))
            try Self.expectSignaturesAlone(root, verifier, terminal)
        }
        for name in ["DECVCAEPASS00102", "DECVCAeID00102", "DECVCAeSign00102"] {
            let root = try #require(try CVCField.certificate("cvc_openpace/\(name)"))
            #expect(throws: Never.self) { try CVTrustPoints([root], date: root.effectiveDate) }
        }
    }

    @Test(arguments: ["IS", "AT", "ST"])
    func persosim(type: String) throws {
        let folder = "cvc_persosim/CFG.DFLT.EAC.\(type)"
        let lower = type.lowercased()
        let files = ["CVCA_Cert_01.cvcert", "dv_\(lower)_cert_1.cvcert", "\(lower)_cert_1.cvcert"]
        let all = try files.compactMap { try CVCField.certificate("\(folder)/\($0)") }
        guard all.count == 3 else { return }
        let points = try CVTrustPoints([all[0]], date: day("2016-12-01"))
        let key = try #require(CVCertificateChain([all[1], all[2]])).verify(from: points).get().terminal
        if type == "IS" {
            #expect(key.authorization.readsDG3 && key.authorization.readsDG4 && key.authorization.bits == [0x03])
        }
        // The private keys in PKCS #8 with explicit parameters belong to the certificates, and to no other.
        let names = ["CVCA_KEY_01.pkcs8", "DV_Key_01_\(lower).pkcs8", "\(type)_Key_01_default.pkcs8"]
        for (index, name) in names.enumerated() {
            guard var bytes = try? CVCField.file("\(folder)/\(name)") else { continue }
            let imported = try PrivateKey.imported(clearing: &bytes)
            #expect(bytes.allSatisfy { $0 == 0 })
            for (other, certificate) in all.enumerated() {
                let own = try certificate.publicKey.publicKey(inheritingFrom: key.publicKey)
                #expect((own == imported.publicKey) == (other == index), "\(name)")
            }
            // It signs what the certificate verifies.
            let signature = try imported.sign([1, 2, 3], scheme: all[index].algorithm.scheme)
            #expect(
                try imported.publicKey.isValid(
                    signature: signature, for: [1, 2, 3], scheme: all[index].algorithm.scheme))
        }
    }
}

extension [UInt8] {
    fileprivate var hexadecimalText: String { hex(self) }
}
