public import ISO7816
public import LDS

/// What became of one file during a reading.
public struct FileRecord: Sendable, Hashable, CustomStringConvertible {
    /// How the reading of a file ended.
    public enum Outcome: Sendable, Hashable, CustomStringConvertible {
        /// The file as it came.
        case read([UInt8])
        /// The chip refused it with a status word.
        case refused(StatusWord)
        /// The chip gave something that cannot be the file, for example fewer bytes than its header says; why.
        case unreadable(String)

        /// The length or the status word; nothing of what the file says.
        public var description: String {
            switch self {
            case .read(let bytes): "\(bytes.count) bytes"
            case .refused(let status): "refused [\(status)]"
            case .unreadable(let reason): "unreadable: \(reason)"
            }
        }
    }

    /// The file.
    public let file: ElementaryFile
    /// How it ended.
    public let outcome: Outcome
    /// Commands that were needed.
    public let commands: Int

    /// The bytes, where there are any.
    public var bytes: [UInt8]? { if case .read(let bytes) = outcome { bytes } else { nil } }

    /// The file and its outcome; nothing of what it says.
    public var description: String { "\(file): \(outcome)" }

    /// Creates a record.
    public init(_ file: ElementaryFile, _ outcome: Outcome, commands: Int) {
        self.file = file
        self.outcome = outcome
        self.commands = commands
    }
}
