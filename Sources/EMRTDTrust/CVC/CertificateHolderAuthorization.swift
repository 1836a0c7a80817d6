package import ISO7816
package import LDS

/// The role and the rights of a terminal or an authority: a Certificate Holder Authorization Template, 7F4C
/// (TR-03110-3, C.1.5 and C.4; Doc 9303-12, 7.2.2.4).
public struct CertificateHolderAuthorization: Sendable, Hashable, CustomStringConvertible {
    /// What kind of terminal the authorization is for; the same along a certificate chain.
    public enum TerminalType: UInt8, Sendable, Hashable, CaseIterable {
        /// id-IS: an inspection system.
        case inspectionSystem = 1
        /// id-AT: an authentication terminal.
        case authenticationTerminal = 2
        /// id-ST: a signature terminal.
        case signatureTerminal = 3

        /// Bytes of the bit field: 5 for authentication terminals, 1 for the others.
        public var length: Int { self == .authenticationTerminal ? 5 : 1 }

        /// The object identifier 0.4.0.127.0.7.3.1.2.x.
        package var objectIdentifier: OID { OID(0, 4, 0, 127, 0, 7, 3, 1, 2).appending(UInt64(rawValue)) }
    }

    /// The place in the hierarchy: the two highest bits.
    public enum Role: UInt8, Sendable, Hashable, CaseIterable {
        /// A terminal.
        case terminal = 0b00
        /// A document verifier that is foreign (inspection systems) or non-official (the other types).
        case foreignDocumentVerifier = 0b01
        /// A document verifier that is official and domestic.
        case domesticDocumentVerifier = 0b10
        /// A country verifying certification authority.
        case certificationAuthority = 0b11

        /// Whether it is a document verifier of either kind.
        public var isDocumentVerifier: Bool { self == .foreignDocumentVerifier || self == .domesticDocumentVerifier }
    }

    /// The kind of terminal.
    public let terminalType: TerminalType
    /// The bit field as it came, role bits first, ``TerminalType/length`` bytes.
    public let bits: [UInt8]

    /// Takes over a bit field; `nil` where its length does not fit the terminal type.
    public init?(_ terminalType: TerminalType, bits: [UInt8]) {
        guard bits.count == terminalType.length else { return nil }
        self.terminalType = terminalType
        self.bits = bits
    }

    /// The role and rights of an inspection system or of an authority over inspection systems (TR-03110-3, C.4.1).
    public static func inspectionSystem(
        _ role: Role = .terminal, readsDG3: Bool, readsDG4: Bool
    ) -> CertificateHolderAuthorization {
        CertificateHolderAuthorization(
            unchecked: .inspectionSystem, [role.rawValue << 6 | (readsDG4 ? 2 : 0) | (readsDG3 ? 1 : 0)])
    }

    /// The role.
    public var role: Role {
        // Two bits have four values, all of which are roles.
        Role(rawValue: (bits.first ?? 0) >> 6) ?? .terminal
    }

    /// Whether an inspection system may read DG3, the fingerprints: bit 0. `false` for the other types.
    public var readsDG3: Bool { terminalType == .inspectionSystem && hasRight(0) }

    /// Whether an inspection system may read DG4, the irises: bit 1. `false` for the other types.
    public var readsDG4: Bool { terminalType == .inspectionSystem && hasRight(1) }

    /// Whether a right is given, by its bit counted from 0 at the end of the bit field. Role bits are no rights.
    public func hasRight(_ bit: Int) -> Bool {
        guard bit >= 0, bit < bits.count * 8 - 2 else { return false }
        return bits[bits.count - 1 - bit / 8] >> UInt8(bit % 8) & 1 == 1
    }

    /// The bitwise AND with the authorization of the issuer, or of the user (Doc 9303-11, 7.1.4.3.6); `nil` where the
    /// terminal types differ.
    public func restricted(by other: CertificateHolderAuthorization) -> CertificateHolderAuthorization? {
        guard terminalType == other.terminalType else { return nil }
        return CertificateHolderAuthorization(unchecked: terminalType, zip(bits, other.bits).map { $0 & $1 })
    }

    /// Terminal type, role and bit field.
    public var description: String { "\(terminalType) \(role) \(bits.hexadecimal)" }

    private init(unchecked terminalType: TerminalType, _ bits: [UInt8]) {
        self.terminalType = terminalType
        self.bits = bits
    }

    /// Parses the content of a template: an object identifier and DO'53'.
    ///
    /// - Throws: ``TrustError`` `malformed`, and `unknownTerminalType`.
    package init(template: TLV) throws {
        var fields = try CVFields(template, "certificate holder authorization template")
        let identifier = try OID(encoded: fields.required(0x06, "terminal type", 1...32).value)
        let data = try fields.required(0x53, "discretionary data", 1...64)
        try fields.finish()
        guard let type = TerminalType.allCases.first(where: { $0.objectIdentifier == identifier }) else {
            throw TrustError(
                .unknownTerminalType, "the terminal type \(identifier) is not known", location: "CV certificate")
        }
        guard let value = CertificateHolderAuthorization(type, bits: Array(data.value)) else {
            throw TrustError(
                .malformed, "\(data.value.count) bytes of authorization for \(type), \(type.length) are needed",
                location: "CV certificate")
        }
        self = value
    }

    /// The template, tag 7F4C included.
    package var encoded: [UInt8] {
        TLV.encode(0x7F4C, children: [TLV.encode(0x06, terminalType.objectIdentifier.encoded), TLV.encode(0x53, bits)])
    }
}

extension TrustError.Code {
    /// A CV certificate for a type of terminal that this library does not know.
    public static let unknownTerminalType = TrustError.Code("unknownTerminalType")
}
