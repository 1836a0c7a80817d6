public import ISO7816

/// EF.COM: versions and the list of data groups (Doc 9303-10, 4.6.1). It is not signed and real cards lie in it: the list in
/// the document security object decides.
public struct EFCOM: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The LDS version, four digits such as `0107`; `nil` where it is absent or not four digits.
    public let ldsVersion: String?
    /// The Unicode version, six digits such as `040000`; `nil` where it is absent or not six digits.
    public let unicodeVersion: String?
    /// The data groups listed, in the order of the list, each once.
    public let dataGroups: [DataGroupNumber]
    /// Tags of the list that are no data group, as they came.
    public let otherTags: [Tag]
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// ``ElementaryFile/com``.
    public var file: ElementaryFile { .com }

    /// Parses the file.
    ///
    /// - Throws: ``LDSError`` for a wrong outer tag, malformed TLV, or a missing tag list.
    public init(parsing bytes: [UInt8]) throws {
        rawBytes = bytes
        (ldsVersion, unicodeVersion, dataGroups, otherTags, leniencies) = try LDS.parsing(.com) {
            let (outer, outerLeniencies) = try outerObject(bytes, of: .com, tag: 0x60)
            var leniencies = outerLeniencies
            let objects = try outer.children()
            func version(_ tag: Tag, _ count: Int, _ name: String) -> String? {
                let value = objects.first { $0.tag == tag }?.value ?? []
                if value.count == count, value.allSatisfy({ (0x30...0x39).contains($0) }) {
                    return String(decoding: value, as: UTF8.self)
                }
                leniencies.append(LDSLeniency(.invalidVersion, file: .com, "\(name) has \(value.count) bytes"))
                return nil
            }
            let lds = version(0x5F01, 4, "LDS version")
            let unicode = version(0x5F36, 6, "Unicode version")
            guard let list = objects.first(where: { $0.tag == 0x5C }) else {
                throw LDSError(
                    .missingField, "object 5C is missing", field: "tag list", offset: outer.encoded.startIndex)
            }
            let (groups, others, repeated) = EFCOM.split(list.value)
            if !others.isEmpty || repeated > 0 {
                let what = "\(others.count) tags that are no data group, \(repeated) repeated"
                leniencies.append(LDSLeniency(.invalidTagList, file: .com, what))
            }
            return (lds, unicode, groups, others, leniencies)
        }
    }

    /// Splits a tag list. Bytes that do not make a tag of at most three bytes are kept as one-byte tags.
    private static func split(_ list: ArraySlice<UInt8>) -> (groups: [DataGroupNumber], others: [Tag], repeated: Int) {
        var groups: [DataGroupNumber] = []
        var others: [Tag] = []
        var repeated = 0
        var rest = list
        while let first = rest.popFirst() {
            var tag = UInt32(first)
            if first & 0x1F == 0x1F {
                while tag <= 0xFFFF, let next = rest.popFirst() {
                    tag = tag << 8 | UInt32(next)
                    if next & 0x80 == 0 { break }
                }
            }
            if let group = DataGroupNumber(tag: Tag(tag)) {
                if groups.contains(group) { repeated += 1 } else { groups.append(group) }
            } else {
                others.append(Tag(tag))
            }
        }
        return (groups, others, repeated)
    }
}
