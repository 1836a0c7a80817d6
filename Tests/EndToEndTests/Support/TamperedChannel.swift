import ISO7816
import Synchronization

/// A channel in front of another one that can change, answer or break every command, and counts them.
final class TamperedChannel: CardChannel {
    /// What to do with one command.
    enum Action: Sendable {
        /// Send it on and return the answer.
        case pass
        /// Send it on and change the answer.
        case change(@Sendable ([UInt8]) -> [UInt8])
        /// Answer without the card.
        case answer([UInt8])
        /// Fail without the card.
        case fail(CardChannelError.Code)
        /// Fail, and let the card lose its power as it does when it leaves the field.
        case lose(CardChannelError.Code)
        /// From this command on, talk to another card.
        case exchangeCard(any CardChannel)
    }

    struct State {
        var inner: any CardChannel
        var sent: [[UInt8]] = []
        var received: [[UInt8]] = []
        var resets = 0
        var closes = 0
    }

    let properties: CardChannelProperties
    private let state: Mutex<State>
    private let hook: @Sendable (Int, [UInt8]) -> Action

    /// - Parameter hook: gets the number of the command, from 0, and its bytes.
    init(
        _ inner: any CardChannel, properties: CardChannelProperties? = nil,
        _ hook: @escaping @Sendable (Int, [UInt8]) -> Action = { _, _ in .pass }
    ) {
        self.properties = properties ?? inner.properties
        state = Mutex(State(inner: inner))
        self.hook = hook
    }

    /// The commands so far.
    var sent: [[UInt8]] { state.withLock(\.sent) }
    /// The answers so far.
    var received: [[UInt8]] { state.withLock(\.received) }
    var resets: Int { state.withLock(\.resets) }
    var closes: Int { state.withLock(\.closes) }

    /// How many commands had an instruction byte (and, where given, the chaining bit as said).
    func count(ins: UInt8, isChained: Bool? = nil) -> Int {
        sent.filter { $0[1] == ins && (isChained == nil || ($0[0] & 0x10 != 0) == isChained) }.count
    }

    func transmit(_ command: [UInt8]) async throws -> [UInt8] {
        let (number, inner) = state.withLock { state in
            state.sent.append(command)
            return (state.sent.count - 1, state.inner)
        }
        let answer: [UInt8]
        switch hook(number, command) {
        case .pass: answer = try await inner.transmit(command)
        case .change(let change): answer = change(try await inner.transmit(command))
        case .answer(let bytes): answer = bytes
        case .fail(let code): throw CardChannelError(code, "made by the test")
        case .lose(let code):
            try await inner.reset()
            throw CardChannelError(code, "made by the test")
        case .exchangeCard(let other):
            state.withLock { $0.inner = other }
            answer = try await other.transmit(command)
        }
        state.withLock { $0.received.append(answer) }
        return answer
    }

    func reset() async throws {
        let inner = state.withLock { state in
            state.resets += 1
            return state.inner
        }
        try await inner.reset()
    }

    func close() async {
        let inner = state.withLock { state in
            state.closes += 1
            return state.inner
        }
        await inner.close()
    }
}

/// A value that a hook changes while it is called.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func update<R: Sendable>(_ body: (inout sending Value) -> sending R) -> R { value.withLock { body(&$0) } }
    var current: Value { value.withLock { $0 } }
}
