import ISO7816

/// The files of a chip and which of them is current (ISO/IEC 7816-4, 7.2): the MF and the eMRTD application, in which the
/// same identifiers mean different files (Doc 9303-10, 3.6).
struct ChipFileSystem {
    typealias File = PersonalisedDocument.File

    enum Directory {
        case masterFile, application
        /// An application that is none of ours and shows no files.
        case other
    }

    private(set) var directory: Directory
    private(set) var current: File?
    private let files: [Directory: [File]]
    private let first: Directory

    /// - Parameter first: what is current after a reset.
    init(masterFiles: [File], applicationFiles: [File], first: Directory = .masterFile) {
        files = [.masterFile: masterFiles, .application: applicationFiles]
        self.first = first
        directory = first
    }

    mutating func selectDirectory(_ directory: Directory) {
        self.directory = directory
        current = nil
    }

    mutating func select(_ file: File) { current = file }

    mutating func deselectFile() { current = nil }

    mutating func reset() { selectDirectory(first) }

    func file(identifier: UInt16) -> File? { files[directory]?.first { $0.identifier == identifier } }

    func file(shortIdentifier: UInt8) -> File? { files[directory]?.first { $0.shortIdentifier == shortIdentifier } }
}
