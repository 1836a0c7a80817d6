import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816

/// A card under secure messaging whose answers a closure makes: it opens commands, puts chains together of which each part is
/// protected by itself, and protects its answers.
final class ProtectedCard {
    /// What the card does with an opened command, and the session that begins after the answer, if any.
    typealias Answer = (CommandAPDU) throws -> (ResponseAPDU, next: SecureMessagingChip?)

    let card: AnsweringCard
    /// Commands as they were opened, parts of chains each.
    var opened: [CommandAPDU] { state.opened }
    /// The session at present; tests may replace it.
    var session: SecureMessagingChip? {
        get { state.session }
        set { state.session = newValue }
    }

    private let state: State

    private final class State {
        var session: SecureMessagingChip?
        var opened: [CommandAPDU] = []
        var chain: [UInt8] = []

        init(_ session: SecureMessagingChip) { self.session = session }
    }

    init(_ session: SecureMessagingChip, _ answer: @escaping Answer) {
        let state = State(session)
        self.state = state
        card = AnsweringCard { command in
            guard command.cla & 0x0C == 0x0C, let session = state.session else {
                return ResponseAPDU(statusWord: .conditionsOfUseNotSatisfied)
            }
            let plain: CommandAPDU
            do { plain = try session.open(command) } catch let refusal as SecureMessagingChip.Refusal {
                state.session = nil
                return ResponseAPDU(statusWord: refusal.statusWord)
            }
            state.opened.append(plain)
            state.chain += plain.data
            var response = ResponseAPDU()
            if plain.cla & 0x10 == 0 {
                var whole = plain
                whole.data = state.chain
                state.chain = []
                let next: SecureMessagingChip?
                (response, next) = try answer(whole)
                defer { state.session = next ?? state.session }
                return try session.protect(response, ins: plain.ins)
            }
            return try session.protect(response, ins: plain.ins)
        }
    }

    /// Both ends of a session with keys of a test.
    static func pair(
        _ cipher: BlockCipher, maximumCommandData: Int = 0xFFFF, _ answer: @escaping Answer
    ) throws -> (terminal: SecureMessaging, card: ProtectedCard) {
        let card = ProtectedCard(SecureMessagingChip(context: try sessionKeys(cipher).makeContext()), answer)
        card.card.maximumCommandData = maximumCommandData
        return (SecureMessaging(over: card.card, context: try sessionKeys(cipher).makeContext()), card)
    }
}
