import EMRTDCrypto
import LDS
import Testing

@testable import EMRTDTrust

/// An invented certification authority with everything below it.
struct CVCTestAuthority {
    typealias Rights = CertificateHolderAuthorization

    let key: PrivateKey
    let algorithm: TerminalSignatureAlgorithm
    let certificate: CVCertificate

    var issuer: CVCertificateBuilder.Issuer { .init(certificate.holderReference, key, algorithm) }

    static func makeKey(_ algorithm: TerminalSignatureAlgorithm, _ curve: StandardCurve = .brainpoolP256r1) throws
        -> PrivateKey
    {
        try algorithm.isRSA
            ? PrivateKey.generateRSA(bits: algorithm == .rsaPSSSHA512 ? 2048 : 1024) : PrivateKey.generateEC(curve)
    }

    static func builder(
        _ name: String, _ key: PrivateKey, _ algorithm: TerminalSignatureAlgorithm, _ authorization: Rights,
        _ from: String, _ to: String
    ) throws -> CVCertificateBuilder {
        CVCertificateBuilder(
            holder: try #require(CVReference(name)), key: key.publicKey, algorithm: algorithm,
            authorization: authorization, effectiveDate: try day(from), expirationDate: try day(to))
    }

    init(
        _ name: String = "XXCVCA00001", _ algorithm: TerminalSignatureAlgorithm = .ecdsaSHA256,
        curve: StandardCurve = .brainpoolP256r1, from: String = "2020-01-01", to: String = "2022-12-31",
        rights: Rights = .inspectionSystem(.certificationAuthority, readsDG3: true, readsDG4: true)
    ) throws {
        key = try Self.makeKey(algorithm, curve)
        self.algorithm = algorithm
        certificate = try Self.builder(name, key, algorithm, rights, from, to).selfSigned(with: key)
    }

    private init(key: PrivateKey, algorithm: TerminalSignatureAlgorithm, certificate: CVCertificate) {
        self.key = key
        self.algorithm = algorithm
        self.certificate = certificate
    }

    /// Issues a certificate below this one, with a key of the same kind unless told otherwise.
    func issue(
        _ name: String, _ authorization: Rights, from: String = "2020-06-01", to: String = "2021-06-01",
        algorithm: TerminalSignatureAlgorithm? = nil, curve: StandardCurve? = nil,
        edit: (inout CVCertificateBuilder) -> Void = { _ in }
    ) throws -> CVCTestAuthority {
        let algorithm = algorithm ?? self.algorithm
        var own = StandardCurve.brainpoolP256r1
        if case .ec(let value) = self.key.publicKey { own = value.curve }
        let key = try Self.makeKey(algorithm, curve ?? own)
        var builder = try Self.builder(name, key, algorithm, authorization, from, to)
        edit(&builder)
        return CVCTestAuthority(key: key, algorithm: algorithm, certificate: try builder.signed(by: issuer))
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
