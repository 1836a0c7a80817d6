import ISO7816

/// What a file that somebody wants to trust holds, recognised by its contents.
enum TrustFileContent {
    case certificates([Certificate], problems: [String])
    case masterList(MasterList)
    case ldif(LDIF)
    case revocationList(CertificateRevocationList)
    case cvCertificate(CVCertificate)
    case deviationList(DeviationList)

    /// Recognises the contents. A PEM file may hold several objects.
    ///
    /// - Throws: ``TrustError`` `notACertificate` where it is nothing of the kind.
    static func parse(_ bytes: [UInt8]) throws(TrustError) -> [TrustFileContent] {
        guard let first = bytes.first else { throw TrustError(.notACertificate, "the file is empty") }
        if first == 0x30 { return [try parse(der: bytes)] }
        if first == 0x7F, bytes.count > 1, bytes[1] == 0x21 {
            do {
                return [.cvCertificate(try CVCertificate(parsing: bytes))]
            } catch {
                let reason = (error as? TrustError)?.reason ?? "it cannot be parsed"
                throw TrustError(.notACertificate, "no CV certificate: \(reason)")
            }
        }
        if PEM.isLikely(bytes) { return try parse(pem: bytes) }
        if LDIF.isLikely(bytes) { return [.ldif(try LDIF(bytes))] }
        throw TrustError(
            .notACertificate,
            "neither a certificate (DER or PEM) nor a master list, revocation list, CV certificate or LDIF")
    }

    private static func parse(der bytes: [UInt8]) throws(TrustError) -> TrustFileContent {
        let certificateError: TrustError
        do {
            return .certificates([try Certificate(encoded: bytes)], problems: [])
        } catch {
            certificateError = error
        }
        if let list = try? CertificateRevocationList(encoded: bytes) { return .revocationList(list) }
        let message: CMSSignedData
        do {
            message = try CMSSignedData(
                bytes[...], name: "CMS", maximumSize: MasterList.maximumSize,
                maximumCertificates: MasterList.maximumSignerCertificates)
        } catch {
            throw beginsAsCMS(bytes) ? error : certificateError
        }
        switch message.contentType {
        case .cscaMasterList: return .masterList(try MasterList(encoded: bytes))
        case .ldsSecurityObject:
            throw TrustError(
                .notACertificate, "a signed message, the security object of a document, and no certificate or list")
        default:
            if let list = try? DeviationList(encoded: bytes) { return .deviationList(list) }
            throw TrustError(
                .notACertificate, "a signed message with the content type \(message.contentType), which is no list")
        }
    }

    /// Whether an object identifier comes first, as in a ContentInfo (RFC 5652, 3) and neither in a certificate nor in a
    /// revocation list; where the length before it is damaged, it is that of SignedData.
    private static func beginsAsCMS(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(24)
        guard start.count > 2 else { return false }
        let place = start[1] > 0x80 ? 2 + Int(start[1] & 0x7F) : 2
        let signedData: [UInt8] = [9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2]
        return start.indices.contains(place) && start[place] == 0x06 || start.firstRange(of: signedData) != nil
    }

    private static func parse(pem text: [UInt8]) throws(TrustError) -> [TrustFileContent] {
        let blocks = PEM.blocks(in: text, limit: TrustStore.maximumFiles)
        var out: [TrustFileContent] = []
        var certificates: [Certificate] = []
        var problems: [String] = []
        for (index, block) in blocks.enumerated() {
            guard let bytes = block.bytes else {
                if PEM.certificateLabels.contains(block.label) || labels.contains(block.label) {
                    problems.append("block \(index + 1) (\(block.label.printable)) cannot be decoded")
                }
                continue
            }
            do throws(TrustError) {
                // There is no label for CV certificates (RFC 7468): some programs write CERTIFICATE, the export of a store its own.
                if PEM.cvCertificateLabels.contains(block.label), bytes.first == 0x7F {
                    out += try parse(bytes)
                } else if PEM.certificateLabels.contains(block.label) {
                    certificates.append(try Certificate(encoded: bytes))
                } else if labels.contains(block.label) {
                    out.append(try parse(der: bytes))
                }
            } catch {
                problems.append("block \(index + 1): \(error)")
            }
        }
        if !certificates.isEmpty || !problems.isEmpty {
            out.insert(.certificates(certificates, problems: problems), at: 0)
        }
        guard !out.isEmpty else { throw TrustError(.notACertificate, "PEM without a certificate or a list") }
        return out
    }

    private static let labels: Set<String> = [
        "X509 CRL", "CMS", "PKCS7", "PKCS #7 SIGNED DATA", PEM.cvCertificateLabel,
    ]
}
