public import Foundation

/// Where the repository lies, found from this source file.
public let repositoryRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The bytes of a hexadecimal string; spaces and line ends are skipped. Stops the test run on anything else.
public func hex(_ text: String) -> [UInt8] {
    let digits = text.unicodeScalars.filter { !CharacterSet.whitespacesAndNewlines.contains($0) }.map(String.init)
    precondition(digits.count % 2 == 0, "odd number of hexadecimal digits")
    return stride(from: 0, to: digits.count, by: 2).map { index in
        guard let byte = UInt8(digits[index] + digits[index + 1], radix: 16) else {
            preconditionFailure("not hexadecimal")
        }
        return byte
    }
}

/// The bytes in upper-case hexadecimal.
public func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02X", $0) }.joined() }

/// A file of `vectors/`, decoded.
public func vectors<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    let url = repositoryRoot.appendingPathComponent("vectors").appendingPathComponent(name)
    return try JSONDecoder().decode(T.self, from: Data(contentsOf: url))
}

/// The folder of field data that may not be in this repository (`EMRTD_FIELD_DATA`, default `../shared/data`), or `nil`
/// after saying so on standard error.
public func fieldData() -> URL? {
    let named = ProcessInfo.processInfo.environment["EMRTD_FIELD_DATA"].map { URL(fileURLWithPath: $0) }
    let url = named ?? repositoryRoot.deletingLastPathComponent().appendingPathComponent("shared/data")
    if FileManager.default.fileExists(atPath: url.path) { return url }
    FileHandle.standardError.write(Data("skipped: no field data\n".utf8))
    return nil
}
