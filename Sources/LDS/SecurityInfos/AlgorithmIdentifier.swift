package import ISO7816

/// AlgorithmIdentifier (RFC 5280, 4.1.1.2).
public struct AlgorithmIdentifier: Sendable, Hashable {
    /// The bytes as they came, tag and length included.
    public let encoded: [UInt8]
    /// The algorithm.
    public let algorithm: OID
    /// The parameters as they came, tag and length included; `nil` where there are none.
    public let parameters: [UInt8]?

    /// Parses an AlgorithmIdentifier.
    ///
    /// - Throws: ``LDSError``.
    public init(parsing bytes: [UInt8]) throws {
        self = try LDS.parsing(nil) { try AlgorithmIdentifier(TLV(exactly: bytes)) }
    }

    package init(_ object: TLV) throws {
        var fields = try DERSequence(object, "AlgorithmIdentifier")
        algorithm = try fields.next(.objectIdentifier, "algorithm").objectIdentifier("algorithm")
        parameters = fields.nextIfPresent().map { Array($0.encoded) }
        try fields.finish()
        encoded = Array(object.encoded)
    }

    /// The identifier of standardized domain parameters (BSI TR-03110-3, A.2.1.1), where the algorithm says so and the
    /// parameters are an INTEGER; otherwise `nil`.
    public var standardizedDomainParameterId: Int? {
        guard algorithm == SecurityObjectIdentifier.standardizedDomainParameters, let parameters else { return nil }
        return try? TLV(exactly: parameters).smallInteger("parameterId")
    }
}
