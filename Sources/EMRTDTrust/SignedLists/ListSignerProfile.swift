extension SignedListCheck {
    /// What a list signer's certificate must be (Doc 9303-12, 7.1.1, Table 4): no CA, digitalSignature, and the extended key
    /// usage for this kind of list, critical. Older lists are signed by the CSCA itself.
    func profile(of signer: Certificate, _ subject: Subject) throws(Refusal) -> [SignedListFinding.Remark] {
        var remarks: [SignedListFinding.Remark] = []
        let extensions = signer.extensions
        if let oid = extensions.unknownCritical.first(where: { $0 != .extendedKeyUsage }) {
            throw Refusal(.signerNotAllowed, "The signer's certificate has the unknown critical extension \(oid).")
        }
        guard extensions.duplicated.isEmpty, !extensions.hasMalformedConstraint,
            !extensions.malformed.contains(.extendedKeyUsage)
        else {
            throw Refusal(.signerNotAllowed, "The signer's certificate has malformed or repeated extensions.")
        }
        if extensions.isCA == true || extensions.keyUsage?.contains(CertificateExtensions.keyCertSignBit) == true {
            guard signer.isCapableOfSigningCertificates, extensions.extendedKeyUsage == nil else {
                throw Refusal(.signerNotAllowed, "The signer's certificate is neither a CSCA's nor a list signer's.")
            }
            return [
                .init(code: .listSignedByCSCA, reason: "The list is signed by the CSCA itself, not by a list signer.")
            ]
        }
        if let usage = extensions.keyUsage {
            guard usage.contains(CertificateExtensions.digitalSignatureBit) else {
                throw Refusal(.signerNotAllowed, "The signer's key usage does not allow signing lists.")
            }
        } else {
            remarks.append(.init(code: .listKeyUsageMissing, reason: "The list signer's certificate has no key usage."))
        }
        guard let purposes = extensions.extendedKeyUsage else {
            throw Refusal(
                .signerNotAllowed,
                "The signer's certificate does not say that it may sign such lists (extended key usage).")
        }
        if subject.purposes.isDisjoint(with: purposes) {
            // TR-03129 has a key usage of its own for defect lists, whose number no source at hand gives; one of the arc of
            // BSI's applications for travel documents is taken and named.
            let arc = ASN1OID(0, 4, 0, 127, 0, 7, 3, 1).contents
            guard subject.isDefectList, let purpose = purposes.first(where: { $0.contents.starts(with: arc) }) else {
                throw Refusal(
                    .signerNotAllowed,
                    "The signer's certificate is for something else (extended key usage \(purposes.map(\.description).joined(separator: ", ")))."
                )
            }
            remarks.append(
                .init(code: .listUsageUnknown, reason: "The signer's extended key usage is \(purpose), of BSI's arc."))
        }
        if !extensions.unknownCritical.contains(.extendedKeyUsage) {
            remarks.append(
                .init(code: .listUsageNotCritical, reason: "The signer's extended key usage is not marked critical."))
        }
        return remarks
    }

    /// Whose validity is judged.
    enum Role { case signer, issuer }

    /// Whether a certificate was valid when the list was signed, and what to say about the present day.
    func validity(
        of certificate: Certificate, _ signingTime: Timestamp?, role: Role
    ) throws(Refusal) -> [SignedListFinding.Remark] {
        var remarks: [SignedListFinding.Remark] = []
        let who = role == .signer ? "The list signer's certificate" : "The CSCA that issued the list signer"
        guard let first = certificate.notBefore, let last = certificate.notAfter else {
            throw Refusal(.signerNotValid, "\(who) has no readable period of validity.")
        }
        let period = "from \(first) to \(last)"
        if let signingTime {
            guard first <= signingTime, signingTime <= last else {
                throw Refusal(
                    .signerNotValid, "\(who) was valid \(period), and the list was signed at \(signingTime).")
            }
            if role == .signer, signingTime.secondsSince1970 > date.secondsSince1970 + 86_400 {
                remarks.append(
                    .init(
                        code: .listSignedInFuture,
                        reason: "The list was signed at \(signingTime), after the present day: one clock is wrong."))
            }
            if date > last {
                remarks.append(
                    .init(
                        code: role == .signer ? .listSignerExpired : .listIssuerExpired,
                        reason:
                            "\(who) was valid when the list was signed and expired at \(last). Is there a newer list?"))
            }
        } else {
            guard first <= date, date <= last else {
                throw Refusal(
                    .signerNotValid, "\(who) is valid \(period), and the list does not say when it was signed.")
            }
            if role == .signer {
                remarks.append(
                    .init(code: .listSigningTimeUnknown, reason: "The list does not say when it was signed."))
            }
        }
        let moment = signingTime ?? date
        if role == .signer,
            certificate.privateKeyNotBefore.map({ moment < $0 }) == true
                || certificate.privateKeyNotAfter.map({ moment > $0 }) == true
        {
            remarks.append(
                .init(
                    code: .listPrivateKeyPeriod,
                    reason: "The list was signed outside the period in which the signer's key may sign."))
        }
        return remarks
    }
}
