import EMRTD
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// How the tests read: with the document's own CSCA as anchor, test PKI allowed, at the fixed date.
enum Reading {
    static func policy(allowsTestPKI: Bool = true) -> TrustPolicy {
        var policy = TrustPolicy.field
        policy.allowsTestPKI = allowsTestPKI
        return policy
    }

    static func reader(
        for document: PersonalisedDocument, allowsTestPKI: Bool = true, access: AccessPolicy = .field
    ) throws -> DocumentReader {
        DocumentReader(
            trust: TrustStore(certificates: [try Certificate(encoded: document.cscaCertificate)]),
            policy: policy(allowsTestPKI: allowsTestPKI), access: access)
    }

    /// Reads a chip made of a document, or a channel in front of one.
    static func inspect(
        _ document: PersonalisedDocument, through channel: (any CardChannel)? = nil, with key: AccessKey? = nil,
        reading plan: ReadPlan = .everything, anchoredIn anchor: PersonalisedDocument? = nil,
        access: AccessPolicy = .field,
        events: @escaping @Sendable (ReadEvent) -> Void = { _ in }
    ) async throws -> Inspection {
        let chip = try channel ?? SimulatedChip(document)
        return try await reader(for: anchor ?? document, access: access).inspect(
            chip, with: key ?? document.can, reading: plan, at: TestDocuments.date, events: events)
    }

    /// The error that a reading ends with; records an issue where it does not.
    static func error(
        _ document: PersonalisedDocument, through channel: (any CardChannel)? = nil, with key: AccessKey? = nil,
        access: AccessPolicy = .field, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> EMRTDError? {
        do {
            let inspection = try await inspect(document, through: channel, with: key, access: access)
            Issue.record("the reading ended with \(inspection.verdict)", sourceLocation: sourceLocation)
            return nil
        } catch let error as EMRTDError {
            return error
        }
    }
}

extension Inspection {
    /// Outcome and code of a check on one line, or `absent`.
    func outcome(_ id: CheckID) -> String { self[id].map { "\($0.result.rawValue) \($0.code)" } ?? "absent" }

    /// Whether a desk would let the holder through.
    var isGreen: Bool { verdict == .genuine || verdict == .dataAuthentic }

    /// All checks, for the message of a failed expectation.
    var summary: String { "\(verdict)\n" + checks.map(\.description).joined(separator: "\n") }
}

/// The files of a document as an inspection should hold them, besides those that the chip keeps back.
func readable(_ document: PersonalisedDocument) throws -> [ElementaryFile: [UInt8]] {
    var out: [ElementaryFile: [UInt8]] = [:]
    for file in document.applicationFiles where file.access != .afterTerminalAuthentication {
        out[try #require(ElementaryFile(name: file.name))] = file.content
    }
    if let access = document.file(named: "EF.CardAccess") { out[.cardAccess] = access.content }
    if let security = document.file(named: "EF.CardSecurity") { out[.cardSecurity] = security.content }
    return out
}
