import ISO7816

/// `ds.documentType`: the document code of DG1 against the documents that the signer may sign (DocumentTypeList; Doc 9303-12,
/// 7.1.1.6). Without it a signer of residence permits could sign passports.
struct DocumentTypeCheck {
    func check(_ documentCode: String?, signer: Certificate?) -> CheckResult {
        func result(
            _ outcome: CheckOutcome, _ code: CheckCode, _ reason: String, isRequired: Bool = false,
            evidence: [CheckResult.Evidence] = []
        ) -> CheckResult {
            CheckResult(.dsDocumentType, outcome, code, reason, isRequired: isRequired, evidence: evidence)
        }
        guard let signer else {
            return result(
                .undetermined, .dsUnknown, "No certificate verified the signature, so no document types were compared.")
        }
        guard let types = signer.extensions.documentTypes else {
            guard !signer.extensions.malformed.contains(.documentTypeList) else {
                return result(
                    .undetermined, .dsDocumentTypeListUnreadable,
                    "The document signer's list of document types cannot be read.")
            }
            return result(
                .notSupported, .dsDocumentTypeListAbsent, "The document signer does not list what it may sign.")
        }
        var evidence = [CheckResult.Evidence("signer.documentTypes", types.map(\.printable).joined(separator: " "))]
        guard let documentCode else {
            return result(
                .undetermined, .dsDocumentTypeUnknown, "The document's type is not known without DG1.",
                isRequired: true, evidence: evidence)
        }
        evidence.append(.init("document.type", documentCode.printable))
        guard types.contains(where: { Self.entry($0, covers: documentCode) }) else {
            return result(
                .failed, .dsDocumentTypeWrong, "The document signer may not sign documents of this type.",
                isRequired: true, evidence: evidence)
        }
        return result(
            .successful, .ok, "The document signer may sign documents of this type.", isRequired: true,
            evidence: evidence)
    }

    /// Whether an entry covers a document code. One letter stands for all codes that begin with it, two letters for that code,
    /// and a letter with a filler for the code of that letter alone (Doc 9303-12, appendix A: "a single letter denotes all
    /// document types starting with that letter").
    static func entry(_ entry: String, covers documentCode: String) -> Bool {
        let pattern = entry.uppercased().filter { !$0.isWhitespace }
        let code = String(documentCode.uppercased().prefix { $0 != "<" && !$0.isWhitespace })
        guard let first = pattern.first, first != "<", (1...2).contains(pattern.count), !code.isEmpty else {
            return false
        }
        if pattern.count == 1 { return code.first == first }
        return String(pattern.prefix { $0 != "<" }) == code
    }
}
