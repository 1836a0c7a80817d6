import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

/// `05_kdf_mac_sm.json`: key derivation, MACs, block ciphers, padding, counters and secure messaging.
@Suite struct PrimitiveVectorTests {
    static let entries = VectorEntry.all("05_kdf_mac_sm.json")

    /// Entries that are checked alike.
    struct Family: Sendable {
        let ids: [String]
        let check: Check
    }

    static let families: [Family] = [
        Family(
            ids: ["3DES", "AES128", "AES192", "AES256"].flatMap { cipher in
                ["enc", "mac", "pi"].map { "kdf-20byte-\(cipher)-\($0)" }
            }
        ) { try keyDerivation($0) },
        Family(ids: ["3DES", "AES128", "AES192", "AES256"].map { "kdf-pi-can-123456-\($0)" }) { try passwordKey($0) },
        Family(
            ids: ["all", "it"].flatMap { text in (1...3).map { "retail-mac-iso9797-annexB-\(text)-pad\($0)" } }
                + ["retail-mac-bc-hello", "retail-mac-bac-EIFD", "retail-mac-bac-EIC"]
        ) { try retailMAC($0) },
        Family(
            ids: ["128", "192", "256"].flatMap { bits in [0, 16, 20, 40, 64].map { "cmac-aes\(bits)-len\($0)" } }
        ) { try cmac($0) },
        Family(ids: ["cmac-wycheproof"]) { try wycheproof($0) },
        Family(
            ids: ["AES128-jvn", "AES192-jvn", "AES256-jvn", "AES256-xyz"].map { "cmac-kdf-\($0)" }
        ) { try derivedCMAC($0) },
        Family(ids: (1...8).map { "sm-aes128-ausweisapp-\($0)" }) { try protectedCommand($0) },
        Family(ids: ["sm-aes128-ausweisapp-ssc"]) { try protectedCommands($0) },
        Family(ids: ["sm-aes128-pace-g1-keys", "sm-aes256-efcom"]) { try await session($0) },
        Family(ids: ["sm-aes256-persosim"]) { try commandAtCounter($0) },
        Family(
            ids: [
                "prim-des-ecb-now-is-t", "prim-des-cbc-now-is-t", "prim-des-ecb-weakkey-kat", "prim-tdes-3key-sp800-67",
            ]
        ) { try des($0) },
        Family(
            ids: [
                "prim-aes128-fips197", "prim-aes192-fips197", "prim-aes256-fips197", "prim-aes128-cbc-sp800-38a",
                "prim-aes192-cbc-sp800-38a", "prim-aes256-cbc-sp800-38a",
            ]
        ) { try aes($0) },
        Family(ids: ["1", "224", "256", "384", "512"].map { "prim-sha\($0)-abc" }) { try digest($0) },
        Family(
            ids: ["8-011E", "16-011E", "8-0CA4020C", "16-1122334455667788", "8-1122334455667788"].map { "pad-m2-\($0)" }
        ) { try padding($0) },
        Family(ids: ["06C226-8", "06C2FF-8", "0000FF-16", "000000-16"].map { "ssc-inc-\($0)" }) { try counter($0) },
        Family(ids: ["cam-proxmark-negative"]) { try chipAuthenticationDataWithZeroIV($0) },
    ]

    @Test(arguments: entries)
    func entry(_ entry: VectorEntry) async throws {
        let family = try #require(Self.families.first { $0.ids.contains(entry.id) }, "an entry without a test")
        try await family.check(entry)
    }

    @Test func everyEntryIsHandled() {
        let listed = Self.families.flatMap(\.ids)
        #expect(Set(listed).count == listed.count, "an id twice")
        #expect(Set(listed) == Set(Self.entries.map(\.id)))
        #expect(Self.entries.count == 82)
    }

    // MARK: Keys

    static func keyDerivation(_ entry: VectorEntry) throws {
        let counter = try #require(KDFCounter(rawValue: UInt32(entry.inputs.number("counter"))))
        let key = try cipher(entry.inputs.text("algorithm")).deriveKey(
            secret(entry.inputs.bytes("K")), counter: counter)
        #expect(open(key) == (try entry.outputs.bytes("key")))
    }

    static func passwordKey(_ entry: VectorEntry) throws {
        let characters = Array(try entry.inputs.text("password").utf8)
        #expect(characters == (try entry.inputs.bytes("K")))
        let password = PACEPassword(.can, secret: SharedSecret(try secret(characters)))
        #expect(open(try password.key(cipher(entry.inputs.text("algorithm")))) == (try entry.outputs.bytes("K_pi")))
        #expect(try entry.inputs.number("counter") == Int(KDFCounter.password.rawValue))
    }

    // MARK: MACs

    static func retailMAC(_ entry: VectorEntry) throws {
        let key = try entry.inputs.bytes("K") + (entry.inputs.has("K_prime") ? entry.inputs.bytes("K_prime") : [])
        let message =
            entry.inputs.has("message")
            ? try entry.inputs.bytes("message") : Array(try entry.inputs.text("message_ascii").utf8)
        let method = try entry.inputs.number("padding_method")
        let fill = [UInt8](repeating: 0, count: (8 - message.count % 8) % 8)
        // Method 3 puts the length in bits in front; methods 1 and 3 fill with zeros, method 2 is the library's own.
        let front = method == 3 ? [0, 0, 0, 0, 0, 0, 0, UInt8(message.count * 8)] : []
        let input = method == 1 || method == 3 ? front + message + fill : message
        let mac = try MessageAuthenticator(.tripleDES, key: secret(key))
        #expect(try mac.mac(input, padded: method == 2) == entry.outputs.bytes("MAC"))
    }

    static func cmac(_ entry: VectorEntry) throws {
        let key = try entry.inputs.bytes("key")
        let aes = try cipher("AES\(key.count * 8)")
        let mac = try MessageAuthenticator(aes, key: secret(key))
        #expect(try mac.mac(entry.inputs.bytes("message"), padded: false, length: 16) == entry.outputs.bytes("tag"))
        if entry.outputs.has("tag8") {
            #expect(try mac.mac(entry.inputs.bytes("message"), padded: false) == entry.outputs.bytes("tag8"))
        }
        guard entry.intermediate.has("L") else { return }
        let l = try aes.encrypt([UInt8](repeating: 0, count: 16), key: secret(key))
        #expect(l == (try entry.intermediate.bytes("L")))
    }

    /// The cases are not copied here: EMRTDCryptoTests reads the file itself where it is there.
    static func wycheproof(_ entry: VectorEntry) throws {
        #expect(try entry.outputs.number("agree") == entry.inputs.number("tests"))
        for count in [0, 1, 15, 17, 31, 33] {
            for aes in [BlockCipher.aes128, .aes192, .aes256] {
                #expect(throws: CryptoError(.invalidLength)) {
                    _ = try MessageAuthenticator(aes, key: SecretBytes(count: count))
                }
            }
        }
    }

    static func derivedCMAC(_ entry: VectorEntry) throws {
        let aes = try cipher(entry.inputs.text("algorithm"))
        let counter = try #require(KDFCounter(rawValue: UInt32(entry.inputs.number("counter"))))
        let key = try aes.deriveKey(secret(Array(entry.inputs.text("password").utf8)), counter: counter)
        #expect(open(key) == (try entry.intermediate.bytes("key")))
        let message = Array(try entry.inputs.text("message_ascii").utf8)
        #expect(try MessageAuthenticator(aes, key: key).mac(message, padded: false) == entry.outputs.bytes("tag8"))
    }

    // MARK: Block ciphers

    /// The library has two-key 3DES in CBC mode; single DES is 3DES with equal halves, and three-key 3DES three single DES.
    static func des(_ entry: VectorEntry) throws {
        let key = try entry.inputs.bytes("key")
        let iv = entry.inputs.has("iv") ? try entry.inputs.bytes("iv") : nil
        let halves = stride(from: 0, to: key.count, by: 8).map { Array(key[$0..<($0 + 8)]) }
        func single(_ block: [UInt8], _ half: Int, encrypt: Bool) throws -> [UInt8] {
            let double = try secret(halves[half] + halves[half])
            return encrypt
                ? try BlockCipher.tripleDES.encrypt(block, key: double)
                : try BlockCipher.tripleDES.decrypt(block, key: double)
        }
        let plain = try entry.inputs.bytes("plaintext")
        let expected = try entry.outputs.bytes("ciphertext")
        if let iv {
            let double = try secret(key + key)
            #expect(try BlockCipher.tripleDES.encrypt(plain, key: double, iv: iv) == expected)
            #expect(try BlockCipher.tripleDES.decrypt(expected, key: double, iv: iv) == plain)
            return
        }
        for start in stride(from: 0, to: plain.count, by: 8) {
            var block = try single(Array(plain[start..<(start + 8)]), 0, encrypt: true)
            if halves.count == 3 {
                block = try single(single(block, 1, encrypt: false), 2, encrypt: true)
            }
            #expect(block == Array(expected[start..<(start + 8)]), "block at \(start)")
        }
    }

    static func aes(_ entry: VectorEntry) throws {
        let key = try secret(entry.inputs.bytes("key"))
        let aes = try cipher("AES\(key.count * 8)")
        let iv = entry.inputs.has("iv") ? try entry.inputs.bytes("iv") : nil
        let plain = try entry.inputs.bytes("plaintext")
        let expected = try entry.outputs.bytes("ciphertext")
        #expect(try aes.encrypt(plain, key: key, iv: iv) == expected)
        #expect(try aes.decrypt(expected, key: key, iv: iv) == plain)
    }

    static func digest(_ entry: VectorEntry) throws {
        let name = try #require(entry.id.split(separator: "-").dropFirst().first)
        let algorithm = try #require(DigestAlgorithm(rawValue: String(name)))
        #expect(try algorithm.digest(entry.inputs.text("message_ascii").utf8) == entry.outputs.bytes("digest"))
    }

    // MARK: Secure messaging

    /// What the session encrypts, decrypted without taking the padding off.
    static func padding(_ entry: VectorEntry) throws {
        let block = try entry.inputs.number("block")
        let cipher: BlockCipher = block == 8 ? .tripleDES : .aes128
        let key = try secret([UInt8](repeating: 7, count: 16))
        let session = try SecureMessagingContext(cipher, encryptionKey: key, macKey: key)
        let data = try entry.inputs.bytes("data")
        let cryptogram = try session.encrypt(data)  // the counter has not moved: the IV is zero
        #expect(try cipher.decrypt(cryptogram, key: key) == entry.outputs.bytes("padded"))
        #expect(try session.decrypt(cryptogram) == data)
    }

    static func counter(_ entry: VectorEntry) throws {
        let start = try entry.inputs.bytes("SSC")
        let key = try secret([UInt8](repeating: 7, count: 16))
        let session = try SecureMessagingContext(
            start.count == 8 ? .tripleDES : .aes128, encryptionKey: key, macKey: key, sendSequenceCounter: start)
        try session.step()
        #expect(session.sendSequenceCounter == (try entry.outputs.bytes("SSC_next")))
    }

    static func protectedCommand(_ entry: VectorEntry) throws {
        let command = try CommandAPDU(parsing: entry.inputs.bytes("command_apdu"))
        let expected = try entry.outputs.bytes("protected_command")
        #expect(try SecureMessaging.protect(command, context(entry, .aes128)).encoded() == expected)
        // The chip opens it to the same command. The length form of Le is taken from DO'97', which does not tell it for data.
        let chip = SecureMessagingChip(context: try context(entry, .aes128))
        let opened = try chip.open(CommandAPDU(parsing: expected))
        #expect(opened.header == command.header && opened.data == command.data)
        #expect(opened.expectedLength == command.expectedLength)
    }

    static func protectedCommands(_ entry: VectorEntry) throws {
        let command = try CommandAPDU(parsing: entry.inputs.bytes("command_apdu"))
        let terminal = try context(entry, .aes128)
        let chip = SecureMessagingChip(context: try context(entry, .aes128))
        for (index, printed) in try entry.outputs.texts("protected_commands").enumerated() {
            #expect(try SecureMessaging.protect(command, terminal).encoded() == hex(printed), "command \(index)")
            #expect(try chip.open(CommandAPDU(parsing: hex(printed))).data == command.data)
        }
    }

    static func session(_ entry: VectorEntry) async throws {
        let cipher: BlockCipher = try entry.inputs.bytes("KSEnc").count == 16 ? .aes128 : .aes256
        let terminal = try context(entry, cipher)
        let chip = SecureMessagingChip(context: try context(entry, cipher))
        var file: [UInt8] = []
        for exchange in try entry.outputs.elements("exchanges") {
            let data = exchange.has("response_data") ? try exchange.bytes("response_data") : []
            try await replay(
                plain: exchange.bytes("plain"), protected: exchange.bytes("protected_command"),
                response: exchange.bytes("protected_response"), data: data, terminal: terminal, chip: chip)
            file += data
        }
        #expect(terminal.sendSequenceCounter == (try entry.outputs.bytes("SSC_after")))
        if entry.outputs.has("EF_COM") { #expect(file == (try entry.outputs.bytes("EF_COM"))) }
    }

    /// The printed counter is the one the command is protected with, so the session starts one before it.
    static func commandAtCounter(_ entry: VectorEntry) throws {
        var before = try entry.inputs.bytes("SSC")
        before[before.count - 1] -= 1
        let key = try secret(entry.inputs.bytes("KSEnc"))
        #expect(try BlockCipher.aes256.encrypt(entry.inputs.bytes("SSC"), key: key) == entry.intermediate.bytes("IV"))
        let session = try SecureMessagingContext(
            .aes256, encryptionKey: key, macKey: secret(entry.inputs.bytes("KSMAC")), sendSequenceCounter: before)
        let command = try CommandAPDU(parsing: entry.inputs.bytes("command_apdu"))
        #expect(
            try SecureMessaging.protect(command, session).encoded() == entry.outputs.bytes("protected_command"))
    }

    /// A public test of others encrypts with IV = 0. With the IV of Doc 9303-11, 4.4.3.3.3, the data must not verify.
    static func chipAuthenticationDataWithZeroIV(_ entry: VectorEntry) throws {
        let key = try secret(entry.inputs.bytes("KSEnc"))
        let iv = try BlockCipher.aes128.encrypt([UInt8](repeating: 0xFF, count: 16), key: key)
        #expect(iv == (try entry.intermediate.bytes("IV_required_by_ICAO")))
        let group = try CurveGroup(.brainpoolP256r1)
        func verifies(_ iv: [UInt8]?) throws -> Bool {
            let data = try BlockCipher.aes128.decrypt(entry.inputs.bytes("DO8A"), key: key, iv: iv).prefix(32)
            let point = try group.multiply(secret(Array(data)), base: entry.inputs.bytes("PK_IC"))
            return try point == entry.inputs.bytes("PK_Map_IC")
        }
        let zero = try BlockCipher.aes128.decrypt(entry.inputs.bytes("DO8A"), key: key).prefix(32)
        #expect(Array(zero) == (try entry.intermediate.bytes("CA_IC_with_IV_zero")))
        #expect(try verifies(nil), "the example itself is consistent")
        #expect(try !verifies(iv), "and wrong")
    }
}
