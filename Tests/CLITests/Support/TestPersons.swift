import Testing

/// What of the simulator's invented persons is personal: none of it may stand outside standard output.
enum TestPersons {
    /// Names, numbers, dates of birth, zones and residence, as they may be written.
    static let data = [
        "Đặng Thị Ước", "Đặng", "DANG", "THI UOC", "THI<UOC", "003190000123", "190000123", "1990-07-05", "05/07/1990",
        "900705",
        "Nguyễn Văn Mẫu", "003050000456", "MUSTERSSON", "ANNA TEST", "X0000417Q", "Số 1 Đường Mẫu",
        "ERIKSSON", "L898902C", "D23145890",
    ]

    /// Expects that a text holds none of it.
    static func expectNone(in text: String, _ what: String, _ location: SourceLocation = #_sourceLocation) {
        for (index, word) in data.enumerated() where text.contains(word) {
            Issue.record("\(what) holds the personal data number \(index) of the list", sourceLocation: location)
        }
    }
}
