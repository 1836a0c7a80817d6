import CEMRTDCrypto

/// The finite-field groups of Doc 9303-11, table 12 (RFC 5114). The raw value is the standardised domain parameter id.
package enum DHGroup: UInt8, Sendable, CaseIterable {
    case modp1024q160 = 0
    case modp2048q224 = 1
    case modp2048q256 = 2

    /// Bytes of the prime, hence of every element.
    package var length: Int { self == .modp1024q160 ? 128 : 256 }

    /// Bytes of the order of the subgroup, hence of a private scalar.
    package var orderLength: Int {
        switch self {
        case .modp1024q160: 20
        case .modp2048q224: 28
        case .modp2048q256: 32
        }
    }

    /// The group whose prime, generator and order all equal the given ones, or `nil`. The order may be absent, since PKCS #3
    /// parameters have none: prime and generator determine it. Numbers are big endian, leading zeros allowed.
    package static func matching(prime: [UInt8], generator: [UInt8], order: [UInt8]?) -> DHGroup? {
        func stripped(_ bytes: [UInt8]) -> ArraySlice<UInt8> { bytes.drop { $0 == 0 } }
        return allCases.first { group in
            guard let values = try? FiniteFieldGroup(group).parameters() else { return false }
            return stripped(prime) == stripped(values.prime) && stripped(generator) == stripped(values.generator)
                && order.map { stripped($0) == stripped(values.order) } ?? true
        }
    }
}

/// Arithmetic in the subgroup of order q of a prime field: what DH, PACE's mappings and Chip Authentication need. Elements
/// are as long as the prime. One thread at a time.
package final class FiniteFieldGroup: KeyAgreementGroup {
    /// The group.
    package let group: DHGroup
    private let handle: OpaquePointer

    package init(_ group: DHGroup) throws {
        guard let handle = emrtd_dh_new(Int32(group.rawValue)) else {
            throw CryptoError(.internalFailure, "libcrypto does not know \(group)")
        }
        self.handle = handle
        self.group = group
    }

    deinit { emrtd_dh_free(handle) }

    package var domain: DomainParameters { .dh(group) }

    /// Prime and generator (``DHGroup/length`` bytes) and order (``DHGroup/orderLength`` bytes).
    package func parameters() throws -> (prime: [UInt8], generator: [UInt8], order: [UInt8]) {
        var (p, g) = ([UInt8](repeating: 0, count: group.length), [UInt8](repeating: 0, count: group.length))
        let q = try filled(group.orderLength) {
            try check(emrtd_dh_values(handle, &p, &g, $0), input: .internalFailure, "group values")
        }
        return (p, g, q)
    }

    package func decodePublicKey(_ bytes: [UInt8]) throws -> [UInt8] {
        guard (1...group.length).contains(bytes.count) else {
            throw CryptoError(.invalidPoint, "a number of \(bytes.count) bytes where 1 to \(group.length) are allowed")
        }
        let bytes = [UInt8](repeating: 0, count: group.length - bytes.count) + bytes
        try bytes.withPointer { pointer, _ in
            try check(
                emrtd_dh_check(handle, pointer), input: .invalidPoint, "a number outside the subgroup of \(group)")
        }
        return bytes
    }

    package func randomScalar() throws -> SecretBytes {
        try SecretBytes(count: group.orderLength) {
            try check(emrtd_dh_random_scalar(handle, $0), input: .internalFailure, "random scalar")
        }
    }

    package func publicKey(_ scalar: borrowing SecretBytes, generator: [UInt8]?) throws -> [UInt8] {
        if let generator { try checkLength(generator) }
        return try scalar.withBytes { sp, sc in
            try filled(group.length) { out in
                let status =
                    generator.map { $0.withPointer { base, _ in emrtd_dh_power(handle, base, sp, sc, out) } }
                    ?? emrtd_dh_power(handle, nil, sp, sc, out)
                try check(status, input: .invalidPoint, "the generator is not of \(group), or the power is one")
            }
        }
    }

    package func sharedSecret(_ scalar: borrowing SecretBytes, publicKey: [UInt8]) throws -> SecretBytes {
        let element = try decodePublicKey(publicKey)
        return try scalar.withBytes { sp, sc in
            try SecretBytes(count: group.length) { out in
                try element.withPointer { base, _ in
                    try check(
                        emrtd_dh_power(handle, base, sp, sc, out), input: .invalidPoint,
                        "the shared secret of \(group) is one")
                }
            }
        }
    }

    package func mapGeneric(
        nonce: borrowing SecretBytes, scalar: borrowing SecretBytes, publicKey: [UInt8]
    ) throws -> [UInt8] {
        let shared = try sharedSecret(scalar, publicKey: publicKey)
        return try nonce.withBytes { np, nc in
            try shared.withBytes { hp, _ in
                try filled(group.length) { out in
                    try check(
                        emrtd_dh_map_generic(handle, np, nc, hp, out), input: .invalidPoint,
                        "the mapped generator of \(group) is one")
                }
            }
        }
    }

    package func mapIntegrated(_ number: borrowing SecretBytes) throws -> [UInt8] {
        try number.withBytes { pointer, count in
            try filled(group.length) { out in
                try check(
                    emrtd_dh_map_integrated(handle, pointer, count, out), input: .invalidPoint,
                    "the number maps to no generator of \(group)")
            }
        }
    }

    private func checkLength(_ bytes: [UInt8]) throws {
        guard bytes.count == group.length else {
            throw CryptoError(.invalidPoint, "a number of \(bytes.count) bytes where \(group.length) are needed")
        }
    }
}
