/// One revocation list of a trust store, with who signed it and where it came from.
public struct StoredRevocationList: Sendable {
    /// The list.
    public let list: CertificateRevocationList
    /// Its SHA-256, 32 bytes.
    public let sha256: [UInt8]
    /// What became of its signature, and what the store knows of the CSCA that made it.
    public let standing: CertificateStanding
    /// The certificate whose key made the signature.
    public let issuer: Certificate?
    /// Where it came from.
    public let sources: [TrustSource]
}

extension TrustStore {
    /// All revocation lists, in the order they came.
    public var revocationLists: [StoredRevocationList] {
        contents.parts.revocationLists.indices.compactMap(stored)
    }

    /// The revocation lists that speak of the certificates of a CSCA: those that its key signed, and those that name it as
    /// their issuer, whoever signed them. A list counts only where ``StoredRevocationList/standing`` says that a key of the
    /// store signed it.
    package func revocationLists(issuedBy csca: Certificate) -> [StoredRevocationList] {
        guard !contents.parts.revocationLists.isEmpty else { return [] }
        let name = csca.subject.normalised
        let hash = csca.subject.normalisedHash
        let key = csca.subjectKey.keyBytes
        let standings = contents.allListStandings()
        return contents.parts.revocationLists.indices.filter { position in
            if contents.parts.revocationLists[position].issuerName == hash,
                contents.revocationList(at: position)?.issuer.normalised == name
            {
                return true
            }
            return standings[position].signature == .valid
                && contents.certificate(at: Int(standings[position].issuer))?.subjectKey.keyBytes == key
        }.compactMap(stored)
    }

    private func stored(_ position: Int) -> StoredRevocationList? {
        guard let list = contents.revocationList(at: position) else { return nil }
        let record = contents.parts.revocationLists[position]
        let standing = contents.allListStandings()[position]
        return StoredRevocationList(
            list: list, sha256: record.sha256, standing: CertificateStanding(standing, -1, contents),
            issuer: contents.certificate(at: Int(standing.issuer)), sources: contents.sources(record.sourceSet))
    }
}
