import ISO7816

/// The smart-card service of the system (pcsc-lite's pcscd): its readers and the cards in them.
///
/// Errors are ``ISO7816/CardChannelError``; the reason names the PC/SC function that failed and says what to do.
public enum PCSC {
    /// The readers connected now, without slots for secure access modules; empty where there is none.
    ///
    /// Blocks for as long as the service takes to answer, usually under a millisecond.
    ///
    /// - Throws: `CardChannelError`, for example `serviceUnavailable` or `accessDenied`.
    public static func readers() throws -> [PCSCReaderInfo] {
        do throws(PCSCFailure) {
            return try ReaderWatch(context: PCSCContext()).readers().map(PCSCReaderInfo.init)
        } catch {
            throw error.channelError
        }
    }

    /// What the driver of a reader says about it. Does not need a card and does not disturb one.
    ///
    /// Blocks like ``readers()``.
    ///
    /// - Parameter reader: a reader's name or a part of it in any case; the first that fits counts.
    /// - Throws: `CardChannelError`, for example `noReader`, or `readerBusy` while another program uses the reader exclusively.
    public static func details(ofReader reader: String) throws -> PCSCReaderDetails {
        do throws(PCSCFailure) {
            let context = try PCSCContext()
            guard let name = try context.readerNames().first(where: { $0.matches(reader) }) else {
                throw PCSCFailure(function: .connect, status: .unknownReader)
            }
            let handle = try context.connect(to: name, mode: .direct)
            defer { try? handle.disconnect(.leave) }
            return PCSCReaderDetails(name: name, handle: handle)
        } catch {
            throw error.channelError
        }
    }

    /// Waits until a card is in a reader and takes it: connects in shared mode and begins the transaction that lasts until
    /// the connection is closed. A card that is there already is taken at once. Readers may come and go meanwhile.
    ///
    /// - Parameters:
    ///   - reader: a reader's name or a part of it in any case; `nil` for any reader that is no slot for a secure access
    ///     module.
    ///   - timeout: how long to wait for a card.
    ///   - busyTimeout: how long to wait, once a card is there, for another program to let go of it.
    /// - Throws: `CardChannelError`: `noReader` if no such reader was there when the time was up, `noCard` or
    ///   `unresponsiveCard` if it was, `readerBusy`, `serviceUnavailable`, `accessDenied`; `closed` if the task was cancelled.
    public static func waitForCard(
        reader: String? = nil, timeout: Duration, busyTimeout: Duration = .seconds(3)
    ) async throws -> PCSCConnection {
        try await CardAcquisition(reader: reader, deadline: .now + timeout, busyTimeout: busyTimeout, seen: [])
            .run().connection
    }

    /// Every card that is put on a reader, beginning with those that are there already.
    ///
    /// Each card is given once; take it off and put it back to have it given again. Close one connection before asking
    /// for the next card in the same reader. The sequence waits for ever for readers and cards and ends by an error: such
    /// as `serviceUnavailable`, or `closed` when the task is cancelled; or where a card lies there that could not be connected to
    /// in a dozen tries the error of the last one, such as `unresponsiveCard`. Ask for a new sequence to go on.
    ///
    /// - Parameter reader: a reader's name or a part of it in any case; `nil` for any reader.
    public static func insertedCards(reader: String? = nil) -> InsertedCards { InsertedCards(reader: reader) }

    /// The cards put on the readers, one after the other. See ``PCSC/insertedCards(reader:)``.
    public struct InsertedCards: AsyncSequence, Sendable {
        /// A connection to the card, with the transaction begun.
        public typealias Element = PCSCConnection

        let reader: String?

        /// Begins to watch the readers.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }

        /// Watches the readers.
        public struct AsyncIterator: AsyncIteratorProtocol {
            let reader: String?
            private var seen: Set<ReaderWatch.Sighting> = []

            init(reader: String?) { self.reader = reader }

            /// Waits for the next card. Cards that are taken off before they could be connected to are passed over.
            ///
            /// - Throws: `CardChannelError`.
            public mutating func next() async throws -> PCSCConnection? {
                let taken = try await CardAcquisition(
                    reader: reader, deadline: nil, busyTimeout: .seconds(3), seen: seen
                ).run()
                seen = seen.filter { $0.reader != taken.sighting.reader }
                seen.insert(taken.sighting)
                return taken.connection
            }
        }
    }
}
