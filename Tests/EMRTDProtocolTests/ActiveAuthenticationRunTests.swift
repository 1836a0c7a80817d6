import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// How Active Authentication asks, and what it makes of chips that answer in their own ways.
@Suite struct ActiveAuthenticationRunTests {
    static func info(_ key: PrivateKey) throws -> SubjectPublicKeyInfo {
        switch key.publicKey {
        case .rsa(let key): return try rsa(modulus: key.modulus, exponent: key.exponent)
        case .ec(let key):
            return try SubjectPublicKeyInfo(
                parsing: sequence(
                    sequence(oid("1.2.840.10045.2.1"), oid(key.curve.objectIdentifier)),
                    TLV.encode(0x03, [0] + key.point)))
        }
    }

    static func rsa(modulus: [UInt8], exponent: [UInt8]) throws -> SubjectPublicKeyInfo {
        func integer(_ bytes: [UInt8]) -> [UInt8] {
            TLV.encode(0x02, (bytes.first ?? 0) & 0x80 != 0 ? [0] + bytes : bytes)
        }
        return try SubjectPublicKeyInfo(
            parsing: sequence(
                sequence(oid("1.2.840.113549.1.1.1"), [5, 0]),
                TLV.encode(0x03, [0] + sequence(integer(modulus), integer(exponent)))))
    }

    private static func sequence(_ parts: [UInt8]...) -> [UInt8] { TLV.encode(0x30, children: parts) }

    private static func oid(_ dotted: String) throws -> [UInt8] {
        TLV.encode(0x06, try #require(OID(dotted)).encoded)
    }

    /// Runs against a chip whose answers `change` makes of the right ones.
    static func run(
        _ key: PrivateKey, extended: Bool = true, algorithm: OID? = ActiveAuthenticationTests.oid(.sha256),
        _ change: @escaping (CommandAPDU, [UInt8]) throws -> ResponseAPDU
    ) async throws -> (result: ActiveAuthentication.Result, commands: [CommandAPDU]) {
        let chip = ActiveAuthenticationChip(key: key, digest: .sha256)
        let card = AnsweringCard { command in try change(command, chip.sign(command.data)) }
        let result = try await ActiveAuthentication.run(
            card, key: info(key), algorithm: algorithm, usesExtendedLength: extended)
        return (result, card.commands)
    }

    static func isAuthentic(_ result: ActiveAuthentication.Result) -> Bool {
        if case .authentic = result { true } else { false }
    }

    @Test func challengesAreFreshAndOfEightBytes() async throws {
        let key = try ActiveAuthenticationTests.rsa2048.get()
        var seen: Set<[UInt8]> = []
        for _ in 0..<20 {
            let (result, commands) = try await Self.run(key) { ResponseAPDU(data: $1) }
            #expect(Self.isAuthentic(result) && commands.count == 1)
            for command in commands {
                #expect(command.ins == 0x88 && command.p1 == 0 && command.p2 == 0 && command.data.count == 8)
                #expect(seen.insert(command.data).inserted)
            }
        }
    }

    /// A recorded answer belongs to another challenge.
    @Test func replayIsWrong() async throws {
        let key = try ActiveAuthenticationTests.rsa.get()
        let recorded = try ActiveAuthenticationChip(key: key, digest: .sha256).sign([1, 2, 3, 4, 5, 6, 7, 8])
        let (result, commands) = try await Self.run(key) { _, _ in ResponseAPDU(data: recorded) }
        #expect(ActiveAuthenticationTests.isWrong(result) && commands.count == 1)
    }

    /// Some chips give the whole signature in one length form only: cut short with 9000 unless extended, nothing at all in
    /// extended length, 6700 for a form, 6Cxx with the exact length.
    @Test(arguments: [true, false]) func lengthForms(_ prefersExtended: Bool) async throws {
        let key = try ActiveAuthenticationTests.rsa2048.get()
        let habits: [(CommandAPDU, [UInt8]) -> ResponseAPDU] = [
            { $0.isExtended ? ResponseAPDU(data: $1) : ResponseAPDU(data: Array($1.prefix(128))) },
            { $0.isExtended ? ResponseAPDU() : ResponseAPDU(data: $1) },
            { $0.isExtended ? ResponseAPDU(statusWord: .wrongLength) : ResponseAPDU(data: $1) },
            { $0.isExtended ? ResponseAPDU(data: $1) : ResponseAPDU(statusWord: .wrongLength) },
            {
                $0.expectedLength == 128 ? ResponseAPDU(data: $1) : ResponseAPDU(statusWord: StatusWord(0x6C80))
            },
        ]
        for (index, habit) in habits.enumerated() {
            let (result, commands) = try await Self.run(key, extended: prefersExtended, habit)
            #expect(Self.isAuthentic(result), "habit \(index)")
            #expect(commands.count <= 2)
            #expect(Set(commands.map(\.data)).count == commands.count, "a challenge for each command")
        }
    }

    /// What never becomes a whole signature is incomplete, after a bounded number of commands; the length tells.
    @Test func incomplete() async throws {
        let key = try ActiveAuthenticationTests.rsa2048.get()
        for count in [0, 1, 128, 255] {
            let (result, commands) = try await Self.run(key) { ResponseAPDU(data: Array($1.suffix(count))) }
            #expect(result == .incomplete(count) && commands.count == 2)
        }
        let curve = try PrivateKey.generateEC(.secp256r1)
        let (short, commands) = try await Self.run(curve) { ResponseAPDU(data: Array($1.prefix(32))) }
        #expect(short == .incomplete(32) && commands.count == 2)
        // As many bytes as a signature has, and more, are a wrong one.
        for count in [256, 300] {
            let (wrong, commands) = try await Self.run(key) { _, _ in
                ResponseAPDU(data: [UInt8](repeating: 0x5A, count: count))
            }
            #expect(ActiveAuthenticationTests.isWrong(wrong) && commands.count == 1)
        }
    }

    @Test(arguments: [0x6982, 0x6985, 0x6A81, 0x6A88, 0x6D00, 0x6E00, 0x6F00, 0x6300] as [UInt16])
    func refusals(_ status: UInt16) async throws {
        let key = try ActiveAuthenticationTests.rsa2048.get()
        let (result, commands) = try await Self.run(key) { _, _ in ResponseAPDU(statusWord: StatusWord(status)) }
        #expect(result == .refused(StatusWord(status)) && commands.count == 1)
    }

    /// 6Cxx for ever, with the same or ever another length.
    @Test func lengthsForEver() async throws {
        let key = try ActiveAuthenticationTests.rsa2048.get()
        var next: UInt16 = 0x6C01
        let (result, commands) = try await Self.run(key) { _, _ in
            defer { next += 1 }
            return ResponseAPDU(statusWord: StatusWord(next))
        }
        #expect(commands.count == ActiveAuthentication.maximumCommands)
        if case .refused = result {} else { Issue.record("\(result)") }
        let (same, again) = try await Self.run(key) { _, _ in ResponseAPDU(statusWord: StatusWord(0x6C80)) }
        #expect(again.count <= ActiveAuthentication.maximumCommands && same == .refused(StatusWord(0x6C80)))
    }

    @Test func keysThatCannotCount() async throws {
        let parsed = try SubjectPublicKeyInfo(
            parsing: TLV.encode(
                0x30,
                children: [
                    TLV.encode(0x30, children: [TLV.encode(0x06, [0x2A, 0x03, 0x04])]), TLV.encode(0x03, [0, 1, 2, 3]),
                ]))
        let card = AnsweringCard { _ in ResponseAPDU() }
        let unknown = try await ActiveAuthentication.run(card, key: parsed, algorithm: nil, usesExtendedLength: true)
        if case .notSupported = unknown {} else { Issue.record("\(unknown)") }
        // RSA of fewer than 1,024 bits: whoever can factor it can answer.
        for count in [1, 16, 48, 63, 64, 96, 127] {
            let small = try Self.rsa(modulus: [UInt8](repeating: 0xC5, count: count), exponent: [3])
            let weak = try await ActiveAuthentication.run(card, key: small, algorithm: nil, usesExtendedLength: true)
            #expect(ActiveAuthenticationTests.isWrong(weak), "\(count) bytes")
        }
        // Numbers that are no RSA key: nothing can be said.
        let modulus = [UInt8](repeating: 0xC5, count: 128)
        for (modulus, exponent) in [
            (modulus.dropLast() + [0xC4], [3]), (modulus, [1]), (modulus, [0]), (modulus, [4]),
            (modulus, [UInt8](repeating: 0x11, count: 9)), ([UInt8](repeating: 0xC5, count: 1025), [3]),
        ] {
            let key = try Self.rsa(modulus: modulus, exponent: exponent)
            let result = try await ActiveAuthentication.run(card, key: key, algorithm: nil, usesExtendedLength: true)
            if case .notSupported = result {} else { Issue.record("\(result)") }
        }
        #expect(card.commands.isEmpty)
    }
}
