/// A departure of a file from its standard that was tolerated, because real documents have it. It belongs in the report.
public struct LDSLeniency: Sendable, Hashable, CustomStringConvertible {
    /// The kind of an ``LDSLeniency``. New codes may be added in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String

        init(_ name: String) { description = name }

        /// Bytes follow the outermost data object and were not parsed.
        public static let trailingBytes = Code("trailingBytes")
        /// EF.SOD is wrapped in an object of indefinite length.
        public static let indefiniteLength = Code("indefiniteLength")
        /// A version in EF.COM is absent or not the digits it should be.
        public static let invalidVersion = Code("invalidVersion")
        /// EF.COM lists a tag that is no data group, or one twice.
        public static let invalidTagList = Code("invalidTagList")
        /// A SecurityInfo is malformed; it was kept raw and the others are used.
        public static let malformedSecurityInfo = Code("malformedSecurityInfo")
        /// A biometric record announces a length that is a few bytes off.
        public static let recordLengthMismatch = Code("recordLengthMismatch")
        /// Bytes follow the biometric record inside its data object.
        public static let recordPadding = Code("recordPadding")
        /// The image is of another type than the record header claims.
        public static let imageTypeMismatch = Code("imageTypeMismatch")
        /// The number of biometric templates is not the announced one.
        public static let instanceCountMismatch = Code("instanceCountMismatch")
    }

    /// The kind of departure.
    public let code: Code
    /// The file it was found in.
    public let file: ElementaryFile?
    /// A sentence with lengths and offsets, without data of the document.
    public let detail: String

    /// Creates a note of a leniency.
    public init(_ code: Code, file: ElementaryFile? = nil, _ detail: String = "") {
        self.code = code
        self.file = file
        self.detail = detail
    }

    /// The code, the file and the detail.
    public var description: String {
        let place = file.map { " in \($0.name)" } ?? ""
        return detail.isEmpty ? "\(code)\(place)" : "\(code)\(place): \(detail)"
    }
}
