import ISO7816
public import LDS

/// EF.CardSecurity (Doc 9303-11, 9.2.11; Doc 9303-10, 3.11.4): SecurityInfos under the signature of a document signer. Holds the
/// static key of PACE with Chip Authentication Mapping, and repeats what EF.CardAccess offers.
public struct CardSecurity: SignedObject {
    /// What is signed.
    public let securityInfos: SecurityInfos
    /// The certificates that the file carries.
    public var certificates: [Certificate] { signedData.certificates }
    /// The leniencies that reading the file took.
    public let leniencies: Set<Leniency>

    package let signedData: CMSSignedData
    package var fileName: String { "EF.CardSecurity" }

    /// The most bytes of an EF.CardSecurity.
    public static let maximumSize = 1 << 16

    /// Parses the file as read, in DER or BER.
    ///
    /// - Throws: ``TrustError`` `malformed` or `limitExceeded`.
    public init(encoded file: some Collection<UInt8>) throws(TrustError) {
        let name = "EF.CardSecurity"
        let bytes = Array(file)
        guard bytes.count <= Self.maximumSize else {
            throw TrustError(
                .limitExceeded, "\(bytes.count) bytes, at most \(Self.maximumSize) are accepted", location: name)
        }
        var leniencies: Set<Leniency> = []
        var reader = ASN1Reader(bytes[...], name: "EF.CardSecurity")
        signedData = try CMSSignedData(&reader)
        if reader.hasMore { leniencies.insert(.sodTrailingBytes) }
        if !reader.isDER { leniencies.insert(.sodNotDER) }
        guard signedData.contentType == .securityObject else {
            throw TrustError(
                .malformed, "the content type \(signedData.contentType) is no SecurityObject", location: name)
        }
        do {
            securityInfos = try SecurityInfos(parsing: Array(signedData.content), in: .cardSecurity)
        } catch {
            throw TrustError(.malformed, "the signed content is no set of SecurityInfos", location: name)
        }
        self.leniencies = leniencies
    }
}

/// What became of an EF.CardSecurity.
public struct CardSecurityReport: Sendable {
    /// The check `cardSecurity`: the worst of signature, attributes, path, validity periods and issuing state, with that one's
    /// reason. Not required by itself.
    public let result: CheckResult
    /// What the file says, where it could be read. Authentic only where ``isAuthentic``.
    public let securityInfos: SecurityInfos?
    /// Whether a certificate of the path carries the mark of a test PKI.
    public let isTestPKI: Bool
    /// Whether the signature and its attributes are right, whoever made it: nothing changed the file since.
    public let isSigned: Bool

    /// Whether the infos are what the issuing state signed: every part of the check is successful.
    public var isAuthentic: Bool { result.result == .successful }
}

extension PassiveAuthentication {
    /// Judges an EF.CardSecurity as strictly as an EF.SOD: every signer verified, its path, all validity periods, and the
    /// country against the issuing state of DG1, since any state's signer could otherwise vouch for a chip. What is no
    /// EF.CardSecurity at all decides nothing: some cards have another file there, and no document needs it but for the proofs
    /// that rest on it.
    public func verify(cardSecurity file: [UInt8]?, issuingState: String?, documentCode: String? = nil)
        -> CardSecurityReport
    {
        guard let file else {
            return CardSecurityReport(
                result: CheckResult(
                    .cardSecurity, .undetermined, .cardSecurityNotRead, "There is no EF.CardSecurity.",
                    isRequired: false), securityInfos: nil, isTestPKI: false, isSigned: false)
        }
        let parsed: CardSecurity
        do throws(TrustError) {
            parsed = try CardSecurity(encoded: file)
        } catch {
            return CardSecurityReport(
                result: CheckResult(
                    .cardSecurity, .undetermined, .cardSecurityMalformed, "EF.CardSecurity cannot be read: \(error).",
                    isRequired: false), securityInfos: nil, isTestPKI: false, isSigned: false)
        }
        let (signatureResult, signers) = signature(parsed)
        let judged = judgements(signers, issuingState: issuingState, documentCode: documentCode)
        let attributesResult = attributes(parsed, signers)
        let isSigned = signatureResult.result == .successful && attributesResult.result == .successful
        // The document code is known only where DG1 was read, which the list of types then needs.
        let parts =
            [signatureResult, attributesResult]
            + worst(judged).filter { documentCode != nil || $0.id != .dsDocumentType }
            + [worst(judged.map(\.issuingState))].compactMap { $0 }
        let leniencies = parts.flatMap(\.leniencies)
        let evidence = parts.first { $0.id == .dsChain }?.evidence ?? []
        let isTestPKI = judged.contains(where: \.path.isTestPKI)
        let counting = parts.filter { $0.result == .failed || $0.isRequired && $0.result != .successful }
        guard let bad = counting.max(by: { $0.result.severity < $1.result.severity })
        else {
            return CardSecurityReport(
                result: CheckResult(
                    .cardSecurity, .successful, .ok,
                    "EF.CardSecurity is signed by a document signer of the issuing state that reaches a trusted CSCA.",
                    isRequired: false, evidence: evidence, leniencies: leniencies),
                securityInfos: parsed.securityInfos, isTestPKI: isTestPKI, isSigned: isSigned)
        }
        return CardSecurityReport(
            result: CheckResult(
                .cardSecurity, bad.result, .cardSecurityNotAuthenticated,
                "EF.CardSecurity, \(bad.id) (\(bad.code)): \(bad.reason)", isRequired: false, evidence: evidence,
                leniencies: leniencies), securityInfos: parsed.securityInfos, isTestPKI: isTestPKI, isSigned: isSigned)
    }
}
