import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import LDS

/// One document of the matrix and how it is read: a variant of PACE with a password, then a proof of the chip.
struct MatrixCase: Sendable, CustomStringConvertible {
    /// How the chip proves itself, besides Chip Authentication Mapping.
    enum Proof: Sendable, Hashable {
        case chipAuthentication(DomainParameters, BlockCipher)
        case activeAuthentication(PersonalisationOptions.ActiveAuthenticationOption)
    }

    let offer: PACEOffer
    let password: AccessKey.Kind
    let proof: Proof
    /// Where both ways work, half of the cases go without extended length.
    let prefersShortLength: Bool

    var description: String {
        "\(offer.agreement) \(offer.mapping) \(offer.cipher) \(offer.parameterId), \(password), \(proof)"
    }

    // MARK: What there is to combine

    /// Every variant of PACE: mapping, key agreement, cipher and domain parameters (Doc 9303-11, 9.2.3, 9.5.1 and B.2).
    static func offers(_ mapping: PACEOffer.Mapping) -> [PACEOffer] {
        DomainParameters.all.flatMap { domain in
            BlockCipher.allCases.compactMap { cipher in
                let agreement: PACEOffer.Agreement = if case .dh = domain { .dh } else { .ecdh }
                let offer = PACEOffer(mapping, agreement, cipher, parameterId: UInt8(domain.parameterId))
                // The personaliser refuses what no standard names.
                return (try? offer.objectIdentifier()) == nil ? nil : offer
            }
        }
    }

    static let passwords: [AccessKey.Kind] = [.mrz, .can, .pin, .puk]

    /// Chip Authentication in every group with every cipher.
    static let chipAuthentications: [Proof] = DomainParameters.all.flatMap { domain in
        BlockCipher.allCases.map { .chipAuthentication(domain, $0) }
    }

    /// Active Authentication with RSA of several lengths and every hash, and with ECDSA on every curve with every hash that is
    /// no longer than it (TR-03111, 5.2).
    static let activeAuthentications: [Proof] = {
        let variants: [(Int, DigestAlgorithm)] = [
            (1024, .sha1), (1024, .sha256), (1280, .sha224), (1536, .sha384), (2048, .sha1), (2048, .sha256),
            (2048, .sha512), (3072, .sha256),
        ]
        let rsa: [Proof] = variants.map { .activeAuthentication(.rsa(bits: $0.0, $0.1)) }
        let ecdsa: [Proof] = StandardCurve.allCases.flatMap { curve in
            DigestAlgorithm.allCases.filter { $0.length * 8 <= curve.bitLength }.map {
                .activeAuthentication(.ecdsa(curve, $0))
            }
        }
        return rsa + ecdsa
    }()

    /// Every variant of PACE with every password. The proofs take turns through the whole matrix: their number shares no factor
    /// with that of the passwords, so that each meets many variants.
    static func cases(_ mapping: PACEOffer.Mapping, startingAt start: Int) -> [MatrixCase] {
        let proofs = chipAuthentications + activeAuthentications
        return offers(mapping).flatMap { offer in passwords.map { (offer, $0) } }.enumerated().map { index, pair in
            let turn = start + index
            return MatrixCase(
                offer: pair.0, password: pair.1, proof: proofs[turn % proofs.count], prefersShortLength: turn % 2 == 1)
        }
    }

    // MARK: The document

    func document() throws -> PersonalisedDocument {
        try TestDocuments.passport { options in
            options.personalIdentificationNumber = "271828"
            options.pinUnblockingKey = "3141592653"
            options.pace = [offer]
            options.portrait = .init(image: Self.picture, width: 1, height: 1)
            switch proof {
            case .chipAuthentication(let domain, let cipher):
                options.chipAuthentication = [.init(domain, [cipher])]
                options.activeAuthentication = nil
            case .activeAuthentication(let option):
                options.chipAuthentication = []
                options.activeAuthentication = option
            }
        }
    }

    func key(_ document: PersonalisedDocument) throws -> AccessKey {
        switch password {
        case .mrz: try document.mrzKey
        case .can: try document.can
        case .pin: try .pin(Array((document.secrets.personalIdentificationNumber ?? "").utf8))
        case .puk: try .puk(Array((document.secrets.pinUnblockingKey ?? "").utf8))
        }
    }

    /// Whether the chip offers extended length: numbers of 2048 bits and signatures near it do not fit otherwise.
    var usesExtendedLength: Bool {
        if !prefersShortLength || offer.agreement == .dh { return true }
        switch proof {
        case .chipAuthentication(let domain, _): if case .dh = domain { return true } else { return false }
        case .activeAuthentication(.rsa(let bits, _)): return bits > 1700
        case .activeAuthentication(.ecdsa): return false
        }
    }

    /// The start of a JPEG, and nothing more: the matrix is not about pictures.
    private static let picture: [UInt8] =
        [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 0x4A, 0x46, 0x49, 0x46, 0x00] + [UInt8](repeating: 0x11, count: 500)
}
