import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

/// The computed examples of public keys that must be refused, and of secrets with leading zeros.
enum SyntheticKeys {
    private static func domain(_ entry: VectorEntry) throws -> DomainParameters {
        guard entry.inputs.has("curve") else {
            return try #require(DomainParameters(parameterId: entry.inputs.number("parameterId")))
        }
        #expect(try entry.inputs.text("curve") == "brainpoolP256r1")
        return .ecdh(.brainpoolP256r1)
    }

    static func points(_ entry: VectorEntry) throws {
        let points = try entry.outputs.elements("points")
        #expect(points.count == 7)
        for point in points { try refuse(point, domain(entry)) }
    }

    static func values(_ entry: VectorEntry) throws {
        let values = try entry.outputs.elements("values")
        #expect(values.count == 5)
        for value in values { try refuse(value, domain(entry)) }
    }

    /// Refused where keys come in, and where secrets are made.
    private static func refuse(_ value: JSONValue, _ domain: DomainParameters) throws {
        let (what, bytes) = (try value.text("what"), try value.bytes("value"))
        let group = try domain.makeGroup()
        let scalar = try group.randomScalar()
        #expect(throws: CryptoError(.invalidPoint), "\(what)") { _ = try group.decodePublicKey(bytes) }
        #expect(throws: CryptoError(.invalidPoint), "\(what)") {
            _ = try KeyAgreementPublicKey(domain: domain, encoded: bytes)
        }
        #expect(throws: CryptoError(.invalidPoint), "\(what)") { _ = try group.sharedSecret(scalar, publicKey: bytes) }
        let nonce = try randomSecret(16)
        #expect(throws: CryptoError(.invalidPoint), "\(what)") {
            _ = try group.mapGeneric(nonce: nonce, scalar: scalar, publicKey: bytes)
        }
    }

    /// The secret keeps the width of the field; without its leading zeros other keys would come out.
    static func leadingZero(_ entry: VectorEntry) throws {
        let domain = try domain(entry)
        let peer = try KeyAgreementPublicKey(domain: domain, encoded: entry.inputs.bytes("peer_public"))
        let shared = try domain.makeGroup().sharedSecret(
            secret(entry.inputs.bytes("private_key")), publicKey: peer.encoded)
        let bytes = open(shared)
        #expect(bytes.first == 0 && bytes.count == domain.secretLength)
        #expect(
            bytes == (try entry.outputs.bytes(entry.outputs.has("shared_secret") ? "shared_secret" : "shared_secret_x"))
        )
        let keys = try SessionKeys(.aes128, secret: shared)
        #expect(open(keys.encryption) == (try entry.outputs.bytes("KSEnc_AES128")))
        #expect(open(keys.mac) == (try entry.outputs.bytes("KSMAC_AES128")))
        let stripped = try SessionKeys(.aes128, secret: secret(Array(bytes.drop { $0 == 0 })))
        #expect(open(stripped.encryption) == (try entry.outputs.bytes("wrong_KSEnc_if_stripped")))
    }
}
