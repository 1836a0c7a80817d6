import EMRTDTestSupport
import ISO7816

/// The chip `Tests/Foreign/eac2_chip.py`, made of OpenPACE (libeac3), at the other end of a pipe.
final class ForeignChip: APDUExchange {
    private let program: LineProgram

    init(_ arguments: [String]) throws { program = try LineProgram("eac2_chip.py", arguments) }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        try ResponseAPDU(parsing: hex(program.ask(hex(command.encoded()))))
    }

    func payloadCapacity(ofResponse length: Int) -> Int { length }
}
