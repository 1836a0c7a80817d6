import ISO7816

/// Looks on while PACE runs: how many tries the card says are left before the attempt, and whether it was asked to judge the
/// password. Ends the run before the last try of a PIN or PUK where that may not be used up.
final class PACEWatch: APDUExchange {
    /// The last try is left and may not be used up.
    struct LastTry: Error {
        let statusWord: StatusWord
    }

    /// Tries left as the card told before the attempt (63Cx in answer to MSE:Set AT; TR-03110-3, B.11.1).
    private(set) var retriesLeft: Int?
    /// Whether the token went out, with which the card judges the password: nothing may be tried after a refusal of that.
    private(set) var hasSentToken = false

    private let below: any APDUExchange
    private let stopsAtLastTry: Bool

    init(_ below: any APDUExchange, stopsAtLastTry: Bool) {
        self.below = below
        self.stopsAtLastTry = stopsAtLastTry
    }

    func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        // The last step of GENERAL AUTHENTICATE goes without the chaining bit (Doc 9303-11, 4.4.4.2).
        if command.ins == 0x86, command.cla & 0x10 == 0 { hasSentToken = true }
        let response = try await below.exchange(command)
        if command.ins == 0x22, let left = response.statusWord.retriesLeft {
            retriesLeft = left
            if left == 1, stopsAtLastTry { throw LastTry(statusWord: response.statusWord) }
        }
        return response
    }

    func payloadCapacity(ofResponse length: Int) -> Int { below.payloadCapacity(ofResponse: length) }
}
