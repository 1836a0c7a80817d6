public import ISO7816
public import LDS

/// Data that Terminal Authentication version 2 signs for the chip to compare with its own, DO'67': a date that age or validity is
/// checked against, or a community id (TR-03110-3, A.6.5).
public struct AuthenticatedAuxiliaryData: Sendable, Hashable {
    /// One discretionary data template, 73.
    public struct Template: Sendable, Hashable {
        /// What the data is for.
        public let objectIdentifier: OID
        /// The content of DO'53'.
        public let data: [UInt8]

        /// A template.
        public init(_ objectIdentifier: OID, _ data: [UInt8]) {
            self.objectIdentifier = objectIdentifier
            self.data = data
        }
    }

    /// The object with its tag: A_PCD, which is signed as it was sent.
    public let encoded: [UInt8]
    /// The templates, at least one.
    public let templates: [Template]

    /// The most templates.
    public static let maximumCount = 16

    /// Data of some templates; `nil` for none or more than ``maximumCount``.
    public init?(_ templates: [Template]) {
        guard (1...Self.maximumCount).contains(templates.count) else { return nil }
        self.templates = templates
        encoded = TLV.encode(
            0x67,
            children: templates.map {
                TLV.encode(
                    0x73, children: [TLV.encode(0x06, $0.objectIdentifier.encoded), TLV.encode(0x53, $0.data)])
            })
    }

    /// Takes over an object of a command; `nil` where it is not DO'67' with 1 to 16 templates of identifier and data.
    public init?(_ object: TLV) {
        guard object.tag == 0x67, let children = try? object.children(),
            (1...Self.maximumCount).contains(children.count)
        else { return nil }
        var found: [Template] = []
        for child in children {
            guard child.tag == 0x73, let parts = try? child.children(), parts.map(\.tag) == [0x06, 0x53],
                let identifier = try? OID(encoded: parts[0].value)
            else { return nil }
            found.append(Template(identifier, Array(parts[1].value)))
        }
        templates = found
        encoded = Array(object.encoded)
    }
}
