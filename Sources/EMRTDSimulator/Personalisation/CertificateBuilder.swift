package import EMRTDCrypto
import ISO7816
package import LDS

/// The distinguished name of a CSCA or document signer (Doc 9303-12, 7.1.1.1).
package struct CertificateName: Sendable, Hashable {
    /// Country, two letters in upper case.
    package var country: String
    /// Organisation.
    package var organization: String
    /// Common name.
    package var commonName: String

    /// Creates a name.
    package init(country: String, organization: String, commonName: String) {
        self.country = country
        self.organization = organization
        self.commonName = commonName
    }

    /// The type of the strings in a name.
    package enum StringType: Sendable, Hashable, CaseIterable {
        /// UTF8String, as RFC 5280, 4.1.2.4 wants it.
        case utf8
        /// PrintableString.
        case printable
        /// TeletexString, as old certificates have it; with the bytes of UTF-8.
        case teletex

        func encoded(_ text: String) throws -> [UInt8] {
            switch self {
            case .utf8: DEREncoder.utf8String(text)
            case .printable: try DEREncoder.printableString(text)
            case .teletex: TLV.encode(0x14, Array(text.utf8))
            }
        }
    }

    /// The Name: country as PrintableString, the rest in one type of string.
    ///
    /// - Throws: ``PersonalisationError`` `invalidLength`, `invalidCharacter`.
    package func encoded(_ type: StringType = .utf8) throws -> [UInt8] {
        guard country.utf8.count == 2, country.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw PersonalisationError(.invalidCharacter, "the country of a certificate is two letters A to Z")
        }
        // The upper bounds of X.520 for organizationName and commonName.
        guard (1...64).contains(organization.unicodeScalars.count), (1...64).contains(commonName.unicodeScalars.count)
        else {
            throw PersonalisationError(.invalidLength, "organisation and common name have 1 to 64 characters")
        }
        func part(_ identifier: String, _ value: [UInt8]) throws -> [UInt8] {
            DEREncoder.set([DEREncoder.sequence(try DEREncoder.objectIdentifier(identifier), value)])
        }
        return DEREncoder.sequence(
            try part("2.5.4.6", try DEREncoder.printableString(country)),
            try part("2.5.4.10", type.encoded(organization)),
            try part("2.5.4.3", type.encoded(commonName)))
    }
}

/// Encodes and signs an X.509 version 3 certificate (RFC 5280, 4.1) with the profile of Doc 9303-12, 7.1.
package struct CertificateBuilder: Sendable {
    /// One extension (RFC 5280, 4.2).
    package struct Extension: Sendable, Hashable {
        /// The dotted object identifier.
        package var identifier: String
        /// Whether a verifier that does not know it must refuse the certificate.
        package var isCritical: Bool
        /// The DER value that the extension wraps.
        package var value: [UInt8]

        /// Creates an extension.
        package init(_ identifier: String, isCritical: Bool = false, value: [UInt8]) {
            self.identifier = identifier
            self.isCritical = isCritical
            self.value = value
        }

        /// The Extensions of a certificate, a revocation list or an entry of one.
        package static func list(_ extensions: [Extension]) throws -> [UInt8] {
            DEREncoder.sequence(
                try extensions.map { item in
                    DEREncoder.sequence(
                        try DEREncoder.objectIdentifier(item.identifier),
                        item.isCritical ? DEREncoder.boolean(true) : [], DEREncoder.octetString(item.value))
                })
        }
    }

    /// The content bytes of the serial number's INTEGER: two's complement, big endian. The standard wants it positive and of at
    /// most 20 bytes.
    package var serialNumber: [UInt8]
    /// The issuer, as an encoded Name.
    package var issuer: [UInt8]
    /// The subject, as an encoded Name.
    package var subject: [UInt8]
    /// First day of validity, from 00:00:00 UTC.
    package var notBefore: CalendarDate
    /// Last day of validity, to 23:59:59 UTC.
    package var notAfter: CalendarDate
    /// The subject's key.
    package var publicKey: PublicKey
    /// An encoded Validity that is written instead of the two days.
    package var encodedValidity: [UInt8]?
    /// A SubjectPublicKeyInfo that is written instead, for keys that nobody should accept.
    package var encodedPublicKey: [UInt8]?
    /// How the subject's key names its curve.
    package var parameters: CurveParameterEncoding
    /// The extensions, in order.
    package var extensions: [Extension]

    /// Creates a builder with a fresh random serial number of 16 bytes.
    ///
    /// - Throws: `CryptoError` where no random numbers are to be had.
    package init(
        issuer: [UInt8], subject: [UInt8], notBefore: CalendarDate, notAfter: CalendarDate,
        publicKey: PublicKey,
        parameters: CurveParameterEncoding, extensions: [Extension] = []
    ) throws {
        serialNumber = try randomBytes(16)
        // Positive, never zero, and always of 16 bytes.
        serialNumber[0] = serialNumber[0] & 0x7F | 0x40
        self.issuer = issuer
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.publicKey = publicKey
        self.parameters = parameters
        self.extensions = extensions
    }

    /// The certificate in DER, signed by the issuer.
    ///
    /// - Throws: ``PersonalisationError`` `invalidDate` where it ends before it begins, and the errors of its parts.
    package func signed(by key: SigningKey) throws -> [UInt8] {
        guard notBefore <= notAfter else {
            throw PersonalisationError(.invalidDate, "a certificate ends before it begins")
        }
        let algorithm = try AlgorithmEncoding.identifier(of: key.scheme)
        let body = DEREncoder.sequence(
            DEREncoder.explicit(0, DEREncoder.integer(2)), TLV.encode(0x02, serialNumber), algorithm,
            issuer,
            encodedValidity
                ?? DEREncoder.sequence(DEREncoder.time(notBefore), DEREncoder.time(notAfter, endOfDay: true)),
            subject, try encodedPublicKey ?? AlgorithmEncoding.subjectPublicKeyInfo(publicKey, parameters: parameters),
            extensions.isEmpty ? [] : DEREncoder.explicit(3, try Extension.list(extensions)))
        return DEREncoder.sequence(body, algorithm, DEREncoder.bitString(try key.sign(body)))
    }
}
