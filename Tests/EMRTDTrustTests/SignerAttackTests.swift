import EMRTDCrypto
import EMRTDSimulator
import ISO7816
import LDS
import Testing

@testable import EMRTDTrust

/// What the signature of a genuine document could be bent to say, and what of several signers must not get lost.
@Suite("Signers bent to another purpose")
struct SignerAttackTests {
    /// Signed attributes and SecurityInfos are both a SET OF SEQUENCE: the signature of an EF.SOD over its attributes is none over
    /// an EF.CardSecurity.
    @Test func attributesOfAnEFSODAsCardSecurity() throws {
        let csca = try BuiltPKI.csca()
        let signer = try BuiltPKI.signer(csca)
        let infos = DEREncoder.set([
            BuiltPKI.attribute("1.2.840.113549.1.9.3", BuiltPKI.oid("2.23.136.1.1.1")),
            BuiltPKI.attribute("1.2.840.113549.1.9.4", DEREncoder.octetString([UInt8](repeating: 7, count: 32))),
        ])
        let verifier = PassiveAuthentication(
            store: TrustStore(certificates: [csca.certificate]), policy: .field, date: inspectionDay)
        for hasAttributes in [true, false] {
            let file = try BuiltPKI.message(
                infos, type: "0.4.0.127.0.7.3.2.1", [signer], .init(hasAttributes: hasAttributes))
            let report = verifier.verify(cardSecurity: file, issuingState: "VNM", documentCode: "ID")
            #expect(report.isAuthentic == hasAttributes, "\(report.result)")
            if !hasAttributes { #expect(report.result.result == .failed) }
        }
    }

    /// The result that decides is the worst, one that the verdict needs before one that it does not; what the others took stays.
    @Test func nothingOfSeveralSignersIsLost() throws {
        let verifier = PassiveAuthentication(store: .empty, policy: .field, date: inspectionDay)
        let optional = CheckResult(
            .dsRevocation, .undetermined, .dsRevocationUnknown, "optional", isRequired: false,
            evidence: [.init("a", "1")], leniencies: [.weakAlgorithm])
        let required = CheckResult(
            .dsRevocation, .undetermined, .dsCRLUnsupported, "required", evidence: [.init("b", "2")],
            leniencies: [.anchorFromUnverifiedSource])
        let good = CheckResult(.dsRevocation, .successful, .ok, "good", isRequired: false)
        let bad = CheckResult(.dsRevocation, .failed, .dsRevoked, "bad", isRequired: false)
        for results in [[optional, required, good], [good, required, optional], [required, good, optional]] {
            let worst = try #require(verifier.worst(results))
            #expect(worst.code == .dsCRLUnsupported && worst.isRequired)
            #expect(Set(worst.leniencies) == [.weakAlgorithm, .anchorFromUnverifiedSource])
            #expect(Set(worst.evidence.map(\.name)) == ["a", "b"])
        }
        #expect(verifier.worst([required, bad, good])?.code == .dsRevoked)
        #expect(verifier.worst([good, good])?.code == .ok)
        #expect(verifier.worst([CheckResult]()) == nil)
    }

    /// Whoever makes a certificate chooses its names: they stay on one line, and short.
    @Test func namesInTexts() throws {
        let padding = String(repeating: " ", count: 150)
        let long = try BuiltPKI.csca("A" + padding + "GENUINE" + String(repeating: "x", count: 5000) + "\n\u{1B}[2J")
        let text = long.certificate.subject.description
        #expect(text.count <= 301 && text.hasPrefix("C=VN, CN=A GENUINEx"))
        #expect(!text.contains("\n") && !text.contains("\u{1B}") && !text.contains("  "))
    }
}
