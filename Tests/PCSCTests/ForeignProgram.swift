import Foundation
import Testing

/// One of the Python programs in `Tests/Foreign`, which share no code with this package.
final class ForeignProgram: ChildProcess {
    /// Starts a program with Debian's Python, whose modules the programs need.
    init(_ name: String, _ arguments: [String]) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Foreign").appending(path: name)
        try super.init(path: "/usr/bin/python3", arguments: [script.path(percentEncoded: false)] + arguments)
    }
}

/// Another program that holds the card, from `Tests/Foreign/hold_card.py`.
final class CardHolder {
    private let program: ForeignProgram

    /// Gets hold of the card; `how` is `exclusive` or `transaction`, or `reset` for shared mode.
    init(_ how: String, slot: Int = 0) throws {
        program = try ForeignProgram("hold_card.py", [how, VirtualReader.slots[slot]])
        try program.expect("holding")
    }

    /// Has the card reset.
    func reset() throws {
        try program.send("")
        try program.expect("reset")
    }

    /// Lets go of the card.
    func end() throws { try #require(try program.outcome().status == 0) }
}
