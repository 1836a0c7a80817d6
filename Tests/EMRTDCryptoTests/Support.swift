import EMRTDCrypto
import EMRTDTestSupport
import Foundation

/// The bytes of a secret, for comparison with printed values.
func open(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { Array(UnsafeBufferPointer(start: $0, count: $1)) }
}

/// A secret with printed bytes.
func secret(_ text: String) throws -> SecretBytes { try SecretBytes(copying: hex(text)) }

/// Bytes that look random and are the same in every run (a 32-bit linear congruential generator).
func deterministicBytes(_ count: Int, seed: UInt32 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

/// The code of the error that a call throws; `nil` where it throws none, or another kind.
func cryptoErrorCode(_ body: () throws -> Void) -> CryptoError.Code? {
    do { try body() } catch let error as CryptoError { return error.code } catch {}
    return nil
}

/// A file of Project Wycheproof's test vectors in the field data; `nil` after saying so where there is none.
func wycheproof<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T? {
    guard let folder = fieldData() else { return nil }
    let url = folder.appendingPathComponent("wycheproof").appendingPathComponent(name)
    return try JSONDecoder().decode(T.self, from: Data(contentsOf: url))
}
