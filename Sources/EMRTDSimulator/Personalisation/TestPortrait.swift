import EMRTDTrust

/// The portrait of the simulator's invented holders: a drawing of nobody, JPEG, 480 x 640 pixels, 15,000 bytes.
///
/// It is part of the program, so that a simulated card needs no file at run time. `Scripts/make-portrait.py` draws it.
package enum TestPortrait {
    /// Width in pixels.
    package static let width: UInt16 = 480
    /// Height in pixels.
    package static let height: UInt16 = 640
    /// Bytes of the JPEG.
    package static let byteCount = 15_000

    /// The JPEG.
    ///
    /// - Throws: ``PersonalisationError`` `damagedResource` where the embedded text is not base64 of ``byteCount`` bytes.
    package static func jpeg() throws -> [UInt8] {
        let bytes = base64.withUTF8Buffer { Base64.decode($0) }
        guard let bytes, bytes.count == byteCount else {
            throw PersonalisationError(
                .damagedResource, "the embedded portrait does not decode; build the package again")
        }
        return bytes
    }
}
