import EMRTDCrypto
import EMRTDTestSupport
import Testing

@Suite struct SecretBytesTests {
    @Test func contents() throws {
        let bytes = deterministicBytes(33)
        #expect(open(try SecretBytes(copying: bytes)) == bytes)
        #expect(open(try SecretBytes(copying: bytes[3..<9])) == Array(bytes[3..<9]))
        #expect(open(try SecretBytes(count: 5)) == [0, 0, 0, 0, 0])
        #expect(open(try SecretBytes(count: 0)) == [])
        #expect(open(try SecretBytes(count: 3) { $0[1] = 7 }) == [0, 7, 0])
        #expect(open(try SecretBytes(copying: bytes).copy()) == bytes)
        #expect(open(try SecretBytes(copying: bytes).prefix(16)) == Array(bytes.prefix(16)))
        #expect(open(try SecretBytes(copying: bytes).prefix(0)) == [])
        #expect(open(try SharedSecret(SecretBytes(copying: bytes)).copy()) == bytes)
        #expect(SharedSecret(try SecretBytes(copying: bytes)).count == 33)
    }

    @Test(arguments: [4, 5, 100, Int.max])
    func prefixBeyondTheEnd(_ count: Int) {
        #expect(cryptoErrorCode { _ = try SecretBytes(count: 3).prefix(count) } == .invalidLength)
    }

    @Test(arguments: [-1, -100, Int.min])
    func negativeCounts(_ count: Int) {
        #expect(cryptoErrorCode { _ = try SecretBytes(count: count) } != nil)
        #expect(cryptoErrorCode { _ = try SecretBytes(count: 3).prefix(count) } != nil)
        #expect(cryptoErrorCode { _ = try randomBytes(count) } != nil)
        #expect(cryptoErrorCode { _ = try randomSecret(count) } != nil)
    }

    @Test func aThrowingFillPassesItsErrorOn() {
        #expect(
            cryptoErrorCode { _ = try SecretBytes(count: 8) { _ in throw CryptoError(.invalidKey) } } == .invalidKey)
    }

    /// A secret shows nothing of itself when it is printed.
    @Test func noDescription() throws {
        let shared = SharedSecret(try secret("41424344"))
        #expect(!String(describing: shared).contains("65") && !String(reflecting: shared).contains("ABCD"))
    }

    @Test func randomness() throws {
        #expect(try randomBytes(0) == [])
        #expect(try randomBytes(32) != randomBytes(32))
        #expect(open(try randomSecret(32)) != open(try randomSecret(32)))
        #expect(Set(try randomBytes(4096)).count > 200)
    }

    @Test func comparison() {
        let bytes = deterministicBytes(40)
        #expect(constantTimeEqual(bytes, bytes))
        #expect(constantTimeEqual([UInt8](), [UInt8]()))
        #expect(constantTimeEqual(bytes[5..<9], Array(bytes[5..<9])))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!constantTimeEqual(bytes, other))
        }
        #expect(!constantTimeEqual(bytes, bytes.dropLast()))
        #expect(!constantTimeEqual(bytes, []))
    }

    @Test func cleansing() {
        var bytes = deterministicBytes(64)
        cleanse(&bytes)
        #expect(bytes == [UInt8](repeating: 0, count: 64))
        var none: [UInt8] = []
        cleanse(&none)
        #expect(none.isEmpty)
    }

    /// Nothing secret outlives its owner. The counter belongs to the process, so this runs in one of its own.
    @Test func nothingStaysAlive() async {
        await #expect(processExitsWith: .success) {
            func measured(_ body: () throws -> Void) throws -> Int {
                let before = SecretBytes.alive
                try body()
                return SecretBytes.alive - before
            }
            do {
                guard SecretBytes.alive == 0 else { fatalError("secrets from before") }
                let kept = try SecretBytes(count: 16)
                guard SecretBytes.alive == 1 else { fatalError("one secret is not counted") }
                let leaks: [(String, Int)] = [
                    ("secrets", try measured { _ = try SecretBytes(copying: [1, 2, 3]).copy().prefix(2) }),
                    (
                        "failing fill",
                        try measured { _ = try? SecretBytes(count: 8) { _ in throw CryptoError(.invalidKey) } }
                    ),
                    ("failing prefix", try measured { _ = try? kept.prefix(17) }),
                    ("shared", try measured { _ = try SharedSecret(kept.copy()).copy() }),
                    (
                        "ciphers",
                        try measured {
                            _ = try BlockCipher.aes128.decryptSecret([UInt8](repeating: 0, count: 32), key: kept)
                        }
                    ),
                    ("failing cipher", try measured { _ = try? BlockCipher.aes256.decryptSecret([0], key: kept) }),
                    ("KDF", try measured { _ = try BlockCipher.aes256.deriveKey(kept, counter: .mac) }),
                    (
                        "MAC",
                        try measured { _ = try MessageAuthenticator(.tripleDES, key: kept).mac([1], padded: true) }
                    ),
                    ("failing MAC", try measured { _ = try? MessageAuthenticator(.aes256, key: kept) }),
                    (
                        "session",
                        try measured {
                            let context = try SecureMessagingContext(.aes128, encryptionKey: kept, macKey: kept)
                            guard SecretBytes.alive > 1 else { fatalError("a session is not counted") }
                            try context.step()
                            _ = try context.encrypt([1])
                        }
                    ),
                    (
                        "key agreement",
                        try measured {
                            let group = try CurveGroup(.secp521r1)
                            let scalar = try group.randomScalar()
                            _ = try group.sharedPoint(scalar, point: group.multiply(scalar))
                            _ = try? group.sharedSecret(scalar, point: [0])
                        }
                    ),
                    (
                        "private keys",
                        try measured {
                            let key = try PrivateKey.generateEC(.brainpoolP320r1)
                            _ = try key.sign([1], scheme: .ecdsa(.sha256))
                            _ = try? key.sign([1], scheme: .rsaPKCS1(.sha256))
                            _ = try key.withScalar { $0.count }
                            _ = try PrivateKey.generateRSA(bits: 1024).sign([1], scheme: .rsaPKCS1(.sha256))
                            _ = try? PrivateKey.ec(.secp256r1, scalar: SecretBytes(count: 32))
                        }
                    ),
                ]
                for (name, leak) in leaks where leak != 0 { fatalError("\(name): \(leak) left") }
                _ = consume kept
                guard SecretBytes.alive == 0 else { fatalError("\(SecretBytes.alive) left") }
            } catch {
                fatalError("\(error)")
            }
        }
    }
}
