import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import Foundation
import LDS
import Testing

/// EF.CardSecurity of a German test card, from the test data of a public reader.
@Suite struct CardSecurityTests {
    static func file() throws -> [UInt8]? {
        guard let url = fieldData()?.appendingPathComponent("cvc_ausweisapp/efCardSecurity.hex") else { return nil }
        return hex(try String(contentsOf: url, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    static func verify(_ file: [UInt8]?, state: String? = "D") throws -> CardSecurityReport {
        let date = try #require(Timestamp(date: "2016-01-01"))
        return PassiveAuthentication(store: .empty, date: date).verify(cardSecurity: file, issuingState: state)
    }

    @Test func infosOfAForeignFile() throws {
        guard let file = try Self.file() else { return }
        let card = try CardSecurity(encoded: file)
        #expect(!card.securityInfos.paceInfos.isEmpty)
        #expect(!card.securityInfos.chipAuthenticationPublicKeyInfos.isEmpty)
        #expect(card.certificates.count == 1 && card.leniencies.isEmpty)
        let padded = try CardSecurity(encoded: file + [0, 0, 0])
        #expect(padded.leniencies == [.sodTrailingBytes])
    }

    /// The signature is right, and without its CSCA the file still is not authentic.
    @Test func unknownIssuerIsNotAuthentic() throws {
        guard let file = try Self.file() else { return }
        let report = try Self.verify(file)
        #expect(report.result.result == .undetermined && !report.isAuthentic)
        #expect(report.result.code == .cardSecurityNotAuthenticated)
        #expect(report.result.reason.contains("ds.issuerUnknown"))
        #expect(report.securityInfos != nil)
    }

    /// A bit flipped anywhere in the content or the signature is found, or the file cannot be read.
    @Test func flippedBits() throws {
        guard let file = try Self.file() else { return }
        let card = try CardSecurity(encoded: file)
        let content = card.securityInfos.rawBytes
        let start = try #require(
            file.indices.first { file[$0...].starts(with: content) }, "the content lies in the file as it is")
        let signature = (file.count - 40)..<file.count
        for index in Array(start..<(start + content.count)) + Array(signature) {
            var spoilt = file
            spoilt[index] ^= 0x04
            let report = try Self.verify(spoilt)
            #expect(!report.isAuthentic && report.result.result != .successful, "byte \(index)")
            #expect(report.result.result == .failed || report.result.code == .cardSecurityMalformed, "byte \(index)")
            #expect([.cardSecurityMalformed, .cardSecurityNotAuthenticated].contains(report.result.code))
        }
    }

    /// Reasons name the file that is meant.
    @Test func reasonsNameTheFile() throws {
        let csca = try BuiltPKI.csca()
        let signer = try BuiltPKI.signer(csca)
        let infos = DEREncoder.set([
            DEREncoder.sequence(
                BuiltPKI.oid("0.4.0.127.0.7.2.2.4.2.2"), DEREncoder.integer(2), DEREncoder.integer(12))
        ])
        let verifier = PassiveAuthentication(store: TrustStore(certificates: [csca.certificate]), date: inspectionDay)
        for (signers, options, code) in [
            ([], BuiltPKI.MessageOptions(), "sod.noSigner"), ([signer], .init(certificates: []), "sod.signerUnknown"),
            ([signer], .init(hasAttributes: false), "sod.attributesMissing"),
            ([signer], .init(damagesSignature: true), "sod.signatureWrong"),
        ] as [([BuiltPKI.Holder], BuiltPKI.MessageOptions, String)] {
            let file = try BuiltPKI.message(infos, type: "0.4.0.127.0.7.3.2.1", signers, options)
            let result = verifier.verify(cardSecurity: file, issuingState: "VNM").result
            #expect(result.code == .cardSecurityNotAuthenticated && result.reason.contains(code), "\(result)")
            #expect(result.reason.contains("EF.CardSecurity") && !result.reason.contains("SOD"), "\(result)")
        }
        let padded = try BuiltPKI.message(infos, type: "0.4.0.127.0.7.3.2.1", [signer]) + [0, 0]
        let verified = verifier.verify(cardSecurity: padded, issuingState: "VNM").result
        #expect(verified.result == .successful && verified.leniencies == [.sodTrailingBytes], "\(verified)")
        #expect(verified.leniencies.allSatisfy { !$0.reason.contains("SOD") })
    }

    @Test func whatIsNoCardSecurity() throws {
        #expect(try Self.verify(nil).result.code == .cardSecurityNotRead)
        #expect(try Self.verify(nil).result.result == .undetermined)
        let sods = try SODVectors.load().signatures.prefix(3).map { hex($0.sod) }
        let others: [[UInt8]] = [[], [0x30], [0x30, 0x00], [0x31, 0x00], [UInt8](repeating: 0x30, count: 70_000)]
        for bytes in others + sods + sods.map({ Array($0.dropFirst(4)) }) {
            let report = try Self.verify(bytes)
            #expect(report.result.result == .undetermined && report.result.code == .cardSecurityMalformed)
            #expect(report.securityInfos == nil && !report.isAuthentic)
        }
        guard let file = try Self.file() else { return }
        for count in stride(from: 1, to: file.count, by: 37) {
            #expect(try Self.verify(Array(file.prefix(count))).result.code == .cardSecurityMalformed)
        }
    }
}
