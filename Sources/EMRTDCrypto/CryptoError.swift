import CEMRTDCrypto

/// An error of the cryptographic layer: a value that cannot be used, or libcrypto failing. A wrong signature is a result,
/// not an error. Errors compare by ``code`` alone; no error text holds key or message bytes.
package struct CryptoError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of a ``CryptoError``.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let description: String

        init(_ name: String) { description = name }

        /// libcrypto failed, for example for want of memory.
        package static let internalFailure = Code("internalFailure")
        /// A curve that the libcrypto of this system does not have. Unlike a failure, this stays so.
        package static let unavailableCurve = Code("unavailableCurve")
        /// A value has the wrong length.
        package static let invalidLength = Code("invalidLength")
        /// A point that is not on its curve, or infinity.
        package static let invalidPoint = Code("invalidPoint")
        /// A key that cannot be used: modulus or exponent out of range.
        package static let invalidKey = Code("invalidKey")
        /// Decrypted data does not end in its padding.
        package static let invalidPadding = Code("invalidPadding")
    }

    package let code: Code
    package let reason: String

    package init(_ code: Code, _ reason: String = "") {
        self.code = code
        self.reason = reason
    }

    package static func == (a: CryptoError, b: CryptoError) -> Bool { a.code == b.code }
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }
    package var description: String { reason.isEmpty ? code.description : "\(code): \(reason)" }
}

extension CryptoError {
    /// Whether nothing is known of the values: libcrypto failed or lacks what it takes.
    package var saysNothing: Bool { code == .internalFailure || code == .unavailableCurve }

    /// Why a curve's group could not be made.
    static func noGroup(of curve: StandardCurve) -> CryptoError {
        emrtd_curve_is_available(Int32(curve.rawValue)) == 1
            ? CryptoError(.internalFailure, "libcrypto could not make \(curve)") : .unavailable(curve)
    }

    static func unavailable(_ curve: StandardCurve) -> CryptoError {
        CryptoError(.unavailableCurve, "the libcrypto of this system does not have \(curve)")
    }
}

/// Turns a status of the C seam into an error; `input` is the code that a refused value gets.
func check(_ status: emrtd_status, input: CryptoError.Code, _ what: @autoclosure () -> String) throws {
    switch status {
    case EMRTD_OK: return
    case EMRTD_INPUT: throw CryptoError(input, what())
    case EMRTD_PADDING: throw CryptoError(.invalidPadding, what())
    default: throw CryptoError(.internalFailure, what())
    }
}

extension Collection where Element == UInt8 {
    /// Calls `body` with a pointer to the elements, without a copy where they are contiguous.
    func withPointer<R>(_ body: (UnsafePointer<UInt8>, Int) throws -> R) rethrows -> R {
        func call(_ buffer: UnsafeBufferPointer<UInt8>) throws -> R {
            var none: UInt8 = 0
            guard let base = buffer.baseAddress else { return try withUnsafePointer(to: &none) { try body($0, 0) } }
            return try body(base, buffer.count)
        }
        if let result = try withContiguousStorageIfAvailable(call) { return result }
        return try Array(self).withUnsafeBufferPointer(call)
    }
}

/// An array that C code fills.
func filled(_ count: Int, _ body: (UnsafeMutablePointer<UInt8>) throws -> Void) rethrows -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, initialized in
        if let base = buffer.baseAddress {
            base.initialize(repeating: 0, count: buffer.count)
            try body(base)
            initialized = count
        }
    }
}
