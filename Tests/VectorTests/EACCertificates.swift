import EMRTDCrypto
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// The card-verifiable certificates of the worked example of BSI, and the terminal's signature.
enum EACCertificates {
    private static func flavour(_ entry: VectorEntry) -> String { entry.id.hasPrefix("eac-ecdh-") ? "ecdh" : "dh" }

    private static func certificate(_ flavour: String, _ name: String) throws -> CVCertificate {
        let entry = try EACVectorTests.entries.named("eac-\(flavour)-cvc-\(name)")
        return try CVCertificate(parsing: entry.inputs.bytes("certificate"))
    }

    /// A chip that trusts the example's CVCA, on a day when its certificates are valid.
    private static func trustPoints(_ flavour: String) throws -> CVTrustPoints {
        let root = try certificate(flavour, "cvca")
        return try CVTrustPoints([root], date: root.effectiveDate)
    }

    /// Every field as printed, and the signature of its issuer; an altered body or signature is refused.
    static func certificate(_ entry: VectorEntry) throws {
        let (inputs, middle, outputs) = (entry.inputs, entry.intermediate, entry.outputs)
        let certificate = try CVCertificate(parsing: inputs.bytes("certificate"))
        #expect(certificate.encoded == (try inputs.bytes("certificate")))
        #expect(certificate.body == (try middle.bytes("body")))
        #expect(certificate.signature == (try middle.bytes("signature")))
        #expect(try outputs.text("CPI") == "00")
        #expect(certificate.authorityReference == CVReference(try outputs.text("CAR")))
        #expect(certificate.holderReference == CVReference(try outputs.text("CHR")))
        let template = try TLV(exactly: TLV.encode(0x7F4C, outputs.bytes("CHAT")))
        let authorization = try CertificateHolderAuthorization(template: template)
        #expect(certificate.authorization == authorization)
        #expect("\(certificate.effectiveDate)" == (try outputs.text("effective")))
        #expect("\(certificate.expirationDate)" == (try outputs.text("expiration")))
        let key = try TLV(exactly: TLV.encode(0x7F49, outputs.bytes("public_key_template")))
        #expect(try certificate.publicKey == CVPublicKey(parsing: key))
        try checkRole(entry, certificate)
        try checkSignature(entry)
    }

    /// The example's root is one of inspection systems, and what it signs is of authentication terminals.
    private static func checkRole(_ entry: VectorEntry, _ certificate: CVCertificate) throws {
        let (role, type) = (certificate.authorization.role, certificate.authorization.terminalType)
        switch entry.id.split(separator: "-").last {
        case "cvca": #expect(role == .certificationAuthority && certificate.isSelfSigned && type == .inspectionSystem)
        case "dv": #expect(role.isDocumentVerifier && type == .authenticationTerminal)
        default: #expect(role == .terminal && type == .authenticationTerminal)
        }
        #expect(certificate.algorithm == (flavour(entry) == "ecdh" ? .ecdsaSHA512 : .rsaPKCS1SHA1))
    }

    /// The keys of a flavour, each with the domain parameters of its issuer.
    private static func key(_ flavour: String, _ name: String) throws -> PublicKey {
        let certificate = try certificate(flavour, name)
        switch name {
        case "cvca": return try certificate.publicKey.publicKey(inheritingFrom: nil)
        case "dv": return try certificate.publicKey.publicKey(inheritingFrom: key(flavour, "cvca"))
        default: return try certificate.publicKey.publicKey(inheritingFrom: key(flavour, "dv"))
        }
    }

    private static func checkSignature(_ entry: VectorEntry) throws {
        let flavour = flavour(entry)
        let certificate = try CVCertificate(parsing: entry.inputs.bytes("certificate"))
        let issuer = try key(flavour, entry.id.hasSuffix("-terminal") ? "dv" : "cvca")
        let scheme = certificate.algorithm.scheme
        #expect(try issuer.isValid(signature: certificate.signature, for: certificate.body, scheme: scheme))
        for index in [certificate.encoded.count - 1, certificate.encoded.count - 30] {
            var bytes = certificate.encoded
            bytes[index] ^= 1
            let altered = try CVCertificate(parsing: bytes)
            #expect(try !issuer.isValid(signature: altered.signature, for: altered.body, scheme: scheme))
            guard certificate.isSelfSigned else { continue }
            #expect(throws: TrustError(.unusableKey)) { _ = try CVTrustPoints([altered], date: altered.effectiveDate) }
        }
    }

    /// Signatures and names are right, and yet the path is none: the terminal type must be one along it (see the errata).
    static func chainOfTwoTypes(_ flavour: String) throws {
        let chain = try #require(CVCertificateChain([certificate(flavour, "dv"), certificate(flavour, "terminal")]))
        guard case .failure(let refusal) = try chain.verify(from: trustPoints(flavour)) else {
            Issue.record("a chain of two terminal types is accepted")
            return
        }
        #expect(refusal.code == .wrongTerminalType)
    }

    /// The key of the terminal's certificate verifies the signature; the private key belongs to it and makes another one.
    static func terminalSignature(_ entry: VectorEntry) throws {
        let flavour = flavour(entry)
        let terminal = try self.key(flavour, "terminal")
        let scheme = try certificate(flavour, "terminal").algorithm.scheme
        let (message, signature) = (
            try entry.intermediate.bytes("signed_message"), try entry.outputs.bytes("signature")
        )
        // ID_PICC || r_PICC || Comp(PK_PCD) || A_PCD.
        let parts = try ["ID_PICC", "r_PICC", "Comp_PK_PCD", "auxiliary_data"].flatMap { try entry.inputs.bytes($0) }
        #expect(parts == message)
        let challenge = try entry.inputs.bytes("r_PICC")
        #expect(try EACChipAuthentication.signedMessage(flavour, challenge: challenge) == message)
        #expect(try terminal.isValid(signature: signature, for: message, scheme: scheme))
        for index in message.indices {
            var altered = message
            altered[index] ^= 1
            #expect(try !terminal.isValid(signature: signature, for: altered, scheme: scheme), "byte \(index)")
        }

        var file = try entry.inputs.bytes("ta_private_key_pkcs8")
        let key = try PrivateKey.imported(clearing: &file)
        #expect(key.publicKey == terminal)
        let own = try key.sign(message, scheme: scheme)
        #expect(try terminal.isValid(signature: own, for: message, scheme: scheme))
        // RSA with PKCS #1 is deterministic, ECDSA is not.
        #expect((own == signature) == (flavour == "dh"))
        if entry.inputs.has("ta_private_scalar") {
            let scalar = try key.withScalar { open($0) }
            #expect(scalar == (try entry.inputs.bytes("ta_private_scalar")))
        }
    }
}
