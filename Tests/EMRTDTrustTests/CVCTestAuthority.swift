import EMRTDCrypto
import LDS
import Testing

@testable import EMRTDTrust

/// An invented certification authority, or what it issued, by names and dates as text.
struct CVCTestAuthority {
    typealias Rights = CertificateHolderAuthorization

    let authority: CVAuthority

    var key: PrivateKey { authority.key }
    var certificate: CVCertificate { authority.certificate }

    /// Short RSA keys, so that the tests are quick; PSS with SHA-512 needs longer ones.
    static func makeKey(_ algorithm: TerminalSignatureAlgorithm, _ curve: StandardCurve) throws -> PrivateKey {
        try CVAuthority.makeKey(for: algorithm, curve: curve, rsaBits: algorithm == .rsaPSSSHA512 ? 2048 : 1024)
    }

    init(
        _ name: String = "XXCVCA00001", _ algorithm: TerminalSignatureAlgorithm = .ecdsaSHA256,
        curve: StandardCurve = .brainpoolP256r1, from: String = "2020-01-01", to: String = "2022-12-31",
        rights: Rights = .inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true)
    ) throws {
        authority = try CVAuthority(
            root: #require(CVReference(name)), key: Self.makeKey(algorithm, curve), algorithm: algorithm,
            authorization: rights, validity: day(from)...day(to))
    }

    private init(_ authority: CVAuthority) { self.authority = authority }

    /// Issues a certificate below this one, with a key of the same kind unless told otherwise.
    func issue(
        _ name: String, _ authorization: Rights, from: String = "2020-06-01", to: String = "2021-06-01",
        algorithm: TerminalSignatureAlgorithm? = nil, curve: StandardCurve? = nil,
        edit: (inout CVCertificateBuilder) -> Void = { _ in }
    ) throws -> CVCTestAuthority {
        let algorithm = algorithm ?? authority.algorithm
        var own = StandardCurve.brainpoolP256r1
        if case .ec(let value) = key.publicKey { own = value.curve }
        return CVCTestAuthority(
            try authority.issue(
                #require(CVReference(name)), key: Self.makeKey(algorithm, curve ?? own), algorithm: algorithm,
                authorization: authorization, validity: day(from)...day(to), edit: edit))
    }

    func verifier(
        _ name: String = "XXDV00001", _ role: Rights.Role = .domesticDocumentVerifier, readsDG3: Bool = true,
        readsDG4: Bool = true, from: String = "2020-06-01", to: String = "2021-06-01",
        edit: (inout CVCertificateBuilder) -> Void = { _ in }
    ) throws -> CVCTestAuthority {
        try issue(
            name, .inspectionSystem(role, readsDG3: readsDG3, readsDG4: readsDG4), from: from, to: to, edit: edit)
    }

    func terminal(
        _ name: String = "XXIS00001", readsDG3: Bool = true, readsDG4: Bool = true, from: String = "2020-07-01",
        to: String = "2020-09-30", edit: (inout CVCertificateBuilder) -> Void = { _ in }
    ) throws -> CVCTestAuthority {
        try issue(name, .inspectionSystem(readsDG3: readsDG3, readsDG4: readsDG4), from: from, to: to, edit: edit)
    }

    func link(
        _ name: String = "XXCVCA00002", from: String = "2022-06-01", to: String = "2025-06-01",
        algorithm: TerminalSignatureAlgorithm? = nil, curve: StandardCurve? = nil,
        edit: (inout CVCertificateBuilder) -> Void = { _ in }
    ) throws -> CVCTestAuthority {
        try issue(
            name, .inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true), from: from, to: to,
            algorithm: algorithm, curve: curve, edit: edit)
    }
}
