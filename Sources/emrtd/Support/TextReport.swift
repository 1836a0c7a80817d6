import EMRTD
import EMRTDTrust
import ISO7816
import LDS

/// The report for people.
enum TextReport {
    static func lines(
        _ inspection: Inspection, trust: TrustSummary, masks: Bool, bundle: EvidenceBundle? = nil
    ) -> [String] {
        var out: [String] = []
        if inspection.usesTestPKI { out += [Colour.yellow(testPKINotice), ""] }
        out += [verdict(inspection), ""]
        let holder = HolderData(inspection, masks: masks)
        if !holder.lines.isEmpty {
            let title =
                inspection.isDataAuthenticated
                ? "Holder" : "Holder (NOT VERIFIED: no trusted issuer stands behind this data)"
            out.append(inspection.isDataAuthenticated ? Colour.bold(title) : Colour.yellow(title))
            out += holder.lines.map { "  " + pad($0.label, 13) + $0.value }
            if let image = inspection.document.dg2?.images.first {
                let isVerified = !inspection.isDataAuthenticated || inspection[.dataGroup(.dg2)]?.result == .successful
                out.append(
                    "  " + pad("Portrait", 13) + "\(image.format.rawValue), \(image.bytes.count) bytes"
                        + (isVerified ? "" : Colour.red(" (NOT VERIFIED)")))
            }
            out.append("")
        }
        out.append(Colour.bold("Checks"))
        for check in inspection.checks {
            out.append("  " + mark(check) + " " + pad(check.id.rawValue, 20) + SafeText.terminal(check.reason))
            if !check.leniencies.isEmpty {
                let names = check.leniencies.map(\.name).joined(separator: ", ")
                out.append("    " + pad("", 20) + Colour.yellow("allowed by policy: \(names)"))
            }
        }
        out.append("")
        out += protocols(inspection)
        out.append(files(inspection))
        out += trust.lines(inspection)
        for note in inspection.notes { out.append("Note: " + SafeText.terminal(note)) }
        for name in bundle?.unrecognised ?? [] { out.append("Not recognised: " + SafeText.terminal(name)) }
        for name in bundle?.unreadable ?? [] { out.append("Not readable: " + SafeText.terminal(name)) }
        if inspection.access != nil { out.append(timing(inspection)) }
        if inspection.usesTestPKI { out += ["", Colour.yellow(testPKINotice)] }
        return out
    }

    static let testPKINotice = "TEST PKI: the trust anchor is one for tests. This says nothing about a real document."

    private static func verdict(_ inspection: Inspection) -> String {
        let suffix =
            inspection.usesTestPKI
            ? " (by a TEST PKI)" : inspection.usesUnverifiedAnchor ? " (by a CSCA that NOBODY VOUCHES FOR)" : ""
        switch inspection.verdict {
        case .genuine:
            return Colour.green("GENUINE\(suffix): the data is authentic and the chip is no copy.")
        case .dataAuthentic:
            return Colour.green(
                "DATA AUTHENTIC\(suffix): the data is authentic; that the chip is a copy cannot be excluded.")
        case .undetermined:
            let open = inspection.checks.first { $0.isRequired && $0.result != .successful }
            return Colour.yellow("UNDETERMINED: " + SafeText.terminal(open?.reason ?? "not all checks could be made."))
        case .rejected:
            let failed = inspection.checks.filter { $0.result == .failed }
            return Colour.red(
                "REJECTED: " + SafeText.terminal(failed.first?.reason ?? "a check failed.") + more(failed.count - 1))
        }
    }

    private static func more(_ count: Int) -> String { count > 0 ? " (and \(count) more)" : "" }

    private static func mark(_ check: CheckResult) -> String {
        switch check.result {
        case .successful: Colour.green("ok  ")
        case .failed: Colour.red("FAIL")
        case .undetermined: check.isRequired ? Colour.yellow("??  ") : Colour.dim("?   ")
        case .notSupported: check.isRequired ? Colour.yellow("n/a ") : Colour.dim("n/a ")
        case .aborted: Colour.red("ABRT")
        }
    }

    /// The protocols that were run, and what the access policy had to do with it.
    private static func protocols(_ inspection: Inspection) -> [String] {
        guard let access = inspection.access else { return [] }
        var out = inspection.protocols.map { "Protocol: " + SafeText.terminal($0.description) }
        if inspection.protocols.isEmpty { out.append("Protocol: none") }
        let taken = access.leniencies
        out.append(
            "Access policy: " + access.policy + (taken.isEmpty ? "" : "; taken: " + taken.joined(separator: ", ")))
        return out
    }

    private static func files(_ inspection: Inspection) -> String {
        let read = inspection.files.compactMap { record in record.bytes.map { "\(record.file) \($0.count)" } }
        let refused = inspection.files.compactMap { record in
            switch record.outcome {
            case .read: nil as String?
            case .refused(let status): "\(record.file) [\(status)]"
            case .unreadable(let reason): "\(record.file) (\(reason))"
            }
        }
        return "Files (bytes): " + read.joined(separator: ", ")
            + (refused.isEmpty ? "" : "; not given: " + refused.joined(separator: ", "))
    }

    private static func timing(_ inspection: Inspection) -> String {
        "Time: \(milliseconds(inspection.timing.total)) ms, of which \(milliseconds(inspection.timing.card)) ms in the card; "
            + "\(inspection.timing.commands) commands"
    }

    private static func milliseconds(_ duration: Duration) -> String { JSON.milliseconds(duration).encoded() }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}

extension OutputOptions {
    /// Prints the report, as text or JSON.
    func show(_ inspection: Inspection, trust: TrustSummary, bundle: EvidenceBundle? = nil) {
        guard json else {
            for line in TextReport.lines(inspection, trust: trust, masks: mask, bundle: bundle) { Console.out(line) }
            return
        }
        Console.out(report(inspection, trust: trust, masks: mask, bundle: bundle))
    }

    /// The JSON report.
    func report(_ inspection: Inspection, trust: TrustSummary, masks: Bool, bundle: EvidenceBundle? = nil) -> String {
        func names(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }
        let extra = bundle.map {
            [("unrecognised", names($0.unrecognised)), ("unreadable", names($0.unreadable))]
        }
        return inspection.jsonValue(
            masksPersonalData: masks, documentExtra: HolderData(inspection, masks: masks).json,
            extra: [("trustStore", trust.json(inspection))] + (extra ?? [])
        ).encoded()
    }
}
