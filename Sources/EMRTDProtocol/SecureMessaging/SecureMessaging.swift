package import EMRTDCrypto
public import ISO7816

/// Secure messaging, terminal side (Doc 9303-11, 9.8): protects each command, checks and opens each response.
///
/// Anything wrong in a response ends the session at once: a status word without secure messaging, a missing, repeated,
/// unknown or misplaced object, a wrong MAC, an inner status that differs from the outer one, bad padding. After that every
/// command throws `sessionEnded`. There is no way back but a new session.
public final class SecureMessaging: APDUExchange {
    /// Whether the session can still be used.
    public private(set) var isActive = true
    /// Responses of this session that were accepted. The first one proves that the card holds the session's keys.
    public private(set) var acceptedResponses = 0

    private let below: any APDUExchange
    private let context: SecureMessagingContext
    private static let step = "secure messaging"

    /// Starts a session over the plain way to the card.
    package init(over below: any APDUExchange, context: SecureMessagingContext) {
        self.below = below
        self.context = context
    }

    /// Sends a command under secure messaging and returns the opened response, whose status word may be any that came
    /// protected.
    ///
    /// A command that is too long for the way below once it is protected goes out as a chain in which each part is protected
    /// by itself: a chain consists of whole commands, and secure messaging is about commands (ISO/IEC 7816-4, 5.3.3). A part
    /// that the card refuses ends the chain with its status word.
    ///
    /// - Throws: ``ProtocolError`` `secureMessagingFailed`, `unprotectedStatus` or `sessionEnded`, and what the layer below
    ///   throws.
    public func exchange(_ command: CommandAPDU) async throws -> ResponseAPDU {
        var last = command
        if protectedLength(command) > below.maximumCommandData {
            let partLength = max(payloadCapacity(ofResponse: below.maximumCommandData), 1)
            while last.data.count > partLength {
                var part = command
                part.cla |= 0x10
                part.data = Array(last.data.prefix(partLength))
                part.expectedLength = nil
                part.forcesExtendedLength = false
                let response = try await exchangeWhole(part)
                guard response.statusWord.isSuccess else { return response }
                last.data.removeFirst(partLength)
            }
            last.forcesExtendedLength = false
            last.expectedLength = command.expectedLength.map { min($0, 256) }
        }
        return try await exchangeWhole(last)
    }

    private func exchangeWhole(_ command: CommandAPDU) async throws -> ResponseAPDU {
        guard isActive else {
            throw ProtocolError(.sessionEnded, "the secure messaging session has ended", step: Self.step)
        }
        do {
            let protected = try Self.protect(command, context)
            let response = try await below.exchange(protected)
            let opened = try Self.open(response, context)
            acceptedResponses += 1
            return opened
        } catch {
            isActive = false
            throw error
        }
    }

    /// Bytes of the data field that a command has once it is protected.
    private func protectedLength(_ command: CommandAPDU) -> Int {
        let block = context.cipher.blockLength
        let expected = command.expectedLength == nil ? 0 : command.isExtended ? 4 : 3
        guard !command.data.isEmpty else { return expected + 10 }
        let content = (command.data.count / block + 1) * block + (command.ins & 1 == 1 ? 0 : 1)
        return 1 + TLV.encodeLength(content).count + content + expected + 10
    }

    /// DO'87' or DO'85' with padding indicator and padding, DO'99' and DO'8E' take their part of the response.
    public func payloadCapacity(ofResponse length: Int) -> Int {
        let block = context.cipher.blockLength
        let available = length - 4 - 10
        // Tag, length field and, for DO'87', the padding indicator.
        for lengthField in [1, 2, 3, 4] {
            let cryptogram = (available - 1 - lengthField - 1) / block * block
            if cryptogram >= block, TLV.encodeLength(cryptogram + 1).count <= lengthField { return cryptogram - 1 }
        }
        return 0
    }

    /// Builds the protected command (9.8.4). Steps the counter.
    package static func protect(_ command: CommandAPDU, _ context: SecureMessagingContext) throws -> CommandAPDU {
        try context.step()
        var protected = command
        protected.cla |= 0x0C
        var objects: [UInt8] = []
        if !command.data.isEmpty {
            let cryptogram = try context.encrypt(command.data)
            objects +=
                command.ins & 1 == 1
                ? TLV.encode(0x85, cryptogram)
                : TLV.encode(0x87, [0x01] + cryptogram)
        }
        if let expected = command.expectedLength {
            let low = UInt8(truncatingIfNeeded: expected)
            objects += TLV.encode(
                0x97, command.isExtended ? [UInt8(truncatingIfNeeded: expected >> 8), low] : [low])
        }
        objects += TLV.encode(0x8E, try context.mac(header: protected.header, body: objects))
        protected.data = objects
        // Le is always there, since DO'99' and DO'8E' come back. The extended form is used where the command had it or
        // needs it.
        protected.forcesExtendedLength = command.isExtended
        protected.expectedLength = command.isExtended || objects.count > 255 ? 0x10000 : 256
        return protected
    }

    /// Checks and opens a protected response (9.8.5). Steps the counter.
    package static func open(_ response: ResponseAPDU, _ context: SecureMessagingContext) throws -> ResponseAPDU {
        try context.step()
        guard !response.data.isEmpty else {
            throw ProtocolError(
                .unprotectedStatus, "the card answered \(response.statusWord) without secure messaging", step: step,
                statusWord: response.statusWord)
        }
        let objects: [TLV]
        do {
            objects = try TLV.parseAll(response.data[...])
        } catch {
            throw failure("the response is not a sequence of data objects", response)
        }
        guard let mac = objects.last, mac.tag == 0x8E, mac.value.count == 8 else {
            throw failure("the response does not end in a MAC of 8 bytes", response)
        }
        let covered = response.data[..<mac.encoded.startIndex]
        guard constantTimeEqual(try context.mac(body: covered), mac.value) else {
            throw failure("the MAC of the response is wrong", response)
        }
        var rest = objects.dropLast()
        guard let status = rest.popLast(), status.tag == 0x99, status.value.count == 2 else {
            throw failure("the response has no protected status word", response)
        }
        guard Array(status.value) == [response.statusWord.sw1, response.statusWord.sw2] else {
            throw failure("the protected status word is not the outer one", response)
        }
        guard let data = rest.popLast() else { return ResponseAPDU(statusWord: response.statusWord) }
        guard rest.isEmpty else { throw failure("the response has objects that do not belong there", response) }
        var cryptogram = data.value
        switch data.tag {
        case 0x87:
            guard cryptogram.popFirst() == 0x01 else { throw failure("DO'87' has another padding indicator", response) }
        case 0x85: break
        default: throw failure("the response has an object \(data.tag)", response)
        }
        do {
            return ResponseAPDU(data: try context.decrypt(cryptogram), statusWord: response.statusWord)
        } catch let error as CryptoError where !error.saysNothing {
            throw failure("the cryptogram is not whole blocks with padding", response)
        }
    }

    private static func failure(_ reason: String, _ response: ResponseAPDU) -> ProtocolError {
        ProtocolError(.secureMessagingFailed, reason, step: step, statusWord: response.statusWord)
    }
}
