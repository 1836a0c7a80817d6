/// The logical lines of an LDIF text: folded ones joined, comments left out (RFC 2849, notes 2 and 3).
struct LDIFLines {
    struct Line {
        /// The number of the first physical line, from 1.
        let number: Int
        /// The line without its end and without the marks of folding. Empty between records.
        let content: [UInt8]
    }

    private let text: [UInt8]
    private var index = 0
    private var number = 1

    init(_ text: [UInt8]) {
        self.text = text
        // A byte order mark that some editors leave.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The next line that is no comment, or `nil` at the end.
    mutating func next(skippingEmpty: Bool = false) -> Line? {
        while index < text.count {
            let start = number
            var content = Array(physical())
            while index < text.count, text[index] == UInt8(ascii: " ") { content += physical().dropFirst() }
            if content.first == UInt8(ascii: "#") || (skippingEmpty && content.isEmpty) { continue }
            return Line(number: start, content: content)
        }
        return nil
    }

    /// The next line as it stands in the text, without LF or CR LF.
    private mutating func physical() -> ArraySlice<UInt8> {
        let start = index
        var end = text.count
        if let found = text[start...].firstIndex(of: 0x0A) {
            end = found
            index = found + 1
        } else {
            index = end
        }
        number += 1
        if end > start, text[end - 1] == 0x0D { end -= 1 }
        return text[start..<end]
    }
}
