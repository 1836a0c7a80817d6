import EMRTDTrust
import ISO7816
public import LDS

/// A folder with the files of a document as they were read, so that it can be verified again later: `EF.COM.bin`,
/// `EF.SOD.bin`, `EF.CardAccess.bin`, `DG1.bin`, ... and `inspection.json`. It holds personal data.
public struct EvidenceBundle: Sendable, CustomStringConvertible {
    /// The document's files, by what they are.
    public let files: [ElementaryFile: [UInt8]]
    /// Names of files in the folder that are no files of a document.
    public let unrecognised: [String]
    /// Names of files in the folder that could not be read, or are longer than ``maximumFileSize``: they may be files of a
    /// document.
    public let unreadable: [String]

    /// The files' names and how many were not recognised or not readable; nothing of what they say.
    public var description: String {
        files.keys.map(\.name).sorted().joined(separator: ", ")
            + "; \(unrecognised.count) files not recognised, \(unreadable.count) not readable"
    }

    /// The largest file taken, in bytes.
    public static let maximumFileSize = TransparentFileReader.maximumLength
    /// The most files taken.
    public static let maximumFiles = 1000

    /// Reads a folder. Files are recognised by their outer tag, whatever they are called.
    ///
    /// - Throws: ``TrustError`` `unreadableFile` where the folder cannot be read; ``EMRTDError`` `fileUnreadable`
    ///   where two files are the same file of a document.
    public init(contentsOf directory: String) throws {
        var files: [ElementaryFile: [UInt8]] = [:]
        var names: [ElementaryFile: String] = [:]
        var unrecognised: [String] = []
        var unreadable: [String] = []
        for name in try FileReading.names(in: directory, limit: Self.maximumFiles) {
            let path = directory + "/" + name
            guard (try? FileReading.kind(of: path)) == .file else {
                unrecognised.append(name)
                continue
            }
            guard let bytes = try? FileReading.bytes(of: path, limit: Self.maximumFileSize) else {
                unreadable.append(name)
                continue
            }
            guard let file = Self.recognise(bytes) else {
                unrecognised.append(name)
                continue
            }
            if let other = names[file] {
                throw EMRTDError(
                    .fileUnreadable, "\(other) and \(name) are both \(file): keep one of them in the folder",
                    stage: .read,
                    remedy: .tryAgain)
            }
            names[file] = name
            files[file] = bytes
        }
        self.files = files
        self.unrecognised = unrecognised
        self.unreadable = unreadable
    }

    /// What a file is by its outer tag and a length that fits it; `nil` where it is none of a document's. Tag 31 is common
    /// in other files, so EF.CardAccess must hold a SecurityInfo that is known; tag 30 even more, so EF.CardSecurity must be a
    /// signed object of its type.
    public static func recognise(_ bytes: [UInt8]) -> ElementaryFile? {
        guard let first = bytes.first else { return nil }
        if first == 0x31 {
            guard let infos = try? SecurityInfos(parsing: bytes), infos.infos.count > infos.otherInfos.count else {
                return nil
            }
            return .cardAccess
        }
        if first == 0x30 { return (try? CardSecurity(encoded: bytes)) == nil ? nil : .cardSecurity }
        guard let file = ElementaryFile(outerTag: Tag(UInt32(first))) else { return nil }
        if file == .sod, bytes.dropFirst().first == 0x80 { return file }
        // EF.DIR has the tag of DG1 and begins with an application identifier (ISO/IEC 7816-4, 8.2.1.1).
        if file == .dataGroup(.dg1), bytes.dropFirst(2).first == 0x4F { return nil }
        guard let header = try? TLVHeader(prefixOf: bytes[...]), header.valueLength > 0 else { return nil }
        return isPlausible(bytes, header, file) ? file : nil
    }

    /// A truncated or padded file is still that file, and its check says what is wrong. Text that begins with the letter of
    /// a tag is not: its second letter is a short length, which fits many texts by chance, so there more has to fit.
    private static func isPlausible(_ bytes: [UInt8], _ header: TLVHeader, _ file: ElementaryFile) -> Bool {
        let extra = bytes.count - header.totalLength
        guard extra <= 4096, bytes.count >= header.totalLength / 2 else { return false }
        if bytes.dropFirst().first.map({ $0 >= 0x80 }) == true { return true }
        if extra >= 0 { return bytes.suffix(extra).allSatisfy { $0 == 0x00 || $0 == 0xFF } }
        switch file {
        case .com: return bytes.dropFirst(2).starts(with: [0x5F, 0x01])
        case .dataGroup(.dg1): return bytes.dropFirst(2).starts(with: [0x5F, 0x1F])
        default: return false
        }
    }

    /// Writes the folder: it is made where it does not exist, and must be empty. Files get mode 0600, the folder 0700, also where
    /// it was there already.
    ///
    /// - Throws: ``EMRTDError`` `outputFailed` where something cannot be written; none of the files stays then.
    public static func write(_ inspection: Inspection, report: String, to directory: String) throws {
        let files = inspection.files.compactMap { record in
            record.bytes.map { (name: record.file.name + ".bin", bytes: $0) }
        }
        let summary = (name: "inspection.json", bytes: Array((report + "\n").utf8))
        try FileWriting.write(files + [summary], toFolder: directory)
    }
}
