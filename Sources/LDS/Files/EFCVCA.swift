/// EF.CVCA: the names of the chip's trust points for Terminal Authentication, the current one first (Doc 9303-11, Appendix K;
/// TR-03110-3, A.6.3.1). A file of fixed size: one or two objects 42, then zeros.
public struct EFCVCA: LDSFile {
    /// The file as it came.
    public let rawBytes: [UInt8]
    /// The certification authority references: one or two names of 1 to 16 bytes.
    public let certificationAuthorityReferences: [[UInt8]]

    /// ``ElementaryFile/cvca``.
    public var file: ElementaryFile { .cvca }
    /// Departures from the standard that were tolerated: none so far.
    public var leniencies: [LDSLeniency] { [] }

    /// The size of the file in bytes: room for two names (TR-03110-3, A.6.3.1).
    public static let fileLength = 36
    /// The longest name, in bytes.
    public static let maximumReferenceLength = 16

    /// Parses the file.
    ///
    /// - Throws: ``LDSError`` `missingField` for a file without a name, `invalidLength`, `truncated`, `unexpectedField` for a
    ///   third name, and `trailingBytes` for anything but zeros behind the names.
    public init(parsing bytes: [UInt8]) throws {
        var names: [[UInt8]] = []
        var rest = bytes[...]
        while rest.first == 0x42 {
            guard names.count < 2 else {
                throw LDSError(.unexpectedField, "more than two names", file: .cvca, offset: rest.startIndex)
            }
            guard let length = rest.dropFirst().first.map(Int.init) else {
                throw LDSError(.truncated, "a name is cut off", file: .cvca, offset: rest.startIndex)
            }
            guard (1...Self.maximumReferenceLength).contains(length) else {
                throw LDSError(
                    .invalidLength, "a name of \(length) bytes", file: .cvca,
                    field: "certification authority reference", offset: rest.startIndex)
            }
            let name = rest.dropFirst(2).prefix(length)
            guard name.count == length else {
                throw LDSError(.truncated, "a name is cut off", file: .cvca, offset: rest.startIndex)
            }
            names.append(Array(name))
            rest = rest[name.endIndex...]
        }
        guard !names.isEmpty else {
            throw LDSError(.missingField, "no certification authority reference", file: .cvca, offset: 0)
        }
        if let wrong = rest.firstIndex(where: { $0 != 0 }) {
            throw LDSError(.trailingBytes, "something else than zeros behind the names", file: .cvca, offset: wrong)
        }
        rawBytes = bytes
        certificationAuthorityReferences = names
    }
}

extension TerminalAuthenticationInfo {
    /// The file identifier of EF.CVCA in the eMRTD application: as the info says, else 011C.
    public var efCVCAFileIdentifier: UInt16 {
        guard let bytes = cvcaFileIdentifier, bytes.count == 2 else { return ElementaryFile.cvca.fileIdentifier }
        return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    }

    /// The short file identifier of EF.CVCA: as the info says, else 1C for the default file; `nil` where the info names a file
    /// without a short identifier, or one outside 1 to 30.
    public var efCVCAShortFileIdentifier: UInt8? {
        if let short = cvcaShortFileIdentifier { return (1...30).contains(short) ? short : nil }
        return cvcaFileIdentifier == nil ? ElementaryFile.cvca.shortFileIdentifier : nil
    }
}
