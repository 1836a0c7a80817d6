package import EMRTDCrypto

/// How a key for key agreement names its group.
package enum DomainParameterForm: Sendable, Hashable, CaseIterable {
    /// All values written out: ECParameters, or p, g and q of X9.42 (RFC 3279, 2.3.3 and 2.3.5).
    case explicit
    /// The object identifier of a curve (RFC 5480, 2.1.1).
    case named
    /// The standardised id (TR-03110-3, A.2.1.1).
    case standardized
    /// p and g of PKCS #3, for prime fields.
    case pkcs3
}

/// Encodes AlgorithmIdentifiers and SubjectPublicKeyInfos (RFC 5280, 4.1.1.2 and 4.1.2.7).
package enum AlgorithmEncoding {
    private static let arc = "1.2.840.113549.1.1"

    /// The object identifier of a hash (RFC 3370, 2.1; RFC 5754, 2).
    package static func objectIdentifier(of digest: DigestAlgorithm) -> String {
        switch digest {
        case .sha1: "1.3.14.3.2.26"
        case .sha256: "2.16.840.1.101.3.4.2.1"
        case .sha384: "2.16.840.1.101.3.4.2.2"
        case .sha512: "2.16.840.1.101.3.4.2.3"
        case .sha224: "2.16.840.1.101.3.4.2.4"
        }
    }

    /// The AlgorithmIdentifier of a hash; parameters absent, as RFC 5754 asks, or NULL, as RSASSA-PSS and old software have it.
    package static func identifier(of digest: DigestAlgorithm, withNull: Bool = false) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier(objectIdentifier(of: digest)), withNull ? DEREncoder.null : [])
    }

    /// The AlgorithmIdentifier of a signature (RFC 5758, 3; RFC 4055, 3 and 5). Both forms of ECDSA have the same.
    package static func identifier(of scheme: SignatureScheme) throws -> [UInt8] {
        switch scheme {
        case .ecdsa(let digest), .ecdsaPlain(let digest):
            let last =
                switch digest {
                case .sha1: "1"
                case .sha224: "3.1"
                case .sha256: "3.2"
                case .sha384: "3.3"
                case .sha512: "3.4"
                }
            return DEREncoder.sequence(try DEREncoder.objectIdentifier("1.2.840.10045.4." + last))
        case .rsaPKCS1(let digest), .rsaPKCS1WithoutNull(let digest):
            let last =
                switch digest {
                case .sha1: "5"
                case .sha224: "14"
                case .sha256: "11"
                case .sha384: "12"
                case .sha512: "13"
                }
            return DEREncoder.sequence(try DEREncoder.objectIdentifier("\(arc).\(last)"), DEREncoder.null)
        case .rsaPSS(let digest, let mgf, let saltLength):
            guard let salt = UInt(exactly: saltLength) else {
                throw PersonalisationError(.invalidOption, "the salt of RSASSA-PSS has a negative length")
            }
            // What equals the default of RFC 4055, 3.1 is left out, as DER demands (11.5).
            var parameters: [[UInt8]] = []
            if digest != .sha1 { parameters.append(DEREncoder.explicit(0, try identifier(of: digest, withNull: true))) }
            if mgf != .sha1 {
                let mask = DEREncoder.sequence(
                    try DEREncoder.objectIdentifier("\(arc).8"), try identifier(of: mgf, withNull: true))
                parameters.append(DEREncoder.explicit(1, mask))
            }
            if salt != 20 { parameters.append(DEREncoder.explicit(2, DEREncoder.integer(salt))) }
            return DEREncoder.sequence(
                try DEREncoder.objectIdentifier("\(arc).10"), DEREncoder.sequence(parameters))
        }
    }

    /// The SubjectPublicKeyInfo of a key; `parameters` matters for keys on curves alone.
    package static func subjectPublicKeyInfo(
        _ key: PublicKey, parameters: CurveParameterEncoding
    ) throws -> [UInt8] {
        let algorithm: [UInt8]
        switch key {
        case .ec(let key):
            let curve =
                parameters == .named
                ? try DEREncoder.objectIdentifier(key.curve.objectIdentifier) : try ecParameters(key.curve)
            algorithm = DEREncoder.sequence(try DEREncoder.objectIdentifier("1.2.840.10045.2.1"), curve)
        case .rsa:
            algorithm = DEREncoder.sequence(try DEREncoder.objectIdentifier("\(arc).1"), DEREncoder.null)
        }
        return DEREncoder.sequence(algorithm, DEREncoder.bitString(keyBits(key)))
    }

    /// What the BIT STRING of a SubjectPublicKeyInfo holds: the point, or the RSAPublicKey (RFC 8017, A.1.1).
    package static func keyBits(_ key: PublicKey) -> [UInt8] {
        switch key {
        case .ec(let key): key.point
        case .rsa(let key):
            DEREncoder.sequence(
                DEREncoder.integer(magnitude: key.modulus), DEREncoder.integer(magnitude: key.exponent))
        }
    }

    /// ECParameters over a prime field (RFC 3279, 2.3.5), the generator uncompressed, without a seed.
    package static func ecParameters(_ curve: StandardCurve, generator: [UInt8]? = nil) throws -> [UInt8] {
        let values = try curve.parameters()
        return DEREncoder.sequence(
            DEREncoder.integer(1),
            DEREncoder.sequence(
                try DEREncoder.objectIdentifier("1.2.840.10045.1.1"), DEREncoder.integer(magnitude: values.prime)),
            DEREncoder.sequence(DEREncoder.octetString(values.a), DEREncoder.octetString(values.b)),
            DEREncoder.octetString(generator ?? values.generator), DEREncoder.integer(magnitude: values.order),
            DEREncoder.integer(magnitude: values.cofactor ?? [1]))
    }
}

extension AlgorithmEncoding {
    /// The AlgorithmIdentifier that stands for a group.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption` for a form that the group does not have.
    package static func domainParameters(_ domain: DomainParameters, form: DomainParameterForm) throws -> [UInt8] {
        switch (domain, form) {
        case (_, .standardized):
            return DEREncoder.sequence(
                try DEREncoder.objectIdentifier("0.4.0.127.0.7.1.2"), DEREncoder.integer(UInt(domain.parameterId)))
        case (.ecdh(let curve), .explicit):
            return DEREncoder.sequence(
                try DEREncoder.objectIdentifier("1.2.840.10045.2.1"), try ecParameters(curve))
        case (.ecdh(let curve), .named):
            return DEREncoder.sequence(
                try DEREncoder.objectIdentifier("1.2.840.10045.2.1"),
                try DEREncoder.objectIdentifier(curve.objectIdentifier))
        case (.dh(let group), .explicit):
            let values = try FiniteFieldGroup(group).parameters()
            return try dhParameters([values.prime, values.generator, values.order])
        case (.dh(let group), .pkcs3):
            let values = try FiniteFieldGroup(group).parameters()
            return DEREncoder.sequence(
                try DEREncoder.objectIdentifier("1.2.840.113549.1.3.1"),
                DEREncoder.sequence(
                    DEREncoder.integer(magnitude: values.prime), DEREncoder.integer(magnitude: values.generator)))
        case (.ecdh, .pkcs3), (.dh, .named):
            throw PersonalisationError(
                .invalidOption, "curves have no PKCS #3 form, and prime fields no name: choose another form of the key")
        }
    }

    /// Domain parameters of the shape of a known group with another generator, which equal no known group.
    static func foreignDomainParameters(like domain: DomainParameters) throws -> [UInt8] {
        switch domain {
        case .ecdh(let curve):
            let two = try SecretBytes(copying: [UInt8](repeating: 0, count: curve.orderLength - 1) + [2])
            let generator = try CurveGroup(curve).multiply(two)
            return DEREncoder.sequence(
                try DEREncoder.objectIdentifier("1.2.840.10045.2.1"), try ecParameters(curve, generator: generator))
        case .dh(let group):
            let field = try FiniteFieldGroup(group)
            let values = try field.parameters()
            let two = try SecretBytes(copying: [UInt8](repeating: 0, count: group.orderLength - 1) + [2])
            return try dhParameters([values.prime, field.publicKey(two, generator: nil), values.order])
        }
    }

    /// The SubjectPublicKeyInfo of a key for key agreement: the point, or the number as an INTEGER (RFC 3279, 2.3.3).
    package static func subjectPublicKeyInfo(
        _ key: KeyAgreementPublicKey, form: DomainParameterForm
    ) throws -> [UInt8] {
        let bits =
            switch key.domain {
            case .ecdh: key.encoded
            case .dh: DEREncoder.integer(magnitude: key.encoded)
            }
        return DEREncoder.sequence(try domainParameters(key.domain, form: form), DEREncoder.bitString(bits))
    }

    private static func dhParameters(_ values: [[UInt8]]) throws -> [UInt8] {
        DEREncoder.sequence(
            try DEREncoder.objectIdentifier("1.2.840.10046.2.1"),
            DEREncoder.sequence(values.map { DEREncoder.integer(magnitude: $0) }))
    }
}
