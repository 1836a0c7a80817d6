import EMRTDCrypto
import LDS

/// What a chip is to offer, written as the reports of this library write it. Errors list what is valid.
struct OptionText {
    /// The cipher by its name in reports.
    static func cipher(_ text: some StringProtocol, _ what: String) throws -> BlockCipher {
        let ciphers: [(String, BlockCipher)] = [
            ("3DES", .tripleDES), ("AES-128", .aes128), ("AES-192", .aes192), ("AES-256", .aes256),
        ]
        guard let found = ciphers.first(where: { $0.0 == text }) else {
            throw refusal("\(what) has a cipher 3DES, AES-128, AES-192 or AES-256")
        }
        return found.1
    }

    static func digest(_ text: some StringProtocol, _ what: String = "Active Authentication") throws -> DigestAlgorithm
    {
        let digests: [(String, DigestAlgorithm)] = [
            ("SHA-1", .sha1), ("SHA-224", .sha224), ("SHA-256", .sha256), ("SHA-384", .sha384), ("SHA-512", .sha512),
        ]
        guard let found = digests.first(where: { $0.0 == text }) else {
            throw refusal("\(what) has a hash SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512")
        }
        return found.1
    }

    /// The agreement at the head of a text and what follows its hyphen.
    static func agreement(_ text: Substring, _ what: String) throws -> (PACEOffer.Agreement, Substring) {
        if text.hasPrefix("ECDH-") { return (.ecdh, text.dropFirst(5)) }
        if text.hasPrefix("DH-") { return (.dh, text.dropFirst(3)) }
        throw refusal(
            "\(what) begins with DH or ECDH, as in \(what == "PACE" ? "ECDH-GM-AES-128:13" : "ECDH-AES-128:13")")
    }

    /// A decimal number without a sign.
    static func number(_ text: some StringProtocol, _ what: String) throws -> UInt {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = UInt(text)
        else { throw refusal("\(what) is a number") }
        return value
    }

    static func refusal(_ reason: String) -> PersonalisationError { PersonalisationError(.invalidOption, reason) }
}

extension PACEOffer {
    /// Reads `ECDH-GM-AES-128:13`: agreement, mapping (GM, IM, CAM), cipher and standardised id. `:13@40` names the group by an
    /// own id 40 and writes it out, `:13@40:reference` resolves the own id by the standardised one, and `:13@40:unknown` writes
    /// a group out that is in no table.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption`, saying what is valid.
    package init(text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let first = parts.first else {
            throw OptionText.refusal("PACE is written as ECDH-GM-AES-128:13, with the standardised parameter id last")
        }
        let (agreement, rest) = try OptionText.agreement(first, "PACE")
        let mappings: [(String, Mapping)] = [("GM-", .generic), ("IM-", .integrated), ("CAM-", .chipAuthentication)]
        guard let (name, mapping) = mappings.first(where: { rest.hasPrefix($0.0) }) else {
            throw OptionText.refusal("PACE has a mapping GM, IM or CAM, as in ECDH-GM-AES-128:13")
        }
        let cipher = try OptionText.cipher(rest.dropFirst(name.count), "PACE")
        let ids = parts[1].split(separator: "@", omittingEmptySubsequences: false)
        guard (1...2).contains(ids.count), let id = UInt8(exactly: try OptionText.number(ids[0], "a parameter id"))
        else {
            throw OptionText.refusal("PACE's parameter ids are 0 to 2 with DH and 8 to 18 with ECDH")
        }
        let naming: Naming
        switch (ids.dropFirst().first, parts.dropFirst(2).first) {
        case (nil, nil): naming = .standardized
        case (let own?, nil), (let own?, "explicit"): naming = .explicit(ownId: try OptionText.number(own, "an own id"))
        case (let own?, "reference"): naming = .reference(ownId: try OptionText.number(own, "an own id"))
        case (let own?, "unknown"): naming = .unknown(ownId: try OptionText.number(own, "an own id"))
        default:
            throw OptionText.refusal(
                "an own parameter id is written as 13@40, and may be followed by :reference or :unknown")
        }
        self.init(mapping, agreement, cipher, parameterId: id, naming: naming)
        _ = try objectIdentifier()
    }

    /// Reads several offers, joined by commas.
    package static func list(text: String) throws -> [PACEOffer] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { try PACEOffer(text: String($0)) }
    }
}

extension PersonalisationOptions.ChipAuthenticationOption {
    /// Reads `ECDH-AES-256:16` or `DH-3DES:2`: agreement, ciphers joined by plus signs, standardised id; then perhaps the key
    /// id, `@41`, and how the key names its group: `:explicit`, `:named`, `:standardized` or `:pkcs3`.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption`, saying what is valid.
    package init(text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let first = parts.first else {
            throw OptionText.refusal(
                "Chip Authentication is written as ECDH-AES-128:13, with the standardised parameter id last")
        }
        let (agreement, rest) = try OptionText.agreement(first, "Chip Authentication")
        let ciphers = try rest.split(separator: "+", omittingEmptySubsequences: false).map {
            try OptionText.cipher($0, "Chip Authentication")
        }
        guard Set(ciphers).count == ciphers.count else {
            throw OptionText.refusal("a cipher of Chip Authentication is named twice")
        }
        let ids = parts[1].split(separator: "@", omittingEmptySubsequences: false)
        guard (1...2).contains(ids.count), let id = Int(exactly: try OptionText.number(ids[0], "a parameter id")),
            let domain = DomainParameters(parameterId: id), domain.agreement == agreement
        else {
            throw OptionText.refusal("Chip Authentication's parameter ids are 0 to 2 with DH and 8 to 18 with ECDH")
        }
        let keyId = try ids.dropFirst().first.map { try OptionText.number($0, "a key id") }
        let forms: [String: DomainParameterForm] = [
            "explicit": .explicit, "named": .named, "standardized": .standardized, "pkcs3": .pkcs3,
        ]
        var form: DomainParameterForm?
        if let name = parts.dropFirst(2).first {
            guard let known = forms[String(name)] else {
                throw OptionText.refusal("a key names its group as explicit, named, standardized or pkcs3")
            }
            form = known
        }
        self.init(domain, ciphers, keyId: keyId, form: form)
        if let form { _ = try AlgorithmEncoding.domainParameters(domain, form: form) }
    }
}

extension PersonalisationOptions.ActiveAuthenticationOption {
    /// Reads `RSA-2048-SHA-256` or `ECDSA-brainpoolP256r1-SHA-256`.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption`, saying what is valid.
    package init(text: String) throws {
        let parts = text.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw OptionText.refusal(
                "Active Authentication is written as RSA-2048-SHA-256 or ECDSA-brainpoolP256r1-SHA-256")
        }
        let digest = try OptionText.digest(parts[2])
        switch parts[0] {
        case "RSA":
            let bits = Int(try OptionText.number(parts[1], "the length of an RSA key"))
            guard (1024...4096).contains(bits), bits % 8 == 0 else {
                throw OptionText.refusal("an RSA key of Active Authentication has 1024 to 4096 bits, in whole bytes")
            }
            self = .rsa(bits: bits, digest)
        case "ECDSA":
            guard let curve = StandardCurve.allCases.first(where: { "\($0)" == parts[1] }) else {
                let names = StandardCurve.allCases.map { "\($0)" }.joined(separator: ", ")
                throw OptionText.refusal("ECDSA is on one of the curves \(names)")
            }
            self = .ecdsa(curve, digest)
        default:
            throw OptionText.refusal("Active Authentication begins with RSA or ECDSA, as in RSA-2048-SHA-256")
        }
    }
}
