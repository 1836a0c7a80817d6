import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// Chip Authentication with chips whose keys the `openssl` program made, and which agree on secrets with it.
@Suite struct ChipAuthenticationOpenSSLTests {
    /// How a key is made, and what it must be recognised as.
    struct Kind: Sendable, CustomTestStringConvertible {
        let options: String
        let domain: DomainParameters

        var testDescription: String { options }
    }

    static let kinds: [Kind] = {
        var kinds: [Kind] = []
        let names: [(StandardCurve, String)] = [
            (.secp192r1, "prime192v1"), (.secp224r1, "secp224r1"), (.secp256r1, "prime256v1"),
            (.secp384r1, "secp384r1"), (.secp521r1, "secp521r1"), (.brainpoolP192r1, "brainpoolP192r1"),
            (.brainpoolP224r1, "brainpoolP224r1"), (.brainpoolP256r1, "brainpoolP256r1"),
            (.brainpoolP320r1, "brainpoolP320r1"), (.brainpoolP384r1, "brainpoolP384r1"),
            (.brainpoolP512r1, "brainpoolP512r1"),
        ]
        for (curve, name) in names {
            for encoding in ["named_curve", "explicit"] {
                kinds.append(
                    Kind(
                        options: "EC -pkeyopt ec_paramgen_curve:\(name) -pkeyopt ec_param_enc:\(encoding)",
                        domain: .ecdh(curve)))
            }
        }
        // DHX writes p, g and q (X9.42), DH only p and g (PKCS #3).
        for (group, name) in zip(DHGroup.allCases, ["dh_1024_160", "dh_2048_224", "dh_2048_256"]) {
            for algorithm in ["DHX", "DH"] {
                kinds.append(Kind(options: "\(algorithm) -pkeyopt group:\(name)", domain: .dh(group)))
            }
        }
        return kinds
    }()

    /// SubjectPublicKeyInfo with the algorithm of another one and a key of its own.
    private func replacing(_ key: [UInt8], in info: [UInt8], isNumber: Bool) throws -> [UInt8] {
        let algorithm = try #require(try TLV.parseAll(TLV(exactly: info).value).first).encoded
        let bits = isNumber ? TLV.encode(0x02, (key.first ?? 0) >= 0x80 ? [0] + key : key) : key
        return TLV.encode(0x30, Array(algorithm) + TLV.encode(0x03, [0] + bits))
    }

    @Test(arguments: kinds) func opensslIsTheChip(_ kind: Kind) async throws {
        let folder = try OpenSSLFolder()
        try #require(try folder.openssl("genpkey -algorithm \(kind.options) -out key.pem") == 0)
        try #require(try folder.openssl("pkey -in key.pem -pubout -outform DER -out public.der") == 0)
        let info = try folder.read("public.der")
        let isNumber = if case .dh = kind.domain { true } else { false }
        // DG14 with a key and no ChipAuthenticationInfo, and with one.
        let key = ChipAuthenticationChoiceTests.sequence(
            try ChipAuthenticationChoiceTests.identifier("0.4.0.127.0.7.2.2.1.\(isNumber ? 1 : 2)"), info)
        let announced = try ChipAuthenticationChoiceTests.info(isNumber ? "1.4" : "2.4")
        for infos in [[key], [announced, key]] {
            let choices = try ChipAuthenticationChoiceTests.choices(infos)
            try #require(choices.count == 1)
            let choice = choices[0]
            #expect(choice.parameterId == kind.domain.parameterId && choice.isInferred == (infos.count == 1))
            var sent: [UInt8] = []
            let card = AnsweringCard { command in
                if let template = try? TLV(exactly: command.data), template.tag == 0x7C {
                    sent = Array(try template.child(0x80).value)
                } else if let object = try TLV.parseAll(command.data[...]).first(where: { $0.tag == 0x91 }) {
                    sent = Array(object.value)
                }
                return ResponseAPDU()
            }
            let success = try await ChipAuthenticationTerminal(choice).run(card)
            let ephemeral = success.ephemeralPublicKey
            #expect(sent == ephemeral)
            // Leading zeros of a number do not belong into an INTEGER.
            let number = Array(sent.drop { isNumber && $0 == 0 })
            try folder.write("peer.der", try replacing(number, in: info, isNumber: isNumber))
            try #require(
                try folder.openssl("pkeyutl -derive -inkey key.pem -peerkey peer.der -peerform DER -out secret") == 0)
            // OpenSSL drops the leading zeros of a number.
            let derived = try folder.read("secret")
            let missing = kind.domain.secretLength - derived.count
            #expect(missing == 0 || isNumber && missing > 0)
            let secret = [UInt8](repeating: 0, count: max(missing, 0)) + derived
            let expected = try SessionKeys(
                choice.protocol.cipher.blockCipher, secret: SecretBytes(copying: secret))
            #expect(open(success.keys.encryption) == open(expected.encryption))
            #expect(open(success.keys.mac) == open(expected.mac))
        }
    }

    /// Groups and curves that no document may have, well known as they are, match nothing and are not offered.
    @Test(arguments: [
        "DH -pkeyopt group:modp_2048", "DH -pkeyopt group:ffdhe2048", "EC -pkeyopt ec_paramgen_curve:secp256k1",
        "EC -pkeyopt ec_paramgen_curve:secp256k1 -pkeyopt ec_param_enc:explicit",
        "EC -pkeyopt ec_paramgen_curve:brainpoolP256t1 -pkeyopt ec_param_enc:explicit", "X25519",
    ])
    func otherGroups(_ options: String) throws {
        let folder = try OpenSSLFolder()
        try #require(try folder.openssl("genpkey -algorithm \(options) -out key.pem") == 0)
        try #require(try folder.openssl("pkey -in key.pem -pubout -outform DER -out public.der") == 0)
        let info = try folder.read("public.der")
        #expect(throws: KnownKeyError.self) { try SubjectPublicKeyInfo(parsing: info).keyAgreementKey() }
        for kind in ["1", "2"] {
            let key = ChipAuthenticationChoiceTests.sequence(
                try ChipAuthenticationChoiceTests.identifier("0.4.0.127.0.7.2.2.1.\(kind)"), info)
            #expect(try ChipAuthenticationChoiceTests.choices([key]).isEmpty)
        }
    }
}
