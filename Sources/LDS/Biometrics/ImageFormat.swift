/// The format of image bytes, told by their first bytes and by nothing else.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    /// JPEG (ISO/IEC 10918-1): starts with FF D8 FF.
    case jpeg = "JPEG"
    /// JPEG 2000 in a JP2 file (ISO/IEC 15444-1, Annex I): starts with the signature box.
    case jpeg2000 = "JPEG 2000"
    /// A JPEG 2000 codestream without a file around it (ISO/IEC 15444-1, Annex A): starts with FF 4F FF 51.
    case jpeg2000Codestream = "JPEG 2000 codestream"
    /// Anything else.
    case unknown

    /// The format of some bytes.
    public init(of bytes: some Collection<UInt8>) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20]) {
            self = .jpeg2000
        } else if bytes.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) {
            self = .jpeg2000Codestream
        } else {
            self = .unknown
        }
    }
}
