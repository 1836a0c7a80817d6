import EMRTD
import EMRTDTrust
import LDS
import VietnamID

/// What is shown of the holder: from DG1, and for a Vietnamese card from DG13, which has the name with its diacritics.
struct HolderData {
    /// Labels and values for people, in order.
    let lines: [(label: String, value: String)]
    /// Members for `document` of the JSON report.
    let json: [(String, JSON)]

    init(_ inspection: Inspection, masks: Bool) {
        func shown(_ text: String) -> String { SafeText.terminal(masks ? Mask.text(text) : text) }
        var lines: [(String, String)] = []
        var json: [(String, JSON)] = []
        let today = CalendarDate(secondsSinceEpoch: inspection.date.secondsSince1970)
        if let mrz = inspection.document.mrz {
            let vietnam = VietnamMRZ(mrz)
            var birth = today.flatMap { mrz.dateOfBirth.birth(notAfter: $0) }
            var expiry =
                today.flatMap { mrz.dateOfExpiry.expiry(seenFrom: $0)?.description } ?? mrz.dateOfExpiry.rawValue
            if let vietnam, let today {
                birth = vietnam.dateOfBirth(notAfter: today)
                if case .unlimited = vietnam.expiry(seenFrom: today) { expiry = "no expiry" }
            }
            let fields = inspection.document.bytes(.dg13).flatMap { bytes in
                vietnam == nil ? nil : VietnamDG13(parsing: bytes).fields
            }
            // Under a heading that says verified stands nothing that is not.
            let isCovered = inspection[.dataGroup(.dg13)]?.result == .successful
            let shownFields = isCovered || !inspection.isDataAuthenticated ? fields : nil
            let name = shownFields?.fullName?.composed ?? "\(mrz.secondaryIdentifier) \(mrz.primaryIdentifier)"
            let number = shownFields?.numberText?.composed ?? vietnam?.number?.text ?? mrz.documentNumber
            lines += [
                ("Name", shown(name)), ("Number", shown(number)),
                ("Born", shown(birth?.description ?? mrz.dateOfBirth.rawValue)),
                ("Sex", shown(shownFields?.sexText?.composed ?? String(mrz.sex))),
                ("Nationality", shown(shownFields?.nationality?.composed ?? mrz.nationality)),
                ("Issuer", SafeText.terminal("\(mrz.issuingState), document \(mrz.documentCode)")),
                ("Valid until", expiry == "no expiry" ? expiry : shown(expiry)),
            ]
            if let residence = shownFields?.residence?.composed {
                let issued = shownFields?.dateOfIssue?.text.composed
                lines.append(("Residence", shown(residence) + (issued.map { " (as of \(shown($0)))" } ?? "")))
            }
            if let fields {
                func member(_ name: String, _ text: VietnameseText?) -> (String, JSON) {
                    (name, .optional(text.map { masks ? Mask.text($0.composed) : $0.composed }))
                }
                let members: [(String, JSON)] = [
                    ("authenticated", .bool(inspection.isDataAuthenticated && isCovered)),
                    member("number", fields.numberText), member("fullName", fields.fullName),
                    member("dateOfBirth", fields.dateOfBirth?.text), member("sex", fields.sexText),
                    member("nationality", fields.nationality), member("residence", fields.residence),
                    member("dateOfIssue", fields.dateOfIssue?.text), member("dateOfExpiry", fields.expiryText),
                    ("hasNoExpiry", .bool(expiry == "no expiry")),
                ]
                json.append(("vietnam", .object(members)))
            }
        }
        self.lines = lines
        self.json = json
    }
}
