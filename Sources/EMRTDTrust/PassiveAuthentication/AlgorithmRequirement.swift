import EMRTDCrypto

/// How strong algorithms must be for what was signed from a moment on. A policy has a list of them, since a document is judged
/// by the rules of its day: who signs today with what was right in 2008 does it wrongly.
public struct AlgorithmRequirement: Sendable, Hashable {
    /// Shortest keys, in bits.
    public struct KeySizes: Sendable, Hashable {
        /// The modulus of an RSA key.
        public var rsa: Int
        /// The order's field of an elliptic curve.
        public var ec: Int

        /// Creates key sizes.
        public init(rsa: Int, ec: Int) {
            self.rsa = rsa
            self.ec = ec
        }

        /// What Doc 9303-12 (clause 4, key lengths) asks of document signers.
        public static let documentSigner = KeySizes(rsa: 2048, ec: 224)
        /// What Doc 9303-12 (clause 4, key lengths) asks of CSCAs.
        public static let csca = KeySizes(rsa: 3072, ec: 256)
    }

    /// The first moment of signing that the requirement is for. It ends where the next one begins.
    public var from: Timestamp
    /// The shortest keys of document signers.
    public var documentSigner: KeySizes
    /// The shortest keys of CSCAs.
    public var csca: KeySizes
    /// Signatures made with SHA-1; ``TrustPolicy/sha1Signatures`` where `nil`.
    public var sha1Signatures: TrustPolicy.Rule?
    /// Signatures of CSCAs on certificates made with SHA-1; ``sha1Signatures`` where `nil`. To forge one that was made years ago
    /// needs a second preimage: a collision had to be prepared before the CSCA signed.
    public var sha1Certificates: TrustPolicy.Rule?
    /// Hashes of data groups made with SHA-1; ``TrustPolicy/sha1Hashes`` where `nil`.
    public var sha1Hashes: TrustPolicy.Rule?

    /// Creates a requirement.
    public init(
        from: Timestamp, documentSigner: KeySizes = .documentSigner, csca: KeySizes = .csca,
        sha1Signatures: TrustPolicy.Rule? = nil, sha1Certificates: TrustPolicy.Rule? = nil,
        sha1Hashes: TrustPolicy.Rule? = nil
    ) {
        self.from = from
        self.documentSigner = documentSigner
        self.csca = csca
        self.sha1Signatures = sha1Signatures
        self.sha1Certificates = sha1Certificates
        self.sha1Hashes = sha1Hashes
    }

    /// The beginning of the table: 1970-01-01.
    public static let beginning = Timestamp(secondsSince1970: 0)
    /// 2011-01-01: what was signed before could still be signed with SHA-1 (Doc 9303-1, sixth edition, which lists it;
    /// TR-03116-2 takes it no longer for documents issued from 2011 on).
    public static let endOfSHA1 = Timestamp(secondsSince1970: 1_293_840_000)
    /// 2021-01-01: states went on issuing document signers with SHA-1 signatures for years (151 of 502 in one part of the ICAO
    /// PKD, the last of July 2020). Chosen-prefix collisions were shown in practice in January 2020 (Leurent and Peyrin).
    public static let endOfSHA1Certificates = Timestamp(secondsSince1970: 1_609_459_200)
}

extension TrustPolicy {
    /// The requirement for what was signed at a moment, the strictest in time where that is not known.
    public func algorithmRequirement(signedAt moment: Timestamp?) -> AlgorithmRequirement {
        // Of those that begin at one moment, the last of the list is the later.
        var first: AlgorithmRequirement?
        var found: AlgorithmRequirement?
        for requirement in algorithms {
            if first.map({ requirement.from < $0.from }) ?? true { first = requirement }
            if let moment, requirement.from > moment { continue }
            if found.map({ requirement.from >= $0.from }) ?? true { found = requirement }
        }
        return found ?? first ?? AlgorithmRequirement(from: AlgorithmRequirement.beginning)
    }
}

/// What is weak about an algorithm or key.
enum Weakness {
    /// Whose key it is.
    enum Role { case documentSigner, csca }

    /// A rule that something weak comes under.
    struct Finding: Hashable {
        let rule: TrustPolicy.Rule
        /// What is weak, and which rule says so.
        let what: String
    }

    /// Too weak under every policy.
    static func isForbidden(_ key: PublicKey) -> Bool {
        switch key {
        case .rsa(let rsa): rsa.bitCount < 1024
        case .ec(let ec): ec.curve.bitLength < 160
        }
    }

    /// The rules of the policy that a key and a scheme come under.
    ///
    /// - Parameter moment: when the signature was made, as far as it is known.
    static func findings(
        _ key: PublicKey, _ role: Role, _ scheme: SignatureScheme?, signedAt moment: Timestamp?, _ policy: TrustPolicy
    ) -> [Finding] {
        let requirement = policy.algorithmRequirement(signedAt: moment)
        let sizes = role == .csca ? requirement.csca : requirement.documentSigner
        var out: [Finding] = []
        func add(_ rule: TrustPolicy.Rule, _ what: String) {
            out.append(Finding(rule: rule, what: what + requirement.label))
        }
        switch key {
        case .rsa(let rsa) where rsa.bitCount < sizes.rsa: add(policy.shortKeys, key.label)
        case .ec(let ec) where ec.curve.bitLength < sizes.ec: add(policy.shortKeys, key.label)
        default: break
        }
        if let scheme, scheme.digest == .sha1 {
            let rule = requirement.sha1Signatures ?? policy.sha1Signatures
            add(role == .csca ? requirement.sha1Certificates ?? rule : rule, "SHA-1")
        }
        return out
    }

    /// The finding that decides: one that fails, else one that leaves open.
    static func decisive(_ findings: [Finding]) -> Finding? {
        findings.first { $0.rule == .fail } ?? findings.first { $0.rule == .undetermined }
    }
}

extension AlgorithmRequirement {
    /// The rule's name for reasons.
    var label: String {
        from <= Self.beginning ? ", by the first rule for its date" : ", by the rule for signatures from \(from.day) on"
    }
}

extension Timestamp {
    /// `YYYY-MM-DD`.
    var day: String { String(description.prefix(10)) }

    /// The later of a stated signing time and the moment from which the certificate is valid: nobody signed with it before.
    static func ofSignature(_ signingTime: Timestamp?, by certificate: Certificate) -> Timestamp? {
        guard let signingTime, let start = certificate.notBefore else { return signingTime ?? certificate.notBefore }
        return max(signingTime, start)
    }
}
