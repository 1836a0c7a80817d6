import EMRTDTrust
import ISO7816
package import LDS

extension CertificateBuilder.Extension {
    /// subjectKeyIdentifier (RFC 5280, 4.2.1.2).
    package static func subjectKeyIdentifier(_ identifier: [UInt8]) -> Self {
        Self("2.5.29.14", value: DEREncoder.octetString(identifier))
    }

    /// authorityKeyIdentifier with the key identifier alone (RFC 5280, 4.2.1.1).
    package static func authorityKeyIdentifier(_ identifier: [UInt8]) -> Self {
        Self("2.5.29.35", value: DEREncoder.sequence(DEREncoder.implicit(0, identifier)))
    }

    /// keyUsage, critical: bit 0 digitalSignature, 5 keyCertSign, 6 cRLSign (RFC 5280, 4.2.1.3).
    package static func keyUsage(_ bits: [Int]) -> Self {
        Self("2.5.29.15", isCritical: true, value: DEREncoder.namedBits(bits))
    }

    /// basicConstraints with any content.
    package static func basicConstraints(isCA: Bool, pathLength: UInt?) -> Self {
        Self(
            "2.5.29.19", isCritical: true,
            value: DEREncoder.sequence(
                isCA ? DEREncoder.boolean(true) : [], pathLength.map { DEREncoder.integer($0) } ?? []))
    }

    /// extKeyUsage, critical as Doc 9303-12 demands of those who sign lists (RFC 5280, 4.2.1.12).
    package static func extendedKeyUsage(_ purposes: [String]) throws -> Self {
        Self(
            "2.5.29.37", isCritical: true, value: DEREncoder.sequence(try purposes.map(DEREncoder.objectIdentifier)))
    }

    /// privateKeyUsagePeriod: the days on which the key may sign (RFC 3280, 4.2.1.4).
    package static func privateKeyUsagePeriod(_ first: CalendarDate, _ last: CalendarDate) -> Self {
        Self(
            "2.5.29.16",
            value: DEREncoder.sequence(
                DEREncoder.implicit(0, DEREncoder.generalizedTimeValue(first)),
                DEREncoder.implicit(1, DEREncoder.generalizedTimeValue(last, endOfDay: true))))
    }

    /// subjectAltName or issuerAltName with the State's letters of the MRZ as locality (Doc 9303-12, 7.1.1.2).
    package static func alternativeName(ofIssuer: Bool, issuingState: String) throws -> Self {
        let locality = DEREncoder.sequence(
            DEREncoder.set([
                DEREncoder.sequence(
                    try DEREncoder.objectIdentifier("2.5.4.7"), try DEREncoder.printableString(issuingState))
            ]))
        return Self(
            ofIssuer ? "2.5.29.18" : "2.5.29.17", value: DEREncoder.sequence(DEREncoder.explicit(4, locality)))
    }

    /// cRLDistributionPoints with one address (RFC 5280, 4.2.1.13).
    package static func revocationList(at address: String) -> Self {
        let name = DEREncoder.explicit(0, DEREncoder.implicit(6, Array(address.utf8)))
        return Self(
            "2.5.29.31", value: DEREncoder.sequence(DEREncoder.sequence(DEREncoder.explicit(0, name))))
    }

    /// documentTypeList: the document types of MRZs that a document signer may sign (Doc 9303-12, 7.1.1.6).
    package static func documentTypeList(_ types: [String]) throws -> Self {
        Self(
            "2.23.136.1.1.6.2",
            value: DEREncoder.sequence(
                DEREncoder.integer(0), DEREncoder.set(try types.map(DEREncoder.printableString))))
    }

    /// The mark of the test PKI.
    package static func testPKIMark() -> Self {
        Self(TestPKIMark.objectIdentifier, value: DEREncoder.utf8String(TestPKIMark.text))
    }
}
