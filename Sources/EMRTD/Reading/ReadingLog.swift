import LDS

/// What a session writes down: files, protocol runs and things that were unusual. Used by one task.
final class ReadingLog {
    private(set) var records: [FileRecord] = []
    private(set) var runs: [ProtocolRun] = []
    private(set) var notes: [String] = []
    let report: (ReadEvent) -> Void

    /// The most notes and runs kept, so that a card cannot fill memory and screen.
    static let maximumEntries = 200

    init(report: @escaping (ReadEvent) -> Void) { self.report = report }

    /// The record of a file; each file has one.
    subscript(file: ElementaryFile) -> FileRecord? { records.first { $0.file == file } }

    @discardableResult
    func add(_ record: FileRecord) -> FileRecord {
        records.append(record)
        return record
    }

    func note(_ text: String) {
        if notes.count < Self.maximumEntries { notes.append(text) }
    }

    /// Writes down a run. A run that is repeated in a session opened again, with the same end, is written once.
    func add(_ run: ProtocolRun) {
        if runs.count < Self.maximumEntries, !runs.contains(run) { runs.append(run) }
    }

    /// Reports something that is being mended.
    func recovered(_ text: String) { report(.recovered(text)) }
}
