import EMRTDTestSupport
import EMRTDTrust
import LDS
import Testing

/// The same SODs, good and damaged, given to `openssl cms -verify -noverify` and to us. `-noverify` leaves the path out, so it is
/// our `sod.signature` and `sod.attributes` that are compared.
///
/// Where the two differ, the reason must be one of these:
/// - openssl does not know what an EF.SOD is: it accepts any content type and content;
/// - openssl does not compare the contentType attribute with the content's type, as RFC 5652, 11.1, wants;
/// - damage inside the certificate that openssl's parser refuses and ours reads: then our `ds.chain` fails;
/// - a leniency that our report names.
@Suite("Against openssl cms -verify")
struct OpenSSLComparisonTests {
    enum Answer: Equatable { case accepted, refused }

    func ours(_ sod: [UInt8], _ vectors: SODVectors, store: TrustStore) -> (Answer, PassiveAuthenticationReport) {
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(sod, vectors))
        let isAccepted = report[.sodSignature]?.result == .successful && report[.sodAttributes]?.result == .successful
        return (isAccepted ? .accepted : .refused, report)
    }

    func theirs(_ sod: [UInt8], headerLength: Int, _ directory: OpenSSL.Directory, certificates: String? = nil) throws
        -> Answer
    {
        let file = try directory.write("sod.der", Array(sod.dropFirst(headerLength)))
        var arguments = ["cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", file]
        if let certificates { arguments += ["-certfile", certificates] }
        return try OpenSSL.run(arguments).status == 0 ? .accepted : .refused
    }

    @Test func goodOnes() throws {
        let vectors = try SODVectors.load()
        let directory = try OpenSSL.Directory()
        for entry in vectors.signatures {
            let signer = hex(entry.signer)
            let store = TrustStore(certificates: [try Certificate(encoded: signer)])
            let der = try directory.write("signer.der", signer)
            let pem = try directory.write("signer.pem", try OpenSSL.run(["x509", "-inform", "DER", "-in", der]).output)
            let sod = hex(entry.sod)
            #expect(ours(sod, vectors, store: store).0 == .accepted, "\(entry.name)")
            #expect(try theirs(sod, headerLength: 4, directory, certificates: pem) == .accepted, "\(entry.name)")
        }
        for name in ["attacker", "selfSigned", "twoSigners", "twoCertificates", "honestAndAttackerSigners"] {
            let sod = try vectors.sod(name)
            #expect(ours(sod, vectors, store: .empty).0 == .accepted, "\(name)")
            #expect(try theirs(sod, headerLength: 4, directory) == .accepted, "\(name)")
        }
    }

    @Test func damagedOnes() throws {
        let vectors = try SODVectors.load()
        let directory = try OpenSSL.Directory()
        var compared = 0
        var differences: [String: Int] = [:]
        for name in [
            "rsa-pss-sha256", "bp384-sha384", "bp384-sha256-explicit", "p256-ski", "p256-indefinite",
            "p256-no-attributes",
        ] {
            let entry = try #require(vectors.signatures.first { $0.name == name })
            let good = hex(entry.sod)
            let signer = try Certificate(encoded: hex(entry.signer))
            let store = TrustStore(certificates: [try Certificate(encoded: hex(entry.csca))])
            var damaged: [(String, [UInt8])] = []
            for position in stride(from: 4, to: good.count, by: 23) {
                var bytes = good
                bytes[position] ^= UInt8(1) << UInt8(position % 8)
                damaged.append(("flip \(position)", bytes))
            }
            for length in stride(from: 5, to: good.count, by: 173) {
                damaged.append(("cut \(length)", Array(good.prefix(length))))
            }
            for (what, bytes) in damaged {
                let (answer, report) = ours(bytes, vectors, store: store)
                let other = try theirs(bytes, headerLength: 4, directory)
                compared += 1
                guard answer != other else { continue }
                let kind = explanation(answer, report, signer)
                #expect(kind != nil, "\(name) \(what): ours \(answer), theirs \(other): \(report.checks)")
                differences[kind ?? "unexplained", default: 0] += 1
            }
        }
        print("compared \(compared) damaged SODs with openssl cms -verify; differences: \(differences)")
        #expect(compared > 300)
    }

    /// Why we may answer otherwise than openssl, or `nil` where there is no reason.
    func explanation(_ answer: Answer, _ report: PassiveAuthenticationReport, _ signer: Certificate) -> String? {
        let signature = report[.sodSignature]
        let attributes = report[.sodAttributes]
        if answer == .refused {
            switch (signature?.code, attributes?.code) {
            case (.sodMalformed?, _): return "not the structure of an EF.SOD"
            case (_, .sodContentTypeWrong?): return "contentType differs, which openssl does not look at"
            case (.sodAlgorithmUnsupported?, _), (_, .sodAlgorithmUnsupported?): return "algorithm not known to us"
            default: return nil
            }
        }
        if report.documentSigner != signer, report[.dsChain]?.result == .failed {
            return "damage inside the certificate: ds.chain failed"
        }
        let named = Set((signature?.leniencies ?? []) + (attributes?.leniencies ?? [])).subtracting([
            .sodNotDER, .noSignedAttributes,
        ])
        return named.min { $0.name < $1.name }?.name
    }
}
