import ISO7816
public import LDS

/// A card verifiable certificate (TR-03110-3, C.1; Doc 9303-12, 7.2): it gives a terminal or an authority over terminals rights
/// on chips. A value of this type is well formed; only a chain from a trust point makes it valid (``CVTrustPoints``).
public struct CVCertificate: Sendable, Hashable, CustomStringConvertible {
    /// The certificate as it came, tag 7F21 included.
    public let encoded: [UInt8]
    /// The name of the key that signed the certificate.
    public let authorityReference: CVReference
    /// The name of the key in the certificate.
    public let holderReference: CVReference
    /// Role and rights of the holder, before those of the issuer restrict them.
    public let authorization: CertificateHolderAuthorization
    /// The day of issue.
    public let effectiveDate: CalendarDate
    /// The last day of validity.
    public let expirationDate: CalendarDate
    /// Extensions, not interpreted.
    public let extensions: [CVExtension]
    /// What the holder signs with.
    public var algorithm: TerminalSignatureAlgorithm { publicKey.algorithm }

    /// The body 7F4E as it came: what is signed.
    package let body: [UInt8]
    /// The signature, without the tag 5F37.
    package let signature: [UInt8]
    /// The holder's key.
    package let publicKey: CVPublicKey

    /// The longest certificate accepted, in bytes.
    public static let maximumLength = 8192

    /// Whether issuer and holder have the same name: the certificate of a root.
    public var isSelfSigned: Bool { authorityReference == holderReference }

    /// Whether it links a new key of a certification authority to the previous one.
    public var isLink: Bool { authorization.role == .certificationAuthority && !isSelfSigned }

    /// Holder, issuer, role and validity.
    public var description: String {
        "\(holderReference) by \(authorityReference), \(authorization.terminalType) \(authorization.role), "
            + "\(effectiveDate) to \(expirationDate)"
    }
}

/// An extension of a CV certificate: a discretionary data template, 73 (TR-03110-3, C.3).
public struct CVExtension: Sendable, Hashable {
    /// What the extension is about.
    public let objectIdentifier: OID
    /// The template as it came, tag included.
    public let encoded: [UInt8]
}

extension CVCertificate {
    /// Parses one certificate with nothing around it: 7F21, 7F4E and 5F37 (TR-03110-3, C.1). The outer object may be left out,
    /// as PSO: Verify Certificate does.
    ///
    /// Objects must be complete, in order, once each and DER encoded. EC domain parameters must be those of a standard curve in
    /// every value; self-signed certificates must have them, document verifiers and terminals must not (Doc 9303-12, 7.2.2.3).
    ///
    /// - Throws: ``TrustError`` `malformed`, `limitExceeded`, `unsupportedAlgorithm`, `unusableKey`, `unknownCurve` or
    ///   `unknownTerminalType`.
    public init(parsing bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumLength else {
            throw TrustError(.limitExceeded, "a certificate of \(bytes.count) bytes", location: "CV certificate")
        }
        let whole: TLV
        if bytes.starts(with: [0x7F, 0x4E]) {
            whole = try cvParsing { try TLV(exactly: TLV.encode(0x7F21, bytes)) }
        } else {
            whole = try cvParsing { try TLV(exactly: bytes) }
        }
        guard whole.tag == 0x7F21 else {
            throw TrustError(.malformed, "object \(whole.tag) is no CV certificate", location: "CV certificate")
        }
        try CVFields.checkLengthField(whole)
        var parts = try CVFields(whole, "the certificate")
        let bodyObject = try parts.required(0x7F4E, "certificate body", 1...Self.maximumLength)
        let signatureObject = try parts.required(0x5F37, "signature", 1...1024)
        try parts.finish()

        var fields = try CVFields(bodyObject, "the certificate body")
        let profile = try fields.required(0x5F29, "profile identifier", 1...1)
        guard profile.value.elementsEqual([0]) else {
            throw TrustError(.malformed, "a profile other than version 1", location: "CV certificate")
        }
        let authority = try CVReference(field: fields.required(0x42, "authority reference", 1...16))
        let key = try CVPublicKey(parsing: fields.required(0x7F49, "public key", 1...Self.maximumLength))
        let holder = try CVReference(field: fields.required(0x5F20, "holder reference", 1...16))
        let template = try fields.required(0x7F4C, "holder authorization template", 1...128)
        let authorization = try cvParsing { try CertificateHolderAuthorization(template: template) }
        let effective = try CalendarDate(field: fields.required(0x5F25, "effective date", 6...6))
        let expiration = try CalendarDate(field: fields.required(0x5F24, "expiration date", 6...6))
        let extensions = try fields.optional(0x65, "extensions", 1...Self.maximumLength)
        try fields.finish()

        guard effective <= expiration else {
            throw TrustError(.malformed, "it expires before it is effective", location: "CV certificate")
        }
        encoded = Array(whole.encoded)
        body = Array(bodyObject.encoded)
        signature = Array(signatureObject.value)
        authorityReference = authority
        holderReference = holder
        publicKey = key
        self.authorization = authorization
        effectiveDate = effective
        expirationDate = expiration
        self.extensions = try extensions.map(CVExtension.parse) ?? []
        try checkDomainParameters()
    }

    private func checkDomainParameters() throws {
        if publicKey.hasDomainParameters, authorization.role != .certificationAuthority {
            throw TrustError(
                .malformed, "domain parameters in the certificate of a document verifier or terminal",
                location: "CV certificate")
        }
        if case .inheritedCurve = publicKey.material, isSelfSigned, authorization.role == .certificationAuthority {
            throw TrustError(
                .malformed, "a self-signed certificate without domain parameters", location: "CV certificate")
        }
    }
}

extension CVReference {
    fileprivate init(field: TLV) throws {
        guard let reference = CVReference(field.value) else {
            throw TrustError(.malformed, "a reference of \(field.value.count) bytes", location: "CV certificate")
        }
        self = reference
    }
}

extension CVExtension {
    fileprivate static func parse(_ object: TLV) throws -> [CVExtension] {
        var fields = try CVFields(object, "the extensions")
        var found: [CVExtension] = []
        while let template = try fields.optional(0x73, "extension", 1...CVCertificate.maximumLength) {
            var inner = try CVFields(template, "an extension")
            let identifier = try inner.required(0x06, "extension type", 1...32)
            found.append(
                CVExtension(
                    objectIdentifier: try cvParsing { try OID(encoded: identifier.value) },
                    encoded: Array(template.encoded)))
        }
        try fields.finish()
        return found
    }
}

extension CalendarDate {
    /// A date of six digits YYMMDD of this century, one per byte (TR-03110-3, D.2.1.3).
    fileprivate init(field: TLV) throws {
        let digits = field.value.map(Int.init)
        guard digits.count == 6, digits.allSatisfy({ $0 <= 9 }),
            let date = CalendarDate(
                year: 2000 + digits[0] * 10 + digits[1], month: digits[2] * 10 + digits[3],
                day: digits[4] * 10 + digits[5])
        else { throw TrustError(.malformed, "object \(field.tag) is no date", location: "CV certificate") }
        self = date
    }

    /// The date in the form of CV certificates; `nil` outside the years 2000 to 2099.
    package var unpackedDigits: [UInt8]? {
        guard (2000...2099).contains(year) else { return nil }
        return [year - 2000, month, day].flatMap { [UInt8($0 / 10), UInt8($0 % 10)] }
    }
}
