import ISO7816
package import LDS

/// Encodes and signs a certificate revocation list (RFC 5280, 5; Doc 9303-12, 7.1.4).
package struct RevocationListBuilder: Sendable {
    /// A revoked certificate.
    package struct Entry: Sendable, Hashable {
        /// The content bytes of the serial number.
        package var serialNumber: [UInt8]
        /// The day of revocation.
        package var date: CalendarDate
        /// The reason code of RFC 5280, 5.3.1, or no such extension.
        package var reason: UInt8?
        /// Extensions after the reason.
        package var additionalExtensions: [CertificateBuilder.Extension]

        /// An entry.
        package init(
            _ serialNumber: [UInt8], date: CalendarDate, reason: UInt8? = nil,
            additionalExtensions: [CertificateBuilder.Extension] = []
        ) {
            (self.serialNumber, self.date, self.reason) = (serialNumber, date, reason)
            self.additionalExtensions = additionalExtensions
        }
    }

    /// The version written, 1 meaning v2; a list of the first version, without extensions, where `nil`.
    package var version: UInt? = 1
    /// The issuer, as an encoded Name.
    package var issuer: [UInt8]
    /// The issuer's key identifier, or no such extension.
    package var authorityKeyIdentifier: [UInt8]?
    /// When the list was issued.
    package var thisUpdate: CalendarDate
    /// When the next is due; absent where `nil`.
    package var nextUpdate: CalendarDate?
    /// The number of the list, big endian, or no such extension.
    package var number: [UInt8]?
    /// The entries; no list of them where empty, as RFC 5280, 5.1.2.6 demands.
    package var entries: [Entry]
    /// Whether the mark of the test PKI is there.
    package var isMarked = true
    /// Extensions after all others, for example unknown critical ones.
    package var additionalExtensions: [CertificateBuilder.Extension] = []

    /// A list in the name of a CSCA.
    package init(
        issuer: CertifiedKey, thisUpdate: CalendarDate, nextUpdate: CalendarDate?, number: [UInt8]? = [1],
        entries: [Entry] = []
    ) {
        self.issuer = issuer.subject
        authorityKeyIdentifier = issuer.keyIdentifier
        (self.thisUpdate, self.nextUpdate) = (thisUpdate, nextUpdate)
        (self.number, self.entries) = (number, entries)
    }

    /// The list, signed; by the issuer's key, or by another's for a list that must not count.
    ///
    /// - Throws: ``PersonalisationError``, `CryptoError`.
    package func signed(by key: SigningKey) throws -> [UInt8] {
        let algorithm = try AlgorithmEncoding.identifier(of: key.scheme)
        var extensions: [CertificateBuilder.Extension] = []
        if let authorityKeyIdentifier { extensions.append(.authorityKeyIdentifier(authorityKeyIdentifier)) }
        if let number { extensions.append(.init("2.5.29.20", value: DEREncoder.integer(magnitude: number))) }
        if isMarked { extensions.append(.testPKIMark()) }
        extensions += additionalExtensions
        let isExtended = version != nil && !extensions.isEmpty
        let body = DEREncoder.sequence(
            version.map { DEREncoder.integer($0) } ?? [], algorithm, issuer, DEREncoder.time(thisUpdate),
            nextUpdate.map { DEREncoder.time($0) } ?? [],
            entries.isEmpty ? [] : DEREncoder.sequence(try entries.map(encoded)),
            isExtended ? DEREncoder.explicit(0, try CertificateBuilder.Extension.list(extensions)) : [])
        return DEREncoder.sequence(body, algorithm, DEREncoder.bitString(try key.sign(body)))
    }

    private func encoded(_ entry: Entry) throws -> [UInt8] {
        var extensions: [CertificateBuilder.Extension] = []
        if let reason = entry.reason { extensions.append(.init("2.5.29.21", value: TLV.encode(0x0A, [reason]))) }
        extensions += entry.additionalExtensions
        return DEREncoder.sequence(
            TLV.encode(0x02, entry.serialNumber), DEREncoder.time(entry.date),
            extensions.isEmpty ? [] : try CertificateBuilder.Extension.list(extensions))
    }
}
