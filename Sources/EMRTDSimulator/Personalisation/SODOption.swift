/// A form of EF.SOD by the name that options have for it: what cards of the field do, and faults that a reader must refuse.
package enum SODOption: String, Sendable, Hashable, CaseIterable {
    /// BER with indefinite lengths, the content in segments of 100 bytes.
    case indefiniteLengths = "indefinite-lengths"
    /// The signature is over the content itself.
    case noSignedAttributes = "no-signed-attributes"
    /// The signer is named by its subject key identifier.
    case subjectKeyIdentifier = "subject-key-identifier"
    /// The signer's issuer is written as PrintableString.
    case otherStringType = "other-string-type"
    /// The document signer's certificate is not inside.
    case noCertificate = "no-certificate"
    /// The document signer's certificate is between two of strangers.
    case threeCertificates = "three-certificates"
    /// The content type of the first LDS.
    case oldContentType = "old-content-type"
    /// The content type that one manufacturer used.
    case sduContentType = "sdu-content-type"
    /// The content type `id-data`.
    case dataContentType = "data-content-type"
    /// The signature algorithm names the kind of key alone.
    case keyKindAlgorithm = "key-kind-algorithm"
    /// The attribute of RFC 6211 is there.
    case algorithmProtection = "algorithm-protection"
    /// The attribute signingTime is not there.
    case noSigningTime = "no-signing-time"
    /// The signed attributes are not in the order of DER.
    case unsortedAttributes = "unsorted-attributes"
    /// The numbers of an ECDSA signature have superfluous zeros.
    case superfluousZeros = "superfluous-zeros"
    /// The DigestInfo of an RSA signature lacks its NULL.
    case digestInfoWithoutNull = "digest-info-without-null"
    /// The list of hash functions is empty.
    case noDigestAnnounced = "no-digest-announced"
    /// Bytes follow the object.
    case trailingBytes = "trailing-bytes"
    /// The tag 77 is missing.
    case noOuterTag = "no-outer-tag"
    /// LDS security object of version 1.
    case version1 = "version-1"
    /// A fault: the messageDigest is wrong.
    case wrongMessageDigest = "wrong-message-digest"
    /// A fault: the contentType attribute is wrong.
    case wrongContentTypeAttribute = "wrong-content-type-attribute"
    /// A fault: an attribute is there twice.
    case duplicatedAttribute = "duplicated-attribute"
    /// A fault: the hash is MD5.
    case forbiddenDigest = "forbidden-digest"
    /// A fault: the signature is wrong.
    case wrongSignature = "wrong-signature"
    /// A fault: there is no signer.
    case noSigner = "no-signer"

    /// Changes a builder.
    package func apply(to sod: inout SODBuilder) {
        switch self {
        case .indefiniteLengths: sod.form.lengths = .indefinite(segment: 100)
        case .noSignedAttributes: sod.form.hasSignedAttributes = false
        case .subjectKeyIdentifier: sod.signerIdentifier = .subjectKeyIdentifier
        case .otherStringType: sod.form.identifierStringType = .printable
        case .noCertificate: sod.form.certificates = .none
        case .threeCertificates: sod.form.certificates = .signerAmongStrangers
        case .oldContentType: sod.contentType = "1.3.27.1.1.1"
        case .sduContentType: sod.contentType = "1.2.528.1.1006.1.20.1"
        case .dataContentType: sod.contentType = "1.2.840.113549.1.7.1"
        case .keyKindAlgorithm: sod.form.signatureAlgorithm = .keyKind
        case .algorithmProtection: sod.form.hasAlgorithmProtection = true
        case .noSigningTime: (sod.signsIssueDate, sod.signingTime) = (false, nil)
        case .unsortedAttributes: sod.form.sortsSignedAttributes = false
        case .superfluousZeros: sod.form.signatureForm = .superfluousZeros
        case .digestInfoWithoutNull: sod.form.signatureForm = .digestInfoWithoutNull
        case .noDigestAnnounced: sod.form.announcesDigest = false
        case .trailingBytes: sod.trailing = [0x00, 0x00, 0x90, 0x00]
        case .noOuterTag: sod.hasOuterTag = false
        case .version1: sod.version = .v1(ldsVersion: "0108", unicodeVersion: "040000")
        case .wrongMessageDigest: sod.form.faults.insert(.messageDigest)
        case .wrongContentTypeAttribute: sod.form.faults.insert(.contentTypeAttribute)
        case .duplicatedAttribute: sod.form.faults.insert(.duplicatedAttribute)
        case .forbiddenDigest: sod.form.faults.insert(.forbiddenDigest)
        case .wrongSignature: sod.form.faults.insert(.signature)
        case .noSigner: sod.form.faults.insert(.noSigner)
        }
    }
}

extension SODBuilder {
    /// Reads `indefinite-lengths,no-signed-attributes,groups=SHA-1,content=SHA-512`: names of ``SODOption``, the hash of the data
    /// groups and the hash of the content, joined by commas.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption`, saying what is valid.
    package mutating func apply(text: String) throws {
        var seen: Set<Substring> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard seen.insert(word.prefix { $0 != "=" }).inserted else {
                throw OptionText.refusal("a form of EF.SOD is named twice")
            }
            if word.hasPrefix("groups=") {
                groupDigest = try OptionText.digest(word.dropFirst(7), "groups=")
            } else if word.hasPrefix("content=") {
                form.contentDigest = try OptionText.digest(word.dropFirst(8), "content=")
            } else if let option = SODOption(rawValue: String(word)) {
                option.apply(to: &self)
            } else {
                let names = SODOption.allCases.map(\.rawValue).joined(separator: ", ")
                throw OptionText.refusal("forms of EF.SOD are \(names), groups=HASH and content=HASH")
            }
        }
    }
}
