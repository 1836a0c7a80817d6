/// The two identifiers of a name field (Doc 9303-3, 4.6): `<<` separates them, `<` their parts.
struct MRZName {
    let primary: String
    let secondary: String
    let isTruncated: Bool

    init(_ field: ArraySlice<UInt8>) {
        isTruncated = field.last.map { $0 != filler } ?? false
        let bytes = Array(field)
        var split = bytes.count
        for index in bytes.indices.dropLast() where bytes[index] == filler && bytes[index + 1] == filler {
            split = index
            break
        }
        primary = MRZName.words(bytes[..<split])
        secondary = MRZName.words(bytes[split...])
    }

    private static func words(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.split(separator: filler).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}
