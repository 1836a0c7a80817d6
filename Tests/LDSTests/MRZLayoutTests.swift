import LDS
import Testing

/// Every field where the published layout puts it.
@Suite struct MRZLayoutTests {
    @Test(arguments: Vector.mrz.filter { $0.id.hasPrefix("layout-") })
    func publishedPositions(_ vector: Vector) throws {
        let format = try #require(MRZFormat(rawValue: String(vector.id.dropFirst("layout-".count))))
        let fields = try #require(vector.outputs?.fields?.positions)
        #expect(fields.map { $0.end - $0.start + 1 }.reduce(0, +) == format.characterCount)
        for field in fields {
            var characters = [UInt8](repeating: UInt8(ascii: "<"), count: format.characterCount)
            // The first letter tells a visa from the other documents.
            if format == .mrvA || format == .mrvB { characters[0] = UInt8(ascii: "V") }
            let start = (field.line - 1) * format.lineLength + field.start - 1
            let count = field.end - field.start + 1
            for index in start..<(start + count) { characters[index] = index == 0 ? characters[0] : UInt8(ascii: "7") }
            let mrz = try MRZ(characters: characters)
            #expect(mrz.format == format)
            let expected = String(repeating: "7", count: count)
            switch field.name {
            case "document_code": #expect(mrz.documentCode.hasSuffix("7"))
            case "issuing_state": #expect(mrz.issuingState == expected)
            case "name": #expect(mrz.primaryIdentifier == expected && mrz.nameIsTruncated)
            case "document_number": #expect(mrz.documentNumber == expected)
            case "nationality": #expect(mrz.nationality == expected)
            case "date_of_birth": #expect(mrz.dateOfBirth.rawValue == expected)
            case "date_of_expiry", "valid_until": #expect(mrz.dateOfExpiry.rawValue == expected)
            case "sex": #expect(mrz.sex == "7")
            case "optional_data", "optional_data_1":
                // After an empty number with an empty check digit this is no long number.
                #expect(mrz.optionalData == expected && mrz.documentNumber.isEmpty)
            case "optional_data_2": #expect(mrz.optionalData2 == expected)
            default:
                let check = try #require(checks[field.name])
                #expect(mrz.checks.filter { $0.found == "7" }.map(\.field) == [check])
            }
        }
    }

    private let checks: [String: MRZCheck.Field] = [
        "document_number_cd": .documentNumber, "date_of_birth_cd": .dateOfBirth, "date_of_expiry_cd": .dateOfExpiry,
        "valid_until_cd": .dateOfExpiry, "optional_data_cd": .optionalData, "composite_cd": .composite,
    ]
}
