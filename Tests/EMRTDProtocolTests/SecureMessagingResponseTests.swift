import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import Testing

/// What the terminal does with wrong responses: every one ends the session.
@Suite struct SecureMessagingResponseTests {
    static let read = CommandAPDU(ins: 0xB0, expectedLength: 32)

    /// A session and the chip's side of it, in step.
    struct Session {
        let terminal: SecureMessaging
        let card: AnsweringCard

        /// The chip protects `plain`; `change` may spoil what goes out.
        init(
            _ cipher: BlockCipher, plain: ResponseAPDU = ResponseAPDU(data: hex("60145F0104303130375F3606")),
            change: @escaping (ResponseAPDU, SecureMessagingContext) throws -> ResponseAPDU
        ) throws {
            let context = try sessionKeys(cipher).makeContext()
            let chip = SecureMessagingChip(context: context)
            card = AnsweringCard { command in
                let opened = try chip.open(command)
                return try change(chip.protect(plain, ins: opened.ins), context)
            }
            terminal = SecureMessaging(over: card, context: try sessionKeys(cipher).makeContext())
        }
    }

    /// The error, and that the session is over: the next command never reaches the card.
    static func expectEnd(
        _ session: Session, _ what: String, _ code: ProtocolError.Code = .secureMessagingFailed,
        _ location: SourceLocation = #_sourceLocation
    ) async {
        let error = await protocolError(location) { _ = try await session.terminal.exchange(read) }
        #expect(error?.code == code, "\(what)", sourceLocation: location)
        #expect(!session.terminal.isActive, "\(what)", sourceLocation: location)
        let again = await protocolError(location) { _ = try await session.terminal.exchange(read) }
        #expect(again?.code == .sessionEnded && session.card.commands.count == 1, "\(what)", sourceLocation: location)
    }

    /// A response with objects made from parts and a right MAC over them.
    static func response(
        _ objects: [UInt8], _ context: SecureMessagingContext, status: StatusWord = .success
    ) throws -> ResponseAPDU {
        ResponseAPDU(data: objects + TLV.encode(0x8E, try context.mac(body: objects)), statusWord: status)
    }

    @Test(arguments: BlockCipher.allCases)
    func rightResponses(_ cipher: BlockCipher) async throws {
        for plain in [
            ResponseAPDU(data: [1]), ResponseAPDU(data: [UInt8](repeating: 0x80, count: 16)), ResponseAPDU(),
            ResponseAPDU(statusWord: StatusWord(0x6A82)), ResponseAPDU(data: [1, 2], statusWord: StatusWord(0x6282)),
            ResponseAPDU(data: [UInt8](repeating: 7, count: 40_000)),
        ] {
            let session = try Session(cipher, plain: plain) { response, _ in response }
            for _ in 0..<3 { #expect(try await session.terminal.exchange(Self.read) == plain) }
            #expect(session.terminal.isActive)
        }
    }

    /// Every bit pattern of one change in every byte, status word included.
    @Test(arguments: BlockCipher.allCases)
    func flippedByte(_ cipher: BlockCipher) async throws {
        let probe = try Session(cipher) { response, _ in response }
        _ = try await probe.terminal.exchange(Self.read)
        let context = try sessionKeys(cipher).makeContext()
        _ = try SecureMessaging.protect(Self.read, context)
        let chip = SecureMessagingChip(context: context)
        let length = try chip.protect(ResponseAPDU(data: hex("60145F0104303130375F3606")), ins: 0xB0).encoded.count
        for index in 0..<length {
            for mask: UInt8 in [0x01, 0x80, 0xFF] {
                let session = try Session(cipher) { response, _ in
                    var bytes = response.encoded
                    try #require(bytes.count == length)
                    bytes[index] ^= mask
                    return try ResponseAPDU(parsing: bytes)
                }
                await Self.expectEnd(session, "byte \(index) xor \(mask)")
            }
        }
    }

    @Test(arguments: BlockCipher.allCases)
    func truncatedAndLengthened(_ cipher: BlockCipher) async throws {
        for count in 1..<40 {
            let session = try Session(cipher) { response, _ in
                ResponseAPDU(data: response.data.dropLast(count), statusWord: response.statusWord)
            }
            let gone = count >= 33  // nothing is left of 19 bytes of DO'87', 4 of DO'99' and 10 of DO'8E'
            await Self.expectEnd(session, "\(count) bytes fewer", gone ? .unprotectedStatus : .secureMessagingFailed)
        }
        for extra in [[0], [0x90, 0x00], hex("990290008E080000000000000000")] as [[UInt8]] {
            let session = try Session(cipher) { response, _ in
                ResponseAPDU(data: response.data + extra, statusWord: response.statusWord)
            }
            await Self.expectEnd(session, "\(extra.count) bytes more")
        }
    }

    /// A status word without secure messaging ends the session, 9000 above all (Doc 9303-11, 9.8.9).
    @Test(arguments: [0x9000, 0x6A82, 0x6987, 0x6988, 0x6282, 0x61FF, 0x6CFF, 0x0000] as [UInt16])
    func plainStatus(_ status: UInt16) async throws {
        for cipher in BlockCipher.allCases {
            let session = try Session(cipher) { _, _ in ResponseAPDU(statusWord: StatusWord(status)) }
            await Self.expectEnd(session, "status \(status)", .unprotectedStatus)
        }
    }

    @Test(arguments: BlockCipher.allCases)
    func plainData(_ cipher: BlockCipher) async throws {
        for data in [[0x60], hex("60145F0104303130375F3606"), [UInt8](repeating: 0, count: 256), hex("99029000")] {
            let session = try Session(cipher) { _, _ in ResponseAPDU(data: data) }
            await Self.expectEnd(session, "\(data.count) plain bytes")
        }
    }

    /// Objects that are missing, twice, unknown or in the wrong order, each under a right MAC where there is one.
    @Test(arguments: BlockCipher.allCases)
    func wrongObjects(_ cipher: BlockCipher) async throws {
        typealias Change = (ResponseAPDU, SecureMessagingContext) throws -> ResponseAPDU
        let status = hex("99029000")
        func data(_ context: SecureMessagingContext, _ indicator: UInt8 = 1, _ tag: ISO7816.Tag = 0x87) throws
            -> [UInt8]
        {
            TLV.encode(tag, [indicator] + (try context.encrypt([1, 2, 3])))
        }
        let cases: [(String, Change)] = [
            ("no MAC", { r, _ in ResponseAPDU(data: r.data.dropLast(10)) }),
            ("only the MAC", { _, c in try Self.response([], c) }),
            ("no DO'99'", { _, c in try Self.response(data(c), c) }),
            ("DO'99' other than the status word", { _, c in try Self.response(data(c) + hex("99026282"), c) }),
            ("status word other than DO'99'", { r, _ in ResponseAPDU(data: r.data, statusWord: StatusWord(0x6282)) }),
            ("DO'99' of one byte", { _, c in try Self.response(data(c) + hex("990190"), c) }),
            ("DO'99' of three bytes", { _, c in try Self.response(data(c) + hex("9903900000"), c) }),
            ("DO'99' empty", { _, c in try Self.response(data(c) + hex("9900"), c) }),
            ("DO'99' twice", { _, c in try Self.response(data(c) + status + status, c) }),
            ("DO'87' twice", { _, c in try Self.response(data(c) + data(c) + status, c) }),
            (
                "DO'87' and DO'85'",
                { _, c in try Self.response(data(c) + TLV.encode(0x85, c.encrypt([1])) + status, c) }
            ),
            ("DO'99' first", { _, c in try Self.response(status + data(c), c) }),
            ("unknown object", { _, c in try Self.response(data(c) + hex("810101") + status, c) }),
            ("unknown object alone", { _, c in try Self.response(hex("81020102") + status, c) }),
            ("plain value object DO'81'", { _, c in try Self.response(TLV.encode(0x81, [1, 2, 3]) + status, c) }),
            ("unknown object first", { _, c in try Self.response(hex("970100") + data(c) + status, c) }),
            ("object behind the MAC", { r, _ in ResponseAPDU(data: r.data + hex("970100")) }),
            ("MAC twice", { r, _ in ResponseAPDU(data: r.data + r.data.suffix(10)) }),
            ("indicator 00", { _, c in try Self.response(data(c, 0) + status, c) }),
            ("indicator 02", { _, c in try Self.response(data(c, 2) + status, c) }),
            ("no indicator", { _, c in try Self.response(TLV.encode(0x87, c.encrypt([1])) + status, c) }),
            ("empty DO'87'", { _, c in try Self.response(hex("8700") + status, c) }),
            ("DO'87' with the indicator only", { _, c in try Self.response(hex("870101") + status, c) }),
            ("partial block", { _, c in try Self.response(TLV.encode(0x87, [1, 2, 3]) + status, c) }),
            (
                "MAC of 4 bytes",
                { r, _ in ResponseAPDU(data: r.data.dropLast(10) + [0x8E, 4] + r.data.suffix(8).prefix(4)) }
            ),
            (
                "MAC of 7 bytes",
                { r, _ in ResponseAPDU(data: r.data.dropLast(10) + [0x8E, 7] + r.data.suffix(8).prefix(7)) }
            ),
            (
                "MAC of 9 bytes",
                { r, _ in ResponseAPDU(data: r.data.dropLast(10) + [0x8E, 9] + r.data.suffix(8) + [0]) }
            ),
            ("empty MAC", { r, _ in ResponseAPDU(data: r.data.dropLast(10) + [0x8E, 0]) }),
            ("MAC of zeros", { r, _ in ResponseAPDU(data: r.data.dropLast(8) + [0, 0, 0, 0, 0, 0, 0, 0]) }),
            ("length beyond the end", { _, _ in ResponseAPDU(data: hex("87847FFFFFFF01")) }),
            ("indefinite length", { _, _ in ResponseAPDU(data: hex("8780010000")) }),
        ]
        for (name, change) in cases {
            await Self.expectEnd(try Session(cipher, change: change), name)
        }
    }

    /// A cryptogram whose padding is wrong under a right MAC.
    @Test(arguments: BlockCipher.allCases)
    func badPadding(_ cipher: BlockCipher) async throws {
        for last in [0x00, 0x01, 0x7F, 0x81, 0xFF] as [UInt8] {
            let session = try Session(cipher) { _, context in
                let block = [UInt8](repeating: 0, count: cipher.blockLength - 1) + [last]
                let keys = try sessionKeys(cipher)
                let iv =
                    cipher == .tripleDES
                    ? nil : try cipher.encrypt(context.sendSequenceCounter, key: keys.encryption)
                let cryptogram = try cipher.encrypt(block, key: keys.encryption, iv: iv)
                return try Self.response(TLV.encode(0x87, [1] + cryptogram) + hex("99029000"), context)
            }
            await Self.expectEnd(session, "last byte \(last)")
        }
    }

    /// A response of before, although it was right then.
    @Test(arguments: BlockCipher.allCases)
    func replayedResponse(_ cipher: BlockCipher) async throws {
        let context = try sessionKeys(cipher).makeContext()
        let chip = SecureMessagingChip(context: context)
        var first: ResponseAPDU?
        let card = AnsweringCard { command in
            let opened = try chip.open(command)
            let response = try chip.protect(ResponseAPDU(data: [1, 2, 3]), ins: opened.ins)
            defer { first = first ?? response }
            return first ?? response
        }
        let terminal = SecureMessaging(over: card, context: try sessionKeys(cipher).makeContext())
        #expect(try await terminal.exchange(Self.read).data == [1, 2, 3])
        let error = await protocolError { _ = try await terminal.exchange(Self.read) }
        #expect(error?.code == .secureMessagingFailed && !terminal.isActive)
    }

    /// The chip's answer to another session: other keys, or the same keys one step ahead.
    @Test(arguments: BlockCipher.allCases)
    func responseOfAnotherSession(_ cipher: BlockCipher) async throws {
        let ahead = try Session(cipher) { response, context in
            try context.step()
            return try Self.response(response.data.dropLast(10), context)
        }
        await Self.expectEnd(ahead, "a counter one ahead")
        let others = try Session(cipher) { response, _ in
            let keys = SessionKeys(
                cipher, encryption: try SecretBytes(count: cipher.keyLength),
                mac: try SecretBytes(count: cipher.keyLength))
            return try Self.response(response.data.dropLast(10), keys.makeContext())
        }
        await Self.expectEnd(others, "other keys")
    }

    /// An error of the way to the card ends the session as well: the counters would no longer agree.
    @Test func errorBelow() async throws {
        struct Torn: Error {}
        let card = AnsweringCard { _ in throw Torn() }
        let terminal = SecureMessaging(over: card, context: try sessionKeys(.aes128).makeContext())
        await #expect(throws: Torn.self) { _ = try await terminal.exchange(Self.read) }
        #expect(!terminal.isActive)
        #expect(await protocolError { _ = try await terminal.exchange(Self.read) }?.code == .sessionEnded)
    }

    /// No byte of a response appears in an error.
    @Test func errorsHoldNoData() async throws {
        let session = try Session(.aes128) { _, _ in ResponseAPDU(data: hex("CAFEBABEDEADBEEF")) }
        let error = await protocolError { _ = try await session.terminal.exchange(Self.read) }
        let text = try #require(error).description.uppercased()
        #expect(!text.contains("CAFE") && !text.contains("BABE") && !text.contains("BEEF"))
    }
}
