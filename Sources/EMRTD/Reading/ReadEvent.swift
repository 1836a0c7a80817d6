public import LDS

/// What happens while a document is read, for a progress display. Carries no personal data.
public enum ReadEvent: Sendable, Hashable {
    /// A stage begins.
    case stage(EMRTDError.Stage)
    /// The chip is open; how.
    case accessGranted(AccessInfo)
    /// A file is being read: bytes so far, and all of them once the file's header is known.
    case reading(ElementaryFile, bytes: Int, of: Int?)
    /// A file has been read.
    case read(ElementaryFile, bytes: Int)
    /// The chip refused a file or does not have it.
    case refused(ElementaryFile)
    /// The session was lost and opened again, or a smaller block size was needed; why.
    case recovered(String)
}

/// How the chip was opened.
public struct AccessInfo: Sendable, Hashable {
    /// The protocol.
    public enum AccessProtocol: String, Sendable, Hashable {
        /// Password Authenticated Connection Establishment.
        case pace = "PACE"
        /// Basic Access Control.
        case bac = "BAC"
    }

    /// The protocol.
    public let `protocol`: AccessProtocol
    /// PACE's mapping; `nil` for BAC.
    public let mapping: PACEMapping?
    /// PACE's key agreement; `nil` for BAC.
    public let agreement: KeyAgreement?
    /// The cipher of secure messaging.
    public let cipher: SessionCipher
    /// PACE's domain parameter id; `nil` for BAC.
    public let parameterId: Int?
    /// The kind of key.
    public let password: AccessKey.Kind
    /// Leniencies that were needed, by name, for example `paceWithoutParameterId`.
    public let leniencies: [String]
}
