import ISO7816
import LDS

extension VietnamDG13Fields {
    /// 1.0.10646.1.0.8, the identifier in front of the fields.
    static let layoutIdentifier: [UInt8] = [0x28, 0xD3, 0x16, 0x01, 0x00, 0x08]

    /// Parses the file.
    ///
    /// - Throws: ``LDSError`` where it is not of the known layout: outer objects, identifier, or no readable element at all.
    ///   Anything wrong inside single elements becomes a note.
    init(parsing bytes: [UInt8]) throws(LDSError) {
        let (version, set, extra) = try VietnamDG13Fields.open(bytes)
        var builder = FieldCollector()
        if extra > 0 { builder.note(.trailingBytes) }
        if !(0...1).contains(version) { builder.note(.unexpectedVersion) }
        builder.collect(set)
        guard !builder.values.isEmpty else {
            throw LDSError(
                .missingField, "no element with an index", file: .dataGroup(.dg13), field: "fields",
                offset: set.startIndex)
        }
        self.version = version
        numberText = builder.text(1)
        fullName = builder.text(2)
        dateOfBirth = builder.text(3).map { VietnameseDate($0) }
        sexText = builder.text(4)
        nationality = builder.text(5)
        ethnicity = builder.text(6)
        religion = builder.text(7)
        placeOfOrigin = builder.text(8)
        residence = builder.text(9)
        identifyingFeatures = builder.text(10)
        dateOfIssue = builder.text(11).map { VietnameseDate($0) }
        expiryText = builder.text(12)
        parents = builder.parents()
        spouse = builder.text(14)
        // One profile puts the old number in 16: an old number is told by its content.
        let fifteenth = builder.text(15)
        let sixteenth = builder.text(16)
        if let fifteenth, fifteenth.isOldNumber {
            oldNumber = fifteenth
            field16 = sixteenth
        } else if let sixteenth, sixteenth.isOldNumber {
            oldNumber = sixteenth
            field16 = fifteenth
            builder.note(.oldNumberInField16, 16)
        } else {
            oldNumber = nil
            field16 = sixteenth
            if fifteenth != nil { builder.note(.unclearField, 15) }
        }
        entries = builder.entries
        notes = builder.notes
    }

    /// Opens 6D, 30, version and identifier, and gives the content of the SET.
    private static func open(
        _ bytes: [UInt8]
    ) throws(LDSError) -> (version: Int, set: ArraySlice<UInt8>, extra: Int) {
        let file = ElementaryFile.dataGroup(.dg13)
        do {
            let outer = try TLV(prefixOf: bytes[...])
            guard outer.tag == 0x6D else {
                throw LDSError(.wrongTag, "outer tag is \(outer.tag), 6D was expected", file: file, offset: 0)
            }
            let sequence = try TLV(prefixOf: outer.value)
            guard sequence.tag == 0x30 else {
                throw LDSError(
                    .unexpectedField, "tag \(sequence.tag) inside 6D, 30 was expected", file: file,
                    offset: sequence.encoded.startIndex)
            }
            let objects = try sequence.children()
            guard objects.first?.tag == 0x02, let version = number(objects.first) else {
                throw LDSError(.missingField, "no version", file: file, field: "version")
            }
            guard objects.count > 1, objects[1].tag == 0x06, objects[1].value.elementsEqual(layoutIdentifier) else {
                throw LDSError(
                    .unsupportedFormat, "the identifier is not 1.0.10646.1.0.8", file: file, field: "identifier")
            }
            guard let set = objects.dropFirst(2).first(where: { $0.tag == 0x31 }) else {
                throw LDSError(.missingField, "no SET of fields", file: file, field: "fields")
            }
            return (version, set.value, bytes.count - outer.encoded.count)
        } catch let error as LDSError {
            throw error
        } catch {
            let error = error as? ISO7816Error
            throw LDSError(.malformedTLV, error?.reason ?? "", file: file, offset: error?.offset)
        }
    }

    /// A small INTEGER.
    fileprivate static func number(_ object: TLV?) -> Int? {
        guard let value = object?.value, (1...2).contains(value.count), value.first.map({ $0 < 0x80 }) == true else {
            return nil
        }
        return value.reduce(0) { $0 << 8 | Int($1) }
    }
}

/// Gathers the elements of the SET by index.
private struct FieldCollector {
    var entries: [VietnamDG13Fields.Entry] = []
    var values: [Int: [TLV]] = [:]
    var notes: [VietnamDG13Fields.Note] = []

    mutating func note(_ code: VietnamDG13Fields.Note.Code, _ index: Int? = nil) {
        let note = VietnamDG13Fields.Note(code: code, index: index)
        if !notes.contains(note) { notes.append(note) }
    }

    /// Walks the elements; the first that cannot be walked over ends it, with what is left kept as one entry.
    mutating func collect(_ set: ArraySlice<UInt8>) {
        var rest = set
        while !rest.isEmpty, entries.count < 64 {
            guard let object = try? TLV(prefixOf: rest) else { break }
            rest = rest[object.encoded.endIndex...]
            guard object.tag == 0x30, let parts = try? object.children(), parts.first?.tag == 0x02,
                let index = VietnamDG13Fields.number(parts.first)
            else {
                entries.append(VietnamDG13Fields.Entry(index: nil, encoded: Array(object.encoded)))
                note(.malformedField)
                continue
            }
            entries.append(VietnamDG13Fields.Entry(index: index, encoded: Array(object.encoded)))
            if !(1...16).contains(index) {
                note(.unknownField, index)
            } else if values[index] != nil {
                note(.repeatedField, index)
            } else {
                values[index] = Array(parts.dropFirst())
            }
        }
        if !rest.isEmpty {
            entries.append(VietnamDG13Fields.Entry(index: nil, encoded: Array(rest)))
            note(.malformedField)
        }
    }

    /// The one text of a field, nested or not.
    mutating func text(_ index: Int) -> VietnameseText? {
        let texts = groups(index).flatMap { $0 }.compactMap { $0 }
        if texts.count > 1 { note(.unclearField, index) }
        return texts.count == 1 ? texts[0] : nil
    }

    /// Field 13: one inner SEQUENCE for each parent, or one SEQUENCE of two strings, or bare strings.
    mutating func parents() -> VietnamDG13Fields.Parents {
        var groups = groups(13)
        // One SEQUENCE of several strings, or bare strings: each string has the place of a parent.
        if groups.count == 1 { groups = groups[0].map { [$0] } }
        let places = groups.map { $0.compactMap { $0 } }
        let texts = places.flatMap { $0 }
        if texts.isEmpty { return .none }
        if places.count == 2, places.allSatisfy({ $0.count <= 1 }) {
            return .named(father: places[0].first, mother: places[1].first)
        }
        if places.count == 1, texts.count == 1 { return .oneOfThem(texts[0]) }
        note(.unclearField, 13)
        return .unclear(texts)
    }

    /// The strings of a field: one group for each inner SEQUENCE, bare strings in a group of their own; `nil` for an empty
    /// string, which keeps its place.
    private mutating func groups(_ index: Int) -> [[VietnameseText?]] {
        var groups: [[VietnameseText?]] = []
        var bare: [VietnameseText?] = []
        for value in values[index] ?? [] {
            guard value.tag.isConstructed else {
                bare.append(string(value, index))
                continue
            }
            guard let inner = try? value.children() else {
                note(.malformedField, index)
                continue
            }
            groups.append(
                inner.compactMap { object -> VietnameseText?? in
                    guard !object.tag.isConstructed else {
                        note(.malformedField, index)
                        return nil
                    }
                    return .some(string(object, index))
                })
        }
        return bare.isEmpty ? groups : groups + [bare]
    }

    private mutating func string(_ object: TLV, _ index: Int) -> VietnameseText? {
        guard !object.value.isEmpty else { return nil }
        let text = VietnameseText(object.value)
        if !text.isValidUTF8 { note(.invalidText, index) }
        return text
    }
}

extension VietnameseText {
    /// Whether the text is 9 or 12 digits.
    fileprivate var isOldNumber: Bool {
        (rawBytes.count == 9 || rawBytes.count == 12)
            && rawBytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
