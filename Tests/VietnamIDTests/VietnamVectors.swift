import EMRTDTestSupport

/// `vectors/vietnam.json`.
struct VietnamVectors: Decodable {
    struct DG13: Decodable {
        var fullOneSequencePerParent: String
        var fullOneSequence: String
        var sparseFatherBlank: String
        var sparseAmbiguous: String

        enum CodingKeys: String, CodingKey {
            case fullOneSequencePerParent = "full_leeon_nesting"
            case fullOneSequence = "full_nghialio_nesting"
            case sparseFatherBlank = "sparse_no_expiry_father_blank_leeon"
            case sparseAmbiguous = "sparse_father_blank_one_seq_AMBIGUOUS"
        }
    }

    var mrz: [String: [String]]
    var dg13: DG13

    static let all: VietnamVectors = {
        do {
            return try vectors("vietnam.json")
        } catch {
            preconditionFailure("vietnam.json: \(error)")
        }
    }()
}
