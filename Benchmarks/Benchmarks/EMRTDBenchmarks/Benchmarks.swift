import Benchmark
import EMRTD
import EMRTDSimulator
import EMRTDTrust
import LDS

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock], warmupIterations: 3, maxDuration: .seconds(2), maxIterations: 1000)
    readings()
    accesses()
    verifications()
    passiveAuthentications()
    trustStores()
    parsings()
}

/// A whole inspection on the in-process chip: access, every file, chip and Active Authentication, verification. The wall
/// clock includes the chip's own work; the host's part is in the metrics of its own.
private func readings() {
    for (name, isExtended, limit) in [
        ("extended", true, Limits.extendedCommands), ("short", false, Limits.shortCommands),
    ] {
        let samples = Samples<Duration>()
        Benchmark(
            "Read everything, \(name) length",
            configuration: .init(metrics: [.wallClock, .commands, .hostTimePerCommand, .hostTimeOfLimit])
        ) { benchmark in
            let card = try Card.vietnamese.get()
            let chip = try SimulatedChip(card.document, supportsExtendedLength: isExtended)
            benchmark.startMeasurement()
            let inspection = try await card.reader.inspect(chip, with: card.key, reading: .everything)
            benchmark.stopMeasurement()
            let timing = inspection.timing
            benchmark.measurement(.commands, timing.commands)
            let hostTime = timing.hostTimePerCommand
            benchmark.measurement(.hostTimePerCommand, hostTime.nanoseconds)
            benchmark.measurement(.hostTimeOfLimit, hostTime.percent(of: Limits.hostTimePerCommand))
            if let median = samples.median(adding: hostTime), median > Limits.hostTimePerCommand {
                benchmark.fail("the host takes \(median) per command, \(Limits.hostTimePerCommand) are the limit")
            }
            if inspection.verdict != .genuine { benchmark.fail("the verdict is \(inspection.verdict)") }
            if timing.commands > limit { benchmark.fail("\(timing.commands) commands, \(limit) are the limit") }
        }
    }
}

/// Access by PACE with Generic Mapping on the curves that are met most, as the whole access stage of a reading: EF.CardAccess,
/// PACE, SELECT of the application. The wall clock is that of an inspection that reads DG1. libcrypto's share is five products.
private func accesses() {
    let curves: [(id: UInt8, name: String, libcrypto: String, cipher: SessionCipher)] = [
        (12, "P-256", "prime256v1", .aes128), (13, "brainpoolP256r1", "brainpoolP256r1", .aes128),
        (17, "brainpoolP512r1", "brainpoolP512r1", .aes256), (18, "P-521", "secp521r1", .aes256),
    ]
    for (id, name, libcrypto, cipher) in curves {
        let peer = Result { try Peer(libcrypto) }
        let made = Result { try Card.vietnamese(paceParameterId: id, cipher: cipher) }
        Benchmark(
            "Access by PACE on id \(id), \(name)",
            configuration: .init(metrics: [.wallClock, .accessHostTime, .ofPeer])
        ) { benchmark in
            let card = try made.get()
            let chip = TimedChannel(try SimulatedChip(card.document))
            benchmark.startMeasurement()
            let inspection = try await card.reader.inspect(
                chip, with: card.key, reading: .groups([.dg1]),
                events: { if case .accessGranted = $0 { chip.markAccess() } })
            benchmark.stopMeasurement()
            let access = inspection.timing.stages[.access] ?? .zero
            let hostTime = access - chip.timeUntilAccess
            benchmark.measurement(.accessHostTime, hostTime.nanoseconds / 1000)
            benchmark.measurement(.ofPeer, hostTime.percent(of: try peer.get().pace()))
            if inspection.access?.parameterId != Int(id) { benchmark.fail("PACE ran on another curve") }
        }
    }
}

/// Verification of files read earlier, without a chip. libcrypto's share is three signatures: that of EF.SOD, the document
/// signer's and the CSCA's own.
private func verifications() {
    for (name, libcrypto, made) in [
        ("brainpoolP384r1", "brainpoolP384r1", Card.vietnamese), ("P-256", "prime256v1", Card.passport),
    ] {
        let peer = Result { try Peer(libcrypto) }
        let files = made.map(\.files)
        Benchmark("Verify EF.SOD, \(name)", configuration: .init(metrics: [.wallClock, .ofPeer])) { benchmark in
            let card = try made.get()
            let sod = try files.get().filter { $0.key == .sod }
            benchmark.startMeasurement()
            let inspection = card.reader.verify(sod)
            benchmark.stopMeasurement()
            let time = inspection.timing.stages[.verify] ?? .zero
            benchmark.measurement(.ofPeer, time.percent(of: try peer.get().verifications(3)))
            for id in [CheckID.sodSignature, .sodAttributes, .dsChain] where inspection[id]?.result != .successful {
                benchmark.fail("\(id) is not successful")
            }
        }
        Benchmark("Verify every file, \(name)", configuration: .init(metrics: [.wallClock, .ofPeer])) { benchmark in
            let card = try made.get()
            let all = try files.get()
            benchmark.startMeasurement()
            let inspection = card.reader.verify(all)
            benchmark.stopMeasurement()
            let time = inspection.timing.stages[.verify] ?? .zero
            benchmark.measurement(.ofPeer, time.percent(of: try peer.get().verifications(3)))
            if inspection.verdict != .dataAuthentic && inspection.verdict != .undetermined {
                benchmark.fail("the verdict is \(inspection.verdict)")
            }
        }
    }
}

/// Parsing alone.
private func parsings() {
    let made = Card.vietnamese
    Benchmark("Parse DG2 of 15 kB", configuration: .init(scalingFactor: .kilo)) { benchmark in
        let bytes = try made.get().files[.dataGroup(.dg2)] ?? []
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try DG2(parsing: bytes)) }
    }
    Benchmark("Parse a TD1 MRZ", configuration: .init(scalingFactor: .kilo)) { benchmark in
        let bytes = try made.get().files[.dataGroup(.dg1)] ?? []
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try DG1(parsing: bytes).mrz) }
    }
}
