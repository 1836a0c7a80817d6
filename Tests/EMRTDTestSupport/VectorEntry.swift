public import Testing

/// A value of a JSON file whose shape differs from entry to entry.
public enum JSONValue: Decodable, Sendable {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case number(Int)
    case bool(Bool)
    case null

    /// Decodes whatever is there.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// A field of an object; fails the test where it is missing.
    public func field(_ key: String, _ location: SourceLocation = #_sourceLocation) throws -> JSONValue {
        guard case .object(let fields) = self else { throw MissingField(key: key) }
        return try #require(fields[key], "field \(key)", sourceLocation: location)
    }

    /// Whether an object has a field.
    public func has(_ key: String) -> Bool {
        if case .object(let fields) = self { fields[key] != nil } else { false }
    }

    /// The text of a field.
    public func text(_ key: String, _ location: SourceLocation = #_sourceLocation) throws -> String {
        guard case .string(let text) = try field(key, location) else { throw MissingField(key: key) }
        return text
    }

    /// The bytes of a field in hexadecimal.
    public func bytes(_ key: String, _ location: SourceLocation = #_sourceLocation) throws -> [UInt8] {
        hex(try text(key, location))
    }

    /// The number of a field.
    public func number(_ key: String, _ location: SourceLocation = #_sourceLocation) throws -> Int {
        guard case .number(let number) = try field(key, location) else { throw MissingField(key: key) }
        return number
    }

    /// The elements of a field.
    public func elements(_ key: String, _ location: SourceLocation = #_sourceLocation) throws -> [JSONValue] {
        guard case .array(let elements) = try field(key, location) else { throw MissingField(key: key) }
        return elements
    }

    /// The strings of a field.
    public func texts(_ key: String, _ location: SourceLocation = #_sourceLocation) throws -> [String] {
        try elements(key, location).map {
            guard case .string(let text) = $0 else { throw MissingField(key: key) }
            return text
        }
    }
}

/// A field of a vector that is not there, or not of the kind a test wants.
public struct MissingField: Error {
    /// The name of the field.
    public let key: String

    /// Creates an error about a field.
    public init(key: String) { self.key = key }
}

/// An entry of a file of `vectors/`.
public struct VectorEntry: Decodable, Sendable, CustomTestStringConvertible {
    /// The stable name.
    public let id: String
    /// What goes in.
    public let inputs: JSONValue
    /// What is printed on the way.
    public let intermediate: JSONValue
    /// What must come out.
    public let outputs: JSONValue
    /// Commands and responses.
    public let apdus: [JSONValue]
    /// The object identifier of the protocol in dotted form, where an entry has one.
    public let oid: String?

    enum CodingKeys: String, CodingKey { case id, inputs, intermediate, outputs, apdus, oid }

    /// Decodes the fields that tests use.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        inputs = try container.decodeIfPresent(JSONValue.self, forKey: .inputs) ?? .null
        intermediate = try container.decodeIfPresent(JSONValue.self, forKey: .intermediate) ?? .null
        outputs = try container.decodeIfPresent(JSONValue.self, forKey: .outputs) ?? .null
        apdus = try container.decodeIfPresent([JSONValue].self, forKey: .apdus) ?? []
        oid = try container.decodeIfPresent(String.self, forKey: .oid)
    }

    /// The id.
    public var testDescription: String { id }

    private struct Document: Decodable {
        let entries: [VectorEntry]
    }

    /// The entries of a file, in its order. Stops the test run where the file cannot be read.
    public static func all(_ name: String) -> [VectorEntry] {
        do { return try vectors(name, as: Document.self).entries } catch { preconditionFailure("\(name): \(error)") }
    }
}

extension [VectorEntry] {
    /// The entry with an id; fails the test where there is none.
    public func named(_ id: String, _ location: SourceLocation = #_sourceLocation) throws -> VectorEntry {
        try #require(first { $0.id == id }, "entry \(id)", sourceLocation: location)
    }
}
