import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import Testing

/// Chips whose EF.SOD has one of the forms met in the field: read whole, and each form named.
@Suite(.leavesNoSecrets) struct SODFormTests {
    /// The leniencies that forms take; none for the other forms that are read.
    private static let leniencies: [SODOption: Leniency] = [
        .indefiniteLengths: .sodNotDER, .noSignedAttributes: .noSignedAttributes,
        .otherStringType: .signerIdentifierMismatch, .oldContentType: .oldContentType,
        .sduContentType: .oldContentType, .dataContentType: .oldContentType,
        .unsortedAttributes: .signedAttributesNotDER, .superfluousZeros: .ecdsaSuperfluousZeros,
        .noDigestAnnounced: .digestAlgorithmNotListed, .noOuterTag: .sodWithoutTag77,
        .digestInfoWithoutNull: .pkcs1WithoutNull,
    ]

    private static let faults: [SODOption: CheckCode] = [
        .wrongMessageDigest: .sodMessageDigestWrong, .wrongContentTypeAttribute: .sodContentTypeWrong,
        .duplicatedAttribute: .sodAttributesDuplicated, .forbiddenDigest: .sodAlgorithmForbidden,
        .wrongSignature: .sodSignatureWrong, .noSigner: .sodNoSigner,
    ]

    private func inspect(_ forms: [SODOption]) async throws -> Inspection {
        let document = try TestDocuments.passport { options in
            for form in forms { form.apply(to: &options.sod) }
            if forms.contains(.digestInfoWithoutNull) {
                options.documentSignerKey = .init(.rsaPKCS1(bits: 2048), .sha256)
            }
        }
        return try await Reading.inspect(document)
    }

    private func taken(_ inspection: Inspection) -> Set<Leniency> {
        Set([CheckID.sodSignature, .sodAttributes, .dsChain].flatMap { inspection[$0]?.leniencies ?? [] })
    }

    @Test(arguments: SODOption.allCases) func everyForm(_ form: SODOption) async throws {
        let inspection = try await inspect([form])
        if let code = Self.faults[form] {
            #expect(inspection.verdict == .rejected, "\(inspection.summary)")
            let codes = [CheckID.sodSignature, .sodAttributes].compactMap { inspection[$0]?.code }
            #expect(codes.contains(code), "\(codes)")
        } else if form == .noCertificate {
            #expect(inspection.verdict == .undetermined && inspection[.sodSignature]?.code == .sodSignerUnknown)
        } else {
            #expect(inspection.verdict == .genuine, "\(inspection.summary)")
            #expect(taken(inspection) == Set(Self.leniencies[form].map { [$0] } ?? []))
        }
    }

    /// An EF.SOD that begins with an indefinite length: nothing but its end says how long the file is.
    @Test func formsTogether() async throws {
        let inspection = try await inspect([.indefiniteLengths, .noOuterTag, .noSignedAttributes, .dataContentType])
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(taken(inspection) == [.sodNotDER, .sodWithoutTag77, .noSignedAttributes, .oldContentType])
    }
}
