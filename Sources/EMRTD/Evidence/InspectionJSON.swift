import EMRTDTrust
import ISO7816
import LDS

extension Inspection {
    /// The version of the JSON report's schema. It changes when a member changes its meaning or goes; new members do not
    /// change it.
    public static let schemaVersion = 1

    /// The report as one JSON object, as `docs/cli.md` describes it.
    ///
    /// - Parameter masksPersonalData: whether personal data is replaced by asterisks.
    public func json(masksPersonalData: Bool = false) -> String {
        jsonValue(masksPersonalData: masksPersonalData).encoded()
    }

    /// The report as a JSON value; `extra` members are added at the end, `documentExtra` to the member `document`.
    package func jsonValue(
        masksPersonalData: Bool, documentExtra: [(String, JSON)] = [], extra: [(String, JSON)] = []
    ) -> JSON {
        .object(
            [
                ("schemaVersion", .integer(Self.schemaVersion)), ("verdict", .string(verdict.rawValue)),
                ("testPKI", .bool(usesTestPKI)), ("unverifiedAnchor", .bool(usesUnverifiedAnchor)),
                ("date", .string(date.description)),
                ("checks", .array(checks.map(Self.json))),
                ("document", .object(documentMembers(masksPersonalData) + documentExtra)), ("access", accessJSON),
                ("protocols", .array(protocols.map(Self.json))),
                ("files", .array(files.map(Self.json))), ("timing", timingJSON),
                ("notes", .array(notes.map { .string($0) })),
            ] + extra)
    }

    private static func json(_ check: CheckResult) -> JSON {
        .object([
            ("id", .string(check.id.rawValue)), ("result", .string(check.result.rawValue)),
            ("code", .string(check.code.rawValue)), ("reason", .string(check.reason)),
            ("required", .bool(check.isRequired)),
            ("evidence", .object(check.evidence.map { ($0.name, .string($0.value)) })),
            ("leniencies", .array(check.leniencies.map { .string($0.name) })),
        ])
    }

    private static func json(_ record: FileRecord) -> JSON {
        let status =
            switch record.outcome {
            case .read: "9000"
            case .refused(let word): word.description
            case .unreadable: "unreadable"
            }
        return .object([
            ("name", .string(record.file.name)), ("bytes", .integer(record.bytes?.count ?? 0)),
            ("commands", .integer(record.commands)), ("status", .string(status)),
        ])
    }

    private static func json(_ run: ProtocolRun) -> JSON {
        .object([
            ("protocol", .string(run.name.rawValue)), ("parameters", .string(run.parameters)),
            ("outcome", .string(run.outcome.rawValue)), ("status", .optional(run.statusWord?.description)),
        ])
    }

    private var accessJSON: JSON {
        guard let access else { return .null }
        return .object([
            ("protocol", .string(access.protocol.rawValue)), ("mapping", .optional(access.mapping?.rawValue)),
            ("agreement", .optional(access.agreement?.rawValue)), ("cipher", .optional(access.cipher?.rawValue)),
            ("parameterId", .optional(access.parameterId)), ("password", .optional(access.password?.rawValue)),
            ("policy", .string(access.policy)),
            ("leniencies", .array(access.leniencies.map { .string($0) })),
        ])
    }

    private var timingJSON: JSON {
        let stages: [EMRTDError.Stage] = [.connect, .access, .read, .chip, .verify]
        return .object(
            stages.map { ($0.rawValue, .milliseconds(timing.stages[$0] ?? .zero)) }
                + [
                    ("card", .milliseconds(timing.card)), ("total", .milliseconds(timing.total)),
                    ("commands", .integer(timing.commands)),
                ])
    }

    private func documentMembers(_ masks: Bool) -> [(String, JSON)] {
        func personal(_ text: String) -> JSON { .string(masks ? Mask.text(text) : text) }
        var members: [(String, JSON)] = [("authenticated", .bool(isDataAuthenticated))]
        if let mrz = document.mrz {
            let today = CalendarDate(secondsSinceEpoch: date.secondsSince1970)
            let birth = today.flatMap { mrz.dateOfBirth.birth(notAfter: $0)?.description }
            let expiry = today.flatMap { mrz.dateOfExpiry.expiry(seenFrom: $0)?.description }
            members += [
                ("documentCode", .string(mrz.documentCode)), ("issuingState", .string(mrz.issuingState)),
                ("documentNumber", personal(mrz.documentNumber)),
                ("primaryIdentifier", personal(mrz.primaryIdentifier)),
                ("secondaryIdentifier", personal(mrz.secondaryIdentifier)),
                ("nameIsTruncated", .bool(mrz.nameIsTruncated)), ("nationality", .string(mrz.nationality)),
                ("dateOfBirth", personal(birth ?? mrz.dateOfBirth.rawValue)), ("sex", personal(String(mrz.sex))),
                ("dateOfExpiry", personal(expiry ?? mrz.dateOfExpiry.rawValue)),
                ("optionalData", personal(mrz.optionalData)), ("mrz", .array(mrz.lines.map { personal($0) })),
            ]
        }
        if let image = document.dg2?.images.first {
            let isCovered = self[.dataGroup(.dg2)]?.result == .successful
            let portrait: [(String, JSON)] = [
                ("authenticated", .bool(isDataAuthenticated && isCovered)),
                ("format", .string(image.format.rawValue)), ("bytes", .integer(image.bytes.count)),
                ("width", .integer(image.width)), ("height", .integer(image.height)),
            ]
            members.append(("portrait", .object(portrait)))
        }
        let errors = document.parseErrors.sorted { $0.key.name < $1.key.name }
        if !errors.isEmpty { members.append(("parseErrors", .object(errors.map { ($0.key.name, .string($0.value)) }))) }
        return members
    }
}

/// Replaces personal data in outputs that other people see.
package enum Mask {
    /// Letters and digits become asterisks; length and separators stay.
    package static func text(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber ? "*" : $0 })
    }
}
