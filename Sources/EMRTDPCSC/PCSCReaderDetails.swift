/// What the driver of a reader says about it; whatever it does not say is `nil`.
public struct PCSCReaderDetails: Sendable, Hashable {
    /// The reader's name, as the system gives it.
    public let name: String
    /// The maker, for example `ACS`.
    public let vendor: String?
    /// The model.
    public let model: String?
    /// The version of the reader, `major.minor.build`.
    public let version: String?
    /// The version of the reader's firmware, as its driver spells it.
    public let firmware: String?
    /// The USB vendor identifier.
    public let usbVendor: UInt16?
    /// The USB product identifier.
    public let usbProduct: UInt16?
    /// Whether extended length APDUs pass.
    public let supportsExtendedLength: Bool?
    /// The longest command APDU in bytes.
    public let maximumCommandLength: Int?
    /// The longest response APDU in bytes, with the status word.
    public let maximumResponseLength: Int?

    init(name: ReaderName, handle: CardHandle) {
        let features = ReaderFeatures.read(from: handle)
        self.name = name.text
        vendor = (try? handle.attribute(Self.vendorName)).flatMap(Self.text)
        model = (try? handle.attribute(Self.vendorType)).flatMap(Self.text)
        version = (try? handle.attribute(Self.vendorVersion)).flatMap(Self.version)
        firmware = features.firmware
        usbVendor = features.vendorIdentifier
        usbProduct = features.productIdentifier
        supportsExtendedLength = features.supportsExtendedLength
        maximumCommandLength = features.maximumCommandLength
        maximumResponseLength = features.maximumResponseLength
    }

    // PC/SC part 3, 3.1.2.2: class 1, vendor information.
    private static let vendorName: UInt32 = 0x0001_0100
    private static let vendorType: UInt32 = 0x0001_0101
    private static let vendorVersion: UInt32 = 0x0001_0102

    /// Text up to a zero byte; `nil` where there is none.
    static func text(_ value: [UInt8]) -> String? {
        let characters = value.prefix { $0 != 0 }
        return characters.isEmpty ? nil : String(decoding: characters, as: UTF8.self)
    }

    /// The double word 0xMMmmbbbb, in the byte order of the machine, as `MM.mm.bbbb` in decimal.
    static func version(_ value: [UInt8]) -> String? {
        guard value.count == 4 else { return nil }
        let word = value.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        return "\(word >> 24).\(word >> 16 & 0xFF).\(word & 0xFFFF)"
    }
}
