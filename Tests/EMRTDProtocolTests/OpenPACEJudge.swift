import EMRTDTestSupport
import Testing

/// OpenPACE (libeac3) behind `Tests/Foreign/eac_judge.py`: an opinion on certificates, signatures and Chip Authentication that
/// nobody of this project wrote. One question at a time.
final class OpenPACEJudge {
    private let program: LineProgram

    init() throws { program = try LineProgram("eac_judge.py") }

    /// A value of a question.
    enum Value {
        case bytes([UInt8])
        case list([[UInt8]])
        case name(String)
        case number(Int)

        fileprivate var text: String {
            switch self {
            case .bytes(let bytes): bytes.isEmpty ? "-" : hex(bytes)
            case .list(let items): items.isEmpty ? "-" : items.map { hex($0) }.joined(separator: ",")
            case .name(let name): name
            case .number(let number): String(number)
            }
        }
    }

    /// The words of the answer, the first of them `yes`, `no` or `error`.
    func ask(_ question: String, _ values: Value...) throws -> [String] {
        try program.ask(([question] + values.map(\.text)).joined(separator: " ")).split(separator: " ").map(String.init)
    }

    /// Whether the answer is yes; an error of the program fails the test.
    func agrees(_ question: String, _ answer: [String]) throws -> Bool {
        try #require(answer.first == "yes" || answer.first == "no", "\(question): \(answer.joined(separator: " "))")
        return answer.first == "yes"
    }

    /// The values of an answer that has to be yes.
    func values(_ answer: [String]) throws -> [[UInt8]] {
        try #require(answer.first == "yes", "\(answer.joined(separator: " "))")
        return answer.dropFirst().map { hex($0) }
    }

    /// Whether each certificate is right after the ones before it.
    func accepts(chain: [[UInt8]], trust: [UInt8]) throws -> Bool {
        try agrees("chain", ask("chain", .bytes(trust), .list(chain)))
    }
}
