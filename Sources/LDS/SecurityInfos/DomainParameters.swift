import ISO7816

/// Elliptic curve domain parameters as a key states them (RFC 3279, 2.3.5; Doc 9303-12 demands the explicit form).
public enum ECDomainParameters: Sendable, Hashable {
    /// A curve by its object identifier.
    case named(OID)
    /// All values written out.
    case explicit(ExplicitECParameters)
    /// Inherited from elsewhere (NULL or absent).
    case implicit

    /// Parses ECParameters as they stand in an AlgorithmIdentifier, tag and length included.
    ///
    /// - Throws: ``LDSError``; `unsupportedFormat` for fields other than prime fields.
    public init(parsing parameters: [UInt8]) throws {
        self = try LDS.parsing(nil) { try ECDomainParameters(parameters) }
    }

    init(_ parameters: [UInt8]?) throws {
        guard let parameters else {
            self = .implicit
            return
        }
        let object = try TLV(exactly: parameters)
        switch object.tag {
        case .null: self = .implicit
        case .objectIdentifier: self = .named(try object.objectIdentifier("namedCurve"))
        default: self = .explicit(try ExplicitECParameters(object))
        }
    }
}

/// Explicit parameters of a curve over a prime field (SEC 1, C.2; versions 1 to 3). Nothing of it is verified.
public struct ExplicitECParameters: Sendable, Hashable {
    /// The version, 1 to 3.
    public let version: Int
    /// The prime p, unsigned, without leading zeros.
    public let prime: [UInt8]
    /// The coefficient a as it came (field width).
    public let a: [UInt8]
    /// The coefficient b as it came (field width).
    public let b: [UInt8]
    /// The generator as it came: uncompressed (04), compressed (02, 03) or hybrid.
    public let generator: [UInt8]
    /// The order of the generator, unsigned, without leading zeros.
    public let order: [UInt8]
    /// The cofactor, unsigned, without leading zeros; `nil` where absent.
    public let cofactor: [UInt8]?

    init(_ object: TLV) throws {
        var fields = try DERSequence(object, "ECParameters")
        version = try fields.next("version").smallInteger("version")
        guard (1...3).contains(version) else {
            throw LDSError(.invalidValue, "version \(version)", field: "version", offset: object.encoded.startIndex)
        }
        var field = try DERSequence(fields.next("fieldID"), "fieldID")
        let kind = try field.next("fieldType").objectIdentifier("fieldType")
        guard kind == KeyAlgorithm.primeField else {
            throw LDSError(
                .unsupportedFormat, "a curve that is not over a prime field", field: "fieldType",
                offset: object.encoded.startIndex)
        }
        prime = try field.next("prime").unsignedInteger("prime")
        try field.finish()
        var curve = try DERSequence(fields.next("curve"), "curve")
        a = Array(try curve.next(.octetString, "a").value)
        b = Array(try curve.next(.octetString, "b").value)
        _ = curve.nextIfPresent(.bitString)
        try curve.finish()
        generator = Array(try fields.next(.octetString, "base").value)
        order = try fields.next("order").unsignedInteger("order")
        cofactor = try fields.nextIfPresent(.integer)?.unsignedInteger("cofactor")
        // The hash of SEC 1 version 3 may follow.
        if version == 3 { _ = fields.nextIfPresent(.sequence) }
        try fields.finish()
    }
}

/// Diffie-Hellman domain parameters as a key states them. Nothing of it is verified.
public struct DHDomainParameters: Sendable, Hashable {
    /// The prime p, unsigned, without leading zeros.
    public let prime: [UInt8]
    /// The generator g, unsigned, without leading zeros.
    public let generator: [UInt8]
    /// The order q of the subgroup; `nil` in PKCS #3 form, which has none.
    public let order: [UInt8]?

    /// The parameters of dhKeyAgreement (PKCS #3) or dhpublicnumber (RFC 3279, 2.3.3) in an AlgorithmIdentifier.
    ///
    /// - Throws: ``LDSError`` for malformed parameters, `unsupportedFormat` for any other algorithm.
    public init(_ algorithm: AlgorithmIdentifier) throws {
        self = try LDS.parsing(nil) {
            switch algorithm.algorithm {
            case KeyAlgorithm.dhKeyAgreement: try DHDomainParameters(pkcs3: algorithm.parameters)
            case KeyAlgorithm.dhPublicNumber: try DHDomainParameters(x942: algorithm.parameters)
            default: throw LDSError(.unsupportedFormat, "no algorithm of Diffie-Hellman keys", field: "algorithm")
            }
        }
    }

    /// DHParameter of PKCS #3: prime, base, optional length of the private value.
    init(pkcs3 parameters: [UInt8]?) throws {
        var fields = try Self.open(parameters)
        prime = try fields.next("prime").unsignedInteger("prime")
        generator = try fields.next("base").unsignedInteger("base")
        order = nil
        _ = try fields.nextIfPresent()?.unsignedInteger("privateValueLength")
        try fields.finish()
    }

    /// DomainParameters of RFC 3279, 2.3.3: p, g, q, optional j and validation parameters.
    init(x942 parameters: [UInt8]?) throws {
        var fields = try Self.open(parameters)
        prime = try fields.next("p").unsignedInteger("p")
        generator = try fields.next("g").unsignedInteger("g")
        order = try fields.next("q").unsignedInteger("q")
        _ = fields.nextIfPresent(.integer)
        _ = fields.nextIfPresent(.sequence)
        try fields.finish()
    }

    private static func open(_ parameters: [UInt8]?) throws -> DERSequence {
        guard let parameters else {
            throw LDSError(.missingField, "a DH key without domain parameters", field: "parameters")
        }
        return try DERSequence(TLV(exactly: parameters), "DHParameter")
    }
}
