import ISO7816

/// The files of a chip and which of them is current (ISO/IEC 7816-4, 7.2): the MF and the eMRTD application, in which the
/// same identifiers mean different files (Doc 9303-10, 3.6).
struct ChipFileSystem {
    typealias File = PersonalisedDocument.File

    enum Directory { case masterFile, application }

    private(set) var directory = Directory.masterFile
    private(set) var current: File?
    private let files: [Directory: [File]]

    init(masterFiles: [File], applicationFiles: [File]) {
        files = [.masterFile: masterFiles, .application: applicationFiles]
    }

    mutating func selectDirectory(_ directory: Directory) {
        self.directory = directory
        current = nil
    }

    mutating func select(_ file: File) { current = file }

    mutating func deselectFile() { current = nil }

    mutating func reset() { selectDirectory(.masterFile) }

    func file(identifier: UInt16) -> File? { files[directory]?.first { $0.identifier == identifier } }

    func file(shortIdentifier: UInt8) -> File? { files[directory]?.first { $0.shortIdentifier == shortIdentifier } }
}
