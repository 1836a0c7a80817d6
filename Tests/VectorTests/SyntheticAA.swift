import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// The computed examples of Active Authentication.
enum SyntheticAA {
    private static func digest(_ entry: VectorEntry) throws -> DigestAlgorithm {
        try #require(DigestAlgorithm(rawValue: entry.inputs.text("hash")))
    }

    /// The command carries the challenge, the response the signature.
    private static func checkCommand(_ entry: VectorEntry, signature: [UInt8]) throws {
        let command = CommandAPDU(ins: 0x88, data: try entry.inputs.bytes("RND_IFD"), expectedLength: 256)
        #expect(try command.encoded() == entry.outputs.bytes("command"))
        let response = try ResponseAPDU(parsing: entry.outputs.bytes("response"))
        #expect(response == ResponseAPDU(data: signature, statusWord: .success))
    }

    /// DG15 gives the key; the signature verifies, and no altered one does.
    static func rsa(_ entry: VectorEntry) throws {
        let (challenge, signature) = (try entry.inputs.bytes("RND_IFD"), try entry.outputs.bytes("signature"))
        try checkCommand(entry, signature: signature)
        #expect(try entry.outputs.text("expected") == "valid")
        let key = try DG15(parsing: entry.outputs.bytes("DG15")).publicKey.knownKey()
        let rsa = try RSAPublicKey(modulus: entry.inputs.bytes("n"), exponent: entry.inputs.bytes("e"))
        #expect(key == .rsa(rsa))
        let digest = try digest(entry)
        #expect(try ISO9796Signature.verify(signature, message: challenge, key: rsa)?.digest == digest)
        guard
            case .authentic = try ActiveAuthentication.verify(signature, challenge: challenge, key: key, algorithm: nil)
        else {
            Issue.record("a good signature is refused")
            return
        }

        // The block that the chip signs, and what the signature recovers to: the block, or with B.4 the modulus less it.
        let m1 = try entry.inputs.bytes("M1")
        var room = 0
        let block = try ISO9796Signature.block(length: rsa.modulus.count, message: challenge, digest: digest) {
            room = $0
            return m1
        }
        #expect(room == m1.count)
        #expect(block == (try entry.intermediate.bytes("F")))
        #expect(block.suffix(digest == .sha1 ? 1 : 2) == (try entry.intermediate.bytes("trailer"))[...])
        let recovered = try #require(try rsa.recover(signature))
        #expect((recovered == block) == entry.id.hasSuffix("B6"))
        // The chip's side: B.6 sends block^d; with B.4 the chip may send the modulus less it, which stands for the same block.
        var file = try entry.inputs.bytes("private_key_pkcs1")
        let chip = try PrivateKey.imported(clearing: &file)
        #expect(chip.publicKey == key)
        let raw = try chip.signRaw(block)
        #expect((raw == signature) == entry.id.hasSuffix("B6"))
        #expect(try ISO9796Signature.verify(raw, message: challenge, key: rsa) != nil)

        for index in stride(from: 0, to: signature.count, by: 7) {
            var altered = signature
            altered[index] ^= 1
            #expect(try ISO9796Signature.verify(altered, message: challenge, key: rsa) == nil, "byte \(index)")
        }
        #expect(try ISO9796Signature.verify(signature, message: challenge.reversed(), key: rsa) == nil)
    }

    static func refused(_ entry: VectorEntry) throws {
        #expect(try entry.outputs.text("expected") == "invalid")
        let key = try RSAPublicKey(modulus: entry.inputs.bytes("n"), exponent: entry.inputs.bytes("e"))
        let (challenge, signature) = (try entry.inputs.bytes("RND_IFD"), try entry.inputs.bytes("signature"))
        #expect(try ISO9796Signature.verify(signature, message: challenge, key: key) == nil)
        guard
            case .wrong = try ActiveAuthentication.verify(
                signature, challenge: challenge, key: .rsa(key), algorithm: nil)
        else {
            Issue.record("a bad signature is not refused as wrong")
            return
        }
    }

    /// DG15 gives the key, DG14 the hash; the signature is r || s of fixed width.
    static func ecdsa(_ entry: VectorEntry) throws {
        let (challenge, signature) = (try entry.inputs.bytes("RND_IFD"), try entry.outputs.bytes("signature_plain"))
        try checkCommand(entry, signature: signature)
        let curve = try #require(StandardCurve(rawValue: UInt8(entry.inputs.number("curve_id"))))
        let key = try DG15(parsing: entry.outputs.bytes("DG15")).publicKey.knownKey()
        #expect(try key == .ec(ECPublicKey(curve: curve, point: entry.inputs.bytes("public_key"))))
        let info = try #require(
            try DG14(parsing: entry.outputs.bytes("DG14")).securityInfos.activeAuthenticationInfos.first)
        let alone = try SecurityInfos(parsing: TLV.encode(0x31, entry.outputs.bytes("ActiveAuthenticationInfo")))
        #expect(alone.activeAuthenticationInfos == [info] && info.version == 1)

        let algorithm = info.signatureAlgorithm
        func result(_ signature: [UInt8], _ challenge: [UInt8]) throws -> Bool {
            switch try ActiveAuthentication.verify(signature, challenge: challenge, key: key, algorithm: algorithm) {
            case .authentic: return true
            case .wrong: return false
            default: throw UnexpectedResult()
            }
        }
        #expect(try result(signature, challenge))
        #expect(try !result(signature, challenge.reversed()))
        for index in stride(from: 0, to: signature.count, by: 7) {
            var altered = signature
            altered[index] ^= 1
            #expect(try !result(altered, challenge), "byte \(index)")
        }
        let scheme = SignatureScheme.ecdsaPlain(try digest(entry))
        #expect(
            try key.isValid(signature: signature, for: challenge, scheme: scheme), "the hash of DG14 is the named one")

        // The chip's side, whose signatures are never the same.
        let chip = try PrivateKey.ec(curve, scalar: secret(entry.inputs.bytes("private_key")))
        #expect(chip.publicKey == key)
        #expect(try result(chip.sign(challenge, scheme: scheme), challenge))
    }

    private struct UnexpectedResult: Error {}
}
