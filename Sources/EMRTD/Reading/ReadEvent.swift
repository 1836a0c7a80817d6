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
