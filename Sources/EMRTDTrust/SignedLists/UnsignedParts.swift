import EMRTDCrypto

/// What stands in a signed list beside what is signed: the certificates. Nothing of them is trusted, and a list with a damaged
/// one was damaged or tampered with all the same, so it is refused.
struct UnsignedParts {
    let store: TrustStore
    let checking: SignatureChecking

    /// The most verifications that the certificates of one list may cost.
    static let maximumVerifications = 1024

    /// Why the list cannot be taken, or `nil` where nothing is wrong with its unsigned parts.
    func problem(of subject: SignedListCheck.Subject) throws -> String? {
        let data = subject.signedData
        guard data.unreadableCertificates == 0 else {
            return "\(data.unreadableCertificates) certificates beside the content cannot be read."
        }
        // 1 to 5 are the versions of RFC 5652, 5.1.
        guard (1...5).contains(data.version), data.signers.allSatisfy({ (1...5).contains($0.version) }) else {
            return "A version number of the message is none of RFC 5652."
        }
        guard data.signers.allSatisfy({ data.digestAlgorithms.contains($0.digestOID) }) else {
            return "The message does not announce the hash function of its signer."
        }
        let signed = Set(subject.certificates)
        var budget = Self.maximumVerifications
        for certificate in data.certificates where !signed.contains(certificate) {
            guard try isIntact(certificate, beside: data.certificates + subject.certificates, &budget) else {
                return "The certificate \(certificate) beside the content is damaged."
            }
        }
        return nil
    }

    /// Whether a key that the certificate names made its signature. Of one whose issuer is nowhere to be found nothing is known;
    /// it is taken as intact where no other certificate has its issuer and serial number.
    private func isIntact(
        _ certificate: Certificate, beside others: [Certificate], _ budget: inout Int
    ) throws -> Bool {
        if store.storedCertificate(sha256: certificate.fingerprint) != nil { return true }
        let identifier = certificate.authorityKeyIdentifier
        let named = others.filter { other in
            if let identifier, other.subjectKeyIdentifier == identifier { return true }
            return other.subject.matches(certificate.issuer)
        }
        let known = store.possibleIssuers(of: certificate).map(\.certificate)
        var namesAKey = false
        for candidate in named + known {
            guard budget > 0 else { return true }
            budget -= 1
            do {
                if try checking.check(certificate, signedBy: candidate) != nil { return true }
            } catch is TrustError {
                // The algorithm or the key cannot be used, so nothing is known of this pair.
                continue
            }
            if let identifier, candidate.subjectKeyIdentifier == identifier { namesAKey = true }
        }
        let isAnother = (others + known).contains {
            $0 != certificate && $0.serialNumber == certificate.serialNumber && $0.issuer.matches(certificate.issuer)
        }
        return !namesAKey && !isAnother
    }
}
