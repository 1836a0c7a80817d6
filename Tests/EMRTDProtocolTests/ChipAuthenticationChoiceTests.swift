import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// What DG14's infos are turned into, and in which order it is tried.
@Suite struct ChipAuthenticationChoiceTests {
    static let arc = "0.4.0.127.0.7.2.2"

    static func identifier(_ dotted: String) throws -> [UInt8] {
        TLV.encode(0x06, try #require(OID(dotted)).encoded)
    }

    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        TLV.encode(0x02, (bytes.first ?? 0) & 0x80 != 0 ? [0] + bytes : bytes)
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { TLV.encode(0x30, children: parts) }

    static func info(_ suffix: String, version: UInt8 = 1, keyId: UInt8? = nil) throws -> [UInt8] {
        sequence(try identifier("\(arc).3.\(suffix)"), integer([version]), keyId.map { integer([$0]) } ?? [])
    }

    /// ChipAuthenticationPublicKeyInfo with the standardised domain parameters of an id.
    static func key(_ key: KeyAgreementPublicKey, keyId: UInt8? = nil) throws -> [UInt8] {
        let parameters = sequence(
            try identifier("0.4.0.127.0.7.1.2"), integer([UInt8(key.domain.parameterId)]))
        let kind = if case .dh = key.domain { "1" } else { "2" }
        return sequence(
            try identifier("\(arc).1.\(kind)"), sequence(parameters, TLV.encode(0x03, [0] + key.encoded)),
            keyId.map { integer([$0]) } ?? [])
    }

    static func choices(_ infos: [[UInt8]]) throws -> [ChipAuthenticationParameters] {
        ChipAuthenticationParameters.choices(try SecurityInfos(parsing: TLV.encode(0x31, children: infos)))
    }

    static func label(_ choice: ChipAuthenticationParameters) -> String {
        let keyId = choice.keyId.map { " key " + hex($0) } ?? ""
        return "\(choice.protocol.agreement.rawValue) \(choice.protocol.cipher.rawValue) \(choice.parameterId)\(keyId)"
            + (choice.command == .setKeyAgreementTemplate ? " KAT" : "") + (choice.isInferred ? " inferred" : "")
    }

    @Test func severalKeysByKeyIdStrongestFirst() throws {
        let p256 = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1)).publicKey
        let p512 = try KeyAgreementKeyPair.generate(.ecdh(.brainpoolP512r1)).publicKey
        let field = try KeyAgreementKeyPair.generate(.dh(.modp2048q256)).publicKey
        let choices = try Self.choices([
            Self.info("2.1", keyId: 1), Self.info("2.2", keyId: 1), Self.info("2.4", keyId: 0x80),
            Self.info("1.2", keyId: 3), Self.key(p256, keyId: 1), Self.key(p512, keyId: 0x80),
            Self.key(field, keyId: 3),
        ])
        #expect(
            choices.map(Self.label) == [
                "ECDH AES-256 17 key 80", "ECDH AES-128 12 key 01", "DH AES-128 2 key 03", "ECDH 3DES 12 key 01 KAT",
                "ECDH 3DES 12 key 01",
            ])
    }

    /// One key belongs to every info, whatever the key ids say.
    @Test func oneKeyNeedsNoKeyId() throws {
        let key = try KeyAgreementKeyPair.generate(.ecdh(.brainpoolP256r1)).publicKey
        #expect(
            try Self.choices([Self.info("2.2"), Self.key(key, keyId: 7)]).map(Self.label) == ["ECDH AES-128 13 key 07"])
        #expect(
            try Self.choices([Self.info("2.2", keyId: 7), Self.key(key)]).map(Self.label) == ["ECDH AES-128 13 key 07"])
        #expect(try Self.choices([Self.info("2.2"), Self.key(key)]).map(Self.label) == ["ECDH AES-128 13"])
    }

    /// A key without an info is tried with 3DES and marked; one that has an info of another version is not.
    @Test func missingInfoIsInferred() throws {
        let curve = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1)).publicKey
        let field = try KeyAgreementKeyPair.generate(.dh(.modp2048q224)).publicKey
        #expect(try Self.choices([Self.key(curve)]).map(Self.label) == ["ECDH 3DES 12 KAT inferred"])
        #expect(try Self.choices([Self.key(field)]).map(Self.label) == ["DH 3DES 1 KAT inferred"])
        #expect(try Self.choices([Self.info("2.2", version: 2), Self.key(curve)]).isEmpty)
        #expect(
            try Self.choices([Self.info("2.2", keyId: 1), Self.key(curve, keyId: 1), Self.key(field, keyId: 2)])
                .map(Self.label) == ["ECDH AES-128 12 key 01", "DH 3DES 1 key 02 KAT inferred"])
    }

    /// Key ids decide where they can; an info without one, or with one that no key has, goes with the keys of its kind.
    @Test func infosWithoutTheirKey() throws {
        let curve = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1)).publicKey
        let other = try KeyAgreementKeyPair.generate(.ecdh(.secp384r1)).publicKey
        let field = try KeyAgreementKeyPair.generate(.dh(.modp2048q256)).publicKey
        // One key of each kind: no key id is needed, nor need it be the same.
        for keyId in [nil, 2, 9] as [UInt8?] {
            let sent = keyId.map { hex([$0]) } ?? "02"
            #expect(
                try Self.choices([
                    Self.info("2.2", keyId: keyId), Self.info("1.4", keyId: 1), Self.key(field, keyId: 1),
                    Self.key(curve, keyId: 2),
                ]).map(Self.label) == ["ECDH AES-128 12 key \(sent)", "DH AES-256 2 key 01"])
        }
        // Several of a kind: an info without a key id may be about each of them.
        #expect(
            try Self.choices([Self.info("2.4"), Self.key(curve, keyId: 1), Self.key(other, keyId: 2)])
                .map(Self.label) == ["ECDH AES-256 15 key 02", "ECDH AES-256 12 key 01"])
        // A key without an id, where that of the info is no other key's.
        #expect(
            try Self.choices([Self.info("2.4", keyId: 5), Self.key(curve), Self.key(other, keyId: 2)])
                .map(Self.label) == ["ECDH AES-256 12 key 05", "ECDH 3DES 15 key 02 KAT inferred"])
    }

    /// Leading zeros of the INTEGER, and zero.
    @Test func keyIdsAreNumbers() throws {
        let curve = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1)).publicKey
        let other = try KeyAgreementKeyPair.generate(.ecdh(.secp384r1)).publicKey
        func padded(_ key: KeyAgreementPublicKey, _ keyId: [UInt8]) throws -> [UInt8] {
            let plain = try TLV(exactly: Self.key(key)).value
            return TLV.encode(0x30, Array(plain) + TLV.encode(0x02, keyId))
        }
        #expect(
            try Self.choices([Self.info("2.2", keyId: 7), padded(curve, [0, 0, 7]), padded(other, [0, 8])])
                .map(Self.label) == ["ECDH AES-128 12 key 07", "ECDH 3DES 15 key 08 KAT inferred"])
        #expect(
            try Self.choices([Self.info("2.2", keyId: 0), padded(curve, [0, 0]), padded(other, [1])])
                .map(Self.label) == ["ECDH AES-128 12 key 00", "ECDH 3DES 15 key 01 KAT inferred"])
    }

    /// Infos without a key, with a key of the other kind, of another key id among several, or on no known group give nothing.
    @Test func whatDoesNotBelongTogether() throws {
        let curve = try KeyAgreementKeyPair.generate(.ecdh(.secp256r1)).publicKey
        let other = try KeyAgreementKeyPair.generate(.ecdh(.secp384r1)).publicKey
        #expect(try Self.choices([]).isEmpty)
        #expect(try Self.choices([Self.info("2.2")]).isEmpty)
        let infos = try SecurityInfos(parsing: TLV.encode(0x31, try Self.info("2.2")))
        #expect(ChipAuthenticationParameters.isOffered(in: infos))
        // Of two keys only the one that the info names; the other one has no info of its own.
        #expect(
            try Self.choices([Self.info("2.2", keyId: 2), Self.key(curve, keyId: 1), Self.key(other, keyId: 2)])
                .map(Self.label) == ["ECDH AES-128 15 key 02", "ECDH 3DES 12 key 01 KAT inferred"])
        // The key is a point of another curve than its parameters say.
        let wrong = Self.sequence(
            try Self.identifier("\(Self.arc).1.2"),
            Self.sequence(
                Self.sequence(try Self.identifier("0.4.0.127.0.7.1.2"), Self.integer([13])),
                TLV.encode(0x03, [0] + curve.encoded)))
        #expect(try Self.choices([Self.info("2.2"), wrong]).isEmpty)
        // id-PK-DH with a curve inside.
        let mixed = Self.sequence(
            try Self.identifier("\(Self.arc).1.1"),
            Self.sequence(
                Self.sequence(try Self.identifier("0.4.0.127.0.7.1.2"), Self.integer([12])),
                TLV.encode(0x03, [0] + curve.encoded)))
        #expect(try Self.choices([Self.info("1.2"), mixed]).isEmpty)
        #expect(try Self.choices([mixed]).isEmpty)
    }

    /// DH parameters written out, in both forms; altered ones match nothing.
    @Test func explicitPrimeFields() throws {
        let pair = try KeyAgreementKeyPair.generate(.dh(.modp2048q256))
        let values = try FiniteFieldGroup(.modp2048q256).parameters()
        func key(_ algorithm: String, _ parameters: [[UInt8]]) throws -> [UInt8] {
            let list = TLV.encode(0x30, children: parameters.map { Self.integer(Array($0.drop { $0 == 0 })) })
            let number = Self.integer(Array(pair.publicKey.encoded.drop { $0 == 0 }))
            return Self.sequence(
                try Self.identifier("\(Self.arc).1.1"),
                Self.sequence(
                    Self.sequence(try Self.identifier(algorithm), list), TLV.encode(0x03, [0] + number)))
        }
        let x942 = "1.2.840.10046.2.1"
        let pkcs3 = "1.2.840.113549.1.3.1"
        let (p, g, q) = values
        #expect(
            try Self.choices([Self.info("1.2"), key(x942, [p, g, q])]).map(Self.label) == ["DH AES-128 2"])
        #expect(try Self.choices([Self.info("1.2"), key(pkcs3, [p, g])]).map(Self.label) == ["DH AES-128 2"])
        var other = p
        other[100] ^= 1
        #expect(try Self.choices([Self.info("1.2"), key(x942, [other, g, q])]).isEmpty)
        #expect(try Self.choices([Self.info("1.2"), key(x942, [p, [4], q])]).isEmpty)
        #expect(try Self.choices([Self.info("1.2"), key(x942, [p, g, Array(q.dropLast())])]).isEmpty)
        #expect(try Self.choices([Self.info("1.2"), key(pkcs3, [p, [2]])]).isEmpty)
    }
}
