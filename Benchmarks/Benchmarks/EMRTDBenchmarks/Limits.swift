import Benchmark
import EMRTD
import Synchronization

/// The limits that a full reading on the in-process chip is held against.
enum Limits {
    /// Commands with extended length.
    static let extendedCommands = 45
    /// Commands with short length.
    static let shortCommands = 110
    /// Host time per command, on average.
    static let hostTimePerCommand = Duration.microseconds(200)
    /// Passive authentication, in percent of the bare verifications: two where nothing is known of the document signer, else one.
    static let ofBareVerifications = 125
    /// Loading a store of 600 CSCAs whose file the system has in memory.
    static let loadingCSCAs = Duration.milliseconds(15)
    /// Loading a store of 600 CSCAs and 30,000 document signers.
    static let loadingSigners = Duration.seconds(1)
}

extension BenchmarkMetric {
    /// Host time per command in nanoseconds.
    static let hostTimePerCommand = custom("Host time per command (ns)", useScalingFactor: false)
    /// Host time per command in percent of its limit.
    static let hostTimeOfLimit = custom("Host time per command (% of the limit)", useScalingFactor: false)
    /// Commands sent.
    static let commands = custom("Commands", useScalingFactor: false)
    /// Host time of the access stage in microseconds.
    static let accessHostTime = custom("Access, host time (us)", useScalingFactor: false)
    /// A time in percent of the time that libcrypto alone takes for the arithmetic in it.
    static let ofPeer = custom("Time (% of libcrypto's alone)", useScalingFactor: false)
    /// The time of one passive authentication in nanoseconds.
    static let verification = custom("Verification (ns)", useScalingFactor: false)
    /// The time of one passive authentication in percent of the bare verifications that its limit counts.
    static let ofBare = custom("Time (% of the bare verifications)", useScalingFactor: false)
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int { Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000) }

    /// In percent of another duration.
    func percent(of other: Duration) -> Int { Int((self / other * 100).rounded()) }
}

extension InspectionTiming {
    /// The host's time per command: neither the chip's own work, which in process is the simulator's, nor the verification.
    var hostTimePerCommand: Duration { (total - card - (stages[.verify] ?? .zero)) / max(commands, 1) }
}

/// Collects the samples of a benchmark, to hold their median against a limit.
final class Samples<Value: Comparable & Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let minimum: Int

    /// - Parameter minimum: how many samples are enough to speak of a median.
    init(minimum: Int = 50) { self.minimum = minimum }

    /// Adds a sample and returns the median, once there are enough to speak of one.
    func median(adding sample: Value) -> Value? {
        values.withLock { values in
            values.append(sample)
            return values.count < minimum ? nil : values.sorted()[values.count / 2]
        }
    }
}

extension Benchmark {
    /// Has the whole run fail; `Scripts/bench` looks for the first word.
    func fail(_ reason: String) { error("FAILED: \(name): \(reason)") }
}

/// Something made when it is first asked for.
final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Result<Value, any Error>?>(nil)
    private let make: @Sendable () throws -> Value

    init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    func value() throws -> Value {
        try made.withLock { made in
            let result = made ?? Result { try make() }
            made = result
            return try result.get()
        }
    }
}
