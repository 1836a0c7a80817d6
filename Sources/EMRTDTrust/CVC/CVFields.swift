import ISO7816
import LDS

/// Reads the objects of a CV certificate in the order that its profile demands, each at most once and DER encoded
/// (TR-03110-3, D.1 and C.1; Doc 9303-12, 7.2.2).
struct CVFields {
    private var rest: ArraySlice<TLV>
    private let structure: String

    /// The most objects in one structure.
    static let maximumCount = 32

    init(_ parent: TLV, _ structure: String) throws {
        self.structure = structure
        let objects = try cvParsing { try parent.children() }
        guard objects.count <= Self.maximumCount else {
            throw TrustError(
                .limitExceeded, "more than \(Self.maximumCount) objects in \(structure)", location: "CV certificate")
        }
        for object in objects { try Self.checkLengthField(object) }
        rest = objects[...]
    }

    /// The next object, which must have a tag and a value of an allowed length.
    mutating func required(_ tag: Tag, _ name: String, _ lengths: ClosedRange<Int>) throws -> TLV {
        guard let object = try optional(tag, name, lengths) else {
            let found = rest.first.map { "object \($0.tag) stands" } ?? "nothing is left"
            throw TrustError(
                .malformed, "\(found) where object \(tag) (\(name)) of \(structure) should be", location: location)
        }
        return object
    }

    /// The next object where it has a tag; `nil` where there is another one, or none.
    mutating func optional(_ tag: Tag, _ name: String, _ lengths: ClosedRange<Int>) throws -> TLV? {
        guard let object = rest.first, object.tag == tag else { return nil }
        guard lengths.contains(object.value.count) else {
            throw TrustError(
                .malformed,
                "\(name) has \(object.value.count) bytes, \(lengths.lowerBound) to \(lengths.upperBound) are allowed",
                location: location)
        }
        rest = rest.dropFirst()
        return object
    }

    /// Checks that nothing is left: unknown, repeated or misplaced objects.
    func finish() throws {
        if let object = rest.first {
            throw TrustError(
                .malformed, "object \(object.tag) is unknown, repeated or misplaced in \(structure)",
                location: location)
        }
    }

    /// Refuses length fields that are longer than they need be: what is signed has one encoding.
    static func checkLengthField(_ object: TLV) throws {
        let header = object.tag.bytes.count + TLV.encodeLength(object.value.count).count
        guard object.encoded.count == header + object.value.count else {
            throw TrustError(
                .malformed, "the length field of object \(object.tag) is longer than needed", location: "CV certificate"
            )
        }
    }

    private var location: String { "CV certificate" }
}

/// Runs a parser so that errors of TLV and of object identifiers leave as ``TrustError`` `malformed`.
func cvParsing<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as ISO7816Error {
        throw TrustError(.malformed, error.reason, location: "CV certificate")
    } catch let error as LDSError {
        throw TrustError(.malformed, error.reason, location: "CV certificate")
    }
}
