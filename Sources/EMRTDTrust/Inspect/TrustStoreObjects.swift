/// An object of a trust store that is neither an X.509 certificate nor a revocation list.
public struct StoredObject: Sendable {
    /// What it is: a CV certificate or a deviation list.
    public let kind: TrustSource.Kind
    /// The object as it was imported.
    public let encoded: [UInt8]
    /// Its SHA-256, 32 bytes.
    public let sha256: [UInt8]
    /// Where it came from.
    public let sources: [TrustSource]
}

extension TrustStore {
    /// The CV certificates and deviation lists, in the order they came.
    public var otherObjects: [StoredObject] {
        contents.parts.others.map { record in
            StoredObject(
                kind: record.kind, encoded: Array(contents.parts.bytes[record.range]), sha256: record.sha256,
                sources: contents.sources(record.sourceSet))
        }
    }

    /// The certificates from one of the store to the root that it reaches, itself first: each one's signature was made by the
    /// key of the next. Ends early where no issuer is known.
    public func path(of certificate: StoredCertificate) -> [StoredCertificate] {
        var out = [certificate]
        var seen: Set<[UInt8]> = [certificate.sha256]
        while let last = out.last, case .valid(let issuer) = last.standing.signature, seen.insert(issuer).inserted,
            let next = storedCertificate(sha256: issuer)
        {
            out.append(next)
        }
        return out
    }
}

extension StoredCertificate {
    /// What a certificate is for, as far as it says so itself.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// A CSCA certificate that is signed by its own key, or claims to be.
        case csca
        /// A CSCA certificate signed by another key: a link certificate, or a certificate under a root.
        case link
        /// Any other: document signers, list signers.
        case signer
    }

    /// What the certificate is for.
    public var role: Role {
        guard certificate.mayBeCSCA else { return .signer }
        return standing.isSelfSigned || certificate.isSelfIssued && standing.signature == .invalid ? .csca : .link
    }
}
