import Foundation

/// Any JSON value, with its type as it stands in the text.
enum JSONValue: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    subscript(name: String) -> JSONValue? { if case .object(let members) = self { members[name] } else { nil } }

    var names: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// The check with an id in a report.
    func check(_ id: String) -> JSONValue? { self["checks"]?.items.first { $0["id"]?.text == id } }

    /// The result of the check with an id.
    func result(_ id: String) -> String? { check(id)?["result"]?.text }
}
