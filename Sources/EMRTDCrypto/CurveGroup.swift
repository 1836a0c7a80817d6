import CEMRTDCrypto

/// Arithmetic on one curve: what ECDH, PACE's mappings and Chip Authentication need. Points are uncompressed and of fixed
/// width; each point that comes in is checked to lie on the curve and not to be infinity. One thread at a time.
package final class CurveGroup {
    /// The curve.
    package let curve: StandardCurve
    private let group: OpaquePointer

    /// - Throws: ``CryptoError`` `unavailableCurve` or `internalFailure`.
    package init(_ curve: StandardCurve) throws {
        guard let group = emrtd_curve_new(Int32(curve.rawValue)) else {
            throw CryptoError.noGroup(of: curve)
        }
        self.group = group
        self.curve = curve
    }

    deinit { emrtd_curve_free(group) }

    func parameters() throws -> ExplicitCurveParameters {
        let length = curve.fieldLength
        var values = [[UInt8]](repeating: [UInt8](repeating: 0, count: length), count: 6)
        var flat = [UInt8](repeating: 0, count: 6 * length)
        try flat.withUnsafeMutableBufferPointer { buffer in
            guard let p = buffer.baseAddress else { return }
            try check(
                emrtd_curve_values(
                    group, p, p + length, p + 2 * length, p + 3 * length, p + 4 * length, p + 5 * length),
                input: .internalFailure, "curve values")
        }
        for index in 0..<6 { values[index] = Array(flat[(index * length)..<((index + 1) * length)]) }
        return ExplicitCurveParameters(
            prime: values[0], a: values[1], b: values[2], generator: [4] + values[3] + values[4], order: values[5],
            cofactor: [1])
    }

    /// Checks an encoded point (compressed or not) and returns it uncompressed.
    ///
    /// - Throws: ``CryptoError`` `invalidPoint`.
    package func decodePoint(_ bytes: some Collection<UInt8>) throws -> [UInt8] {
        try filled(curve.pointLength) { out in
            try bytes.withPointer { pointer, count in
                try check(
                    emrtd_curve_point(group, pointer, count, out), input: .invalidPoint,
                    "\(count) bytes are not a point of \(curve)")
            }
        }
    }

    /// A fresh private scalar, 1 to n - 1.
    package func randomScalar() throws -> SecretBytes {
        try SecretBytes(count: curve.orderLength) {
            try check(emrtd_curve_random_scalar(group, $0), input: .internalFailure, "random scalar")
        }
    }

    /// scalar * base; `nil` stands for the standard generator.
    package func multiply(_ scalar: borrowing SecretBytes, base: [UInt8]? = nil) throws -> [UInt8] {
        try checkLength(base)
        return try scalar.withBytes { sp, sc in
            try filled(curve.pointLength) { out in
                let status =
                    base.map { $0.withPointer { bp, _ in emrtd_curve_multiply(group, bp, sp, sc, out) } }
                    ?? emrtd_curve_multiply(group, nil, sp, sc, out)
                try check(status, input: .invalidPoint, "the base is not on \(curve), or the product is infinity")
            }
        }
    }

    /// Generic Mapping: s * G + H (Doc 9303-11, 4.4.3.3.1).
    package func mapGeneric(nonce: borrowing SecretBytes, sharedPoint: borrowing SecretBytes) throws -> [UInt8] {
        guard sharedPoint.count == curve.pointLength else { throw CryptoError(.invalidPoint, "H has the wrong length") }
        return try nonce.withBytes { np, nc in
            try sharedPoint.withBytes { hp, _ in
                try filled(curve.pointLength) { out in
                    try check(
                        emrtd_curve_map_generic(group, np, nc, hp, out), input: .invalidPoint,
                        "the mapped generator is infinity, or H is not on \(curve)")
                }
            }
        }
    }

    /// Integrated Mapping (Doc 9303-11, 4.4.3.3.2 and B.2): the point that a number encodes.
    package func mapIntegrated(_ number: borrowing SecretBytes) throws -> [UInt8] {
        try number.withBytes { pointer, count in
            try filled(curve.pointLength) { out in
                try check(
                    emrtd_curve_map_integrated(group, pointer, count, out), input: .invalidPoint,
                    "the number encodes no point of \(curve)")
            }
        }
    }

    /// dividend / divisor modulo the order of the generator, for Chip Authentication Mapping (Doc 9303-11, 4.4.3.3.3).
    ///
    /// - Throws: ``CryptoError`` `invalidKey` where the divisor is a multiple of the order.
    package func quotient(_ dividend: borrowing SecretBytes, by divisor: borrowing SecretBytes) throws -> SecretBytes {
        try dividend.withBytes { np, nc in
            try divisor.withBytes { dp, dc in
                try SecretBytes(count: curve.orderLength) { out in
                    try check(
                        emrtd_curve_quotient(group, dp, dc, np, nc, out), input: .invalidKey,
                        "a scalar without an inverse")
                }
            }
        }
    }

    /// scalar * point as a secret, for H of Generic Mapping.
    package func sharedPoint(_ scalar: borrowing SecretBytes, point: [UInt8]) throws -> SecretBytes {
        try secret(curve.pointLength, scalar, point) { emrtd_curve_multiply($0, $1, $2, $3, $4) }
    }

    /// ECDH: the x coordinate of scalar * point with its leading zeros.
    package func sharedSecret(_ scalar: borrowing SecretBytes, point: [UInt8]) throws -> SecretBytes {
        try secret(curve.fieldLength, scalar, point) { emrtd_curve_shared_secret($0, $1, $2, $3, $4) }
    }

    /// `length` bytes that `product` makes of the group, the point, the scalar and its length.
    private func secret(
        _ length: Int, _ scalar: borrowing SecretBytes, _ point: [UInt8],
        _ product: (OpaquePointer, UnsafePointer<UInt8>, UnsafePointer<UInt8>, Int, UnsafeMutablePointer<UInt8>) ->
            emrtd_status
    ) throws -> SecretBytes {
        try checkLength(point)
        return try scalar.withBytes { sp, sc in
            try SecretBytes(count: length) { out in
                try point.withPointer { pp, _ in
                    try check(product(group, pp, sp, sc, out), input: .invalidPoint, "the point is not on \(curve)")
                }
            }
        }
    }

    private func checkLength(_ point: [UInt8]?) throws {
        guard point == nil || point?.count == curve.pointLength else {
            throw CryptoError(
                .invalidPoint, "a point of \(point?.count ?? 0) bytes where \(curve.pointLength) are needed")
        }
    }
}
