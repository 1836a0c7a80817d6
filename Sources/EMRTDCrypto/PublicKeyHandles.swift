import CEMRTDCrypto
import Synchronization

/// The groups of the known curves, each made once: what a public key needs of one never changes.
///
/// Making a group costs as much as a fifth of a verification. ``CurveGroup`` makes its own, since it works with secrets.
final class SharedGroup: @unchecked Sendable {
    let pointer: OpaquePointer
    /// The domain parameters, of fixed width.
    let parameters: ExplicitCurveParameters

    private init(_ curve: StandardCurve) throws {
        parameters = try CurveGroup(curve).parameters()
        guard let pointer = emrtd_curve_new(Int32(curve.rawValue)) else { throw CryptoError.noGroup(of: curve) }
        self.pointer = pointer
    }

    deinit { emrtd_curve_free(pointer) }

    /// One curve's group, once it has been made.
    final class Slot: Sendable {
        private let group = Mutex<SharedGroup?>(nil)

        /// A failure is not kept: memory that lacks now may be there for the next key.
        func get(_ curve: StandardCurve) throws -> SharedGroup {
            try group.withLock { group in
                if let group { return group }
                let made = try SharedGroup(curve)
                group = made
                return made
            }
        }
    }

    private static let slots = StandardCurve.allCases.map { _ in Slot() }

    /// - Throws: ``CryptoError`` `unavailableCurve` where libcrypto does not have the curve, `internalFailure` where it fails.
    static func of(_ curve: StandardCurve) throws -> SharedGroup {
        let index = Int(curve.rawValue) - Int(StandardCurve.secp192r1.rawValue)
        guard slots.indices.contains(index) else {
            throw CryptoError(.internalFailure, "libcrypto does not know \(curve)")
        }
        return try slots[index].get(curve)
    }
}

/// A decoded key on a curve. libcrypto only reads it, so any number of threads may.
final class ECKeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let group: SharedGroup

    init(_ curve: StandardCurve, point: some Collection<UInt8>) throws {
        let group = try SharedGroup.of(curve)
        var made: OpaquePointer?
        let status = point.withPointer { emrtd_ec_key_new(group.pointer, $0, $1, &made) }
        try check(status, input: .invalidPoint, "\(point.count) bytes are not a point of \(curve)")
        guard let made else { throw CryptoError(.internalFailure, "EC key") }
        pointer = made
        self.group = group
    }

    deinit { emrtd_ec_key_free(pointer) }

    func uncompressedPoint(length: Int) throws -> [UInt8] {
        try filled(length) { try check(emrtd_ec_key_point(pointer, $0), input: .internalFailure, "EC point") }
    }
}

/// A decoded RSA key. libcrypto only reads it, so any number of threads may.
final class RSAKeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(modulus: [UInt8], exponent: [UInt8]) throws {
        var made: OpaquePointer?
        let status = modulus.withPointer { n, nc in
            exponent.withPointer { e, ec in emrtd_rsa_key_new(n, nc, e, ec, &made) }
        }
        try check(status, input: .invalidKey, "RSA key")
        guard let made else { throw CryptoError(.internalFailure, "RSA key") }
        pointer = made
    }

    deinit { emrtd_rsa_key_free(pointer) }
}
