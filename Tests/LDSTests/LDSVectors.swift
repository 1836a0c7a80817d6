import EMRTDTestSupport
import Testing

/// An entry of `vectors/lds.json`, `vectors/mrz.json` or `vectors/object-identifiers.json`, with the fields these tests use.
struct Vector: Decodable, CustomTestStringConvertible {
    struct Inputs: Decodable {
        var format: String?
        var mrz: [String]?
        var data: String?
        var line1: String?
        var line2: String?
        var der: String?
        var viz: String?
        var asPrinted: String?

        enum CodingKeys: String, CodingKey {
            case format, data, line1, line2, der
            case mrz = "MRZ"
            case viz = "VIZ"
            case asPrinted = "MRZ_as_printed"
        }
    }

    struct File: Decodable {
        var name: String
        var fid: String
        var sfi: String?
        var tag: String?
    }

    struct Field: Decodable {
        var name: String
        var line: Int
        var start: Int
        var end: Int
    }

    struct Info: Decodable {
        var oid: String
        var der: String
    }

    struct Outputs: Decodable {
        var oid: String?
        var value: String?
        var checkDigit: String?
        var composite: String?
        var fields: Fields?
        var line: String?
        var truncated: Bool?
        var documentNumber: String?
        var files: [File]?
        var efCOM: String?
        var ldsVersion: String?
        var unicodeVersion: String?
        var tags: [String]?
        var dg1: String?
        var dg2: String?
        var image: String?
        var correctedPrefix: String?
        var efCardAccess: String?
        var infos: [Info]?
        var trailing: String?
        var parameterId: Int?
        var protocolIdentifier: String?

        enum CodingKeys: String, CodingKey {
            case oid, value, composite, fields, line, truncated, files, tags, image, infos, parameterId
            case checkDigit = "check_digit"
            case documentNumber = "document_number"
            case efCOM = "EF_COM"
            case ldsVersion = "lds_version"
            case unicodeVersion = "unicode_version"
            case dg1 = "DG1"
            case dg2 = "DG2"
            case correctedPrefix = "corrected_prefix"
            case efCardAccess = "EF_CardAccess"
            case trailing = "trailing_bytes"
            case protocolIdentifier = "protocol"
        }
    }

    /// Field values of a specimen, or field positions of a layout.
    enum Fields: Decodable {
        case values([String: String])
        case positions([Field])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let values = try? container.decode([String: String].self) {
                self = .values(values)
            } else {
                self = .positions(try container.decode([Field].self))
            }
        }

        var values: [String: String] { if case .values(let values) = self { values } else { [:] } }
        var positions: [Field] { if case .positions(let fields) = self { fields } else { [] } }
    }

    var id: String
    var category: String?
    var inputs: Inputs?
    var outputs: Outputs?

    var testDescription: String { id }

    static let lds = entries("lds.json")
    static let mrz = entries("mrz.json")
    static let objectIdentifiers = entries("object-identifiers.json")

    static func named(_ id: String) -> Vector? { (lds + mrz).first { $0.id == id } }

    private struct Document: Decodable {
        var entries: [Vector]
    }

    private static func entries(_ name: String) -> [Vector] {
        do {
            return try vectors(name, as: Document.self).entries
        } catch {
            preconditionFailure("\(name): \(error)")
        }
    }
}
