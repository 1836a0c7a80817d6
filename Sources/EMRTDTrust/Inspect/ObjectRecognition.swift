import ISO7816
import LDS

/// Says what one binary object is, and makes its tree.
struct ObjectRecognition {
    let options: StructureOptions

    /// - Parameters:
    ///   - object: the object by its own length, or all bytes where it has none that fits.
    ///   - file: the object and all bytes after it.
    /// - Throws: ``TrustError`` `malformed` where this is neither known nor BER.
    func item(_ object: [UInt8], file: [UInt8]) throws(TrustError) -> FileStructure.Item {
        var problems: [String] = []
        func attempt(_ what: String, _ body: () throws -> FileStructure.Item?) -> FileStructure.Item? {
            do { return try body() } catch {
                problems.append("no \(what): \(Self.reason(error))")
                return nil
            }
        }
        var found: FileStructure.Item?
        switch (object.first ?? 0, object.dropFirst().first ?? 0) {
        case (0x30, _):
            if isSignedData(object) {
                found = attempt("signed data") { try signedData(object, file) }
            } else {
                found =
                    attempt("certificate") { item(.certificate, .certificate(try Certificate(encoded: object))) }
                    ?? attempt("revocation list") {
                        item(.revocationList, .revocationList(try CertificateRevocationList(encoded: object), options))
                    }
            }
        case (0x77, _): found = attempt("EF.SOD") { securityObject(try DocumentSecurityObject(encoded: file)) }
        case (0x7F, 0x21), (0x7F, 0x4E):
            found = attempt("CV certificate") {
                item(.cvCertificate, .cvCertificate(try CVCertificate(parsing: object)))
            }
        default:
            found = attempt("file of a chip") { try elementaryFile(object, file) }
        }
        if let found { return found }
        return try unknown(object, problems)
    }

    private func item(_ kind: FileStructure.Kind, _ node: StructureNode, _ notes: [String] = []) -> FileStructure.Item {
        FileStructure.Item(kind: kind, content: node, notes: notes)
    }

    /// Whether bytes begin as a ContentInfo of signedData (RFC 5652, 3), whatever follows.
    private func isSignedData(_ bytes: [UInt8]) -> Bool {
        let oid = TLV.encode(0x06, ASN1OID.signedData.contents)
        for skip in 2...6 where bytes.dropFirst(skip).starts(with: oid) { return true }
        return false
    }

    private func signedData(_ bytes: [UInt8], _ file: [UInt8]) throws -> FileStructure.Item {
        let data = try CMSSignedData(
            bytes[...], name: "SignedData", maximumSize: MasterList.maximumSize,
            maximumCertificates: MasterList.maximumSignerCertificates)
        switch data.contentType {
        case .cscaMasterList:
            return item(.masterList, .masterList(try MasterList(encoded: bytes), options))
        case .securityObject:
            return item(.cardSecurity, .cardSecurity(try CardSecurity(encoded: file), options))
        case .ldsSecurityObject, .oldLDSSecurityObject, .sduLDSSecurityObject:
            return securityObject(try DocumentSecurityObject(encoded: file))
        case .data:
            // Old Chinese documents sign their LDS security object as id-data.
            if let found = try? DocumentSecurityObject(encoded: file) { return securityObject(found) }
        case .deviationList, .defectList:
            return item(.deviationList, .deviationList(try DeviationList(encoded: bytes), options))
        default: break
        }
        var fields = StructureNode.signedData(data, options)
        if let content = try? BERTree(options: options).node(data.content) {
            fields.append(.object("eContent", member: "content", [content]))
        }
        return item(.signedData, .object("SignedData", fields))
    }

    private func securityObject(_ file: DocumentSecurityObject) -> FileStructure.Item {
        item(.documentSecurityObject, .documentSecurityObject(file, options))
    }

    private func elementaryFile(_ object: [UInt8], _ file: [UInt8]) throws -> FileStructure.Item? {
        guard let (kind, node, notes) = try ElementaryFileStructure.read(object, file, options) else { return nil }
        return item(kind, node, notes)
    }

    /// BER that is nothing known, or an error that says what it might have been.
    private func unknown(_ bytes: [UInt8], _ problems: [String]) throws(TrustError) -> FileStructure.Item {
        do throws(TrustError) {
            let tree = try BERTree(options: options).tree(bytes)
            if let element = try? ASN1Element(bytes[...], .ber, name: "BER"), BERTree.mayBePrivateKey(element) {
                return item(.ber, tree, ["this may be a private key: its values are not shown"])
            }
            return item(.ber, tree, problems)
        } catch {
            if let header = try? TLVHeader(prefixOf: bytes[...]), header.totalLength > bytes.count, isTag(bytes) {
                throw TrustError(
                    .malformed,
                    "the file is cut off: its first object \(header.tag) has \(header.totalLength) bytes, \(bytes.count) are there"
                )
            }
            guard !problems.isEmpty else {
                throw TrustError(
                    .malformed,
                    "this is no certificate, signed data, revocation list, CV certificate, LDIF or file of a chip, nor any BER"
                )
            }
            throw TrustError(.malformed, problems.joined(separator: "; ") + "; nor is it any BER")
        }
    }

    /// Whether the first byte begins a file that this library knows: otherwise a length in it means nothing.
    private func isTag(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return false }
        return first == 0x30 || first == 0x31 || first >= 0x60 && first <= 0x7F && bytes.dropFirst().first ?? 0 >= 0x80
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as TrustError: error.location.map { "\(error.reason) (in \($0))" } ?? error.reason
        case let error as LDSError: error.reason
        case let error as ISO7816Error: error.reason
        default: "it cannot be read"
        }
    }
}
