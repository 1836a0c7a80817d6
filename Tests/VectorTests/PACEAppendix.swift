import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import ISO7816
import LDS
import Testing

/// The worked examples of Doc 9303-11, Appendices G to I, put together from the entries of their steps.
enum PACEAppendix: String, CaseIterable, Sendable {
    case g1 = "pace-g1-ecdh-gm-aes128-"
    case g2 = "pace-g2-dh-gm-aes128-"
    case h1 = "pace-h1-ecdh-im-aes128-"
    case h2 = "pace-h2-dh-im-aes128-"
    case i1 = "pace-i1-ecdh-cam-aes128-"

    /// The example that an entry belongs to.
    static func of(_ entry: VectorEntry) throws -> PACEAppendix {
        try #require(allCases.first { entry.id.hasPrefix($0.rawValue) }, "the appendix of \(entry.id)")
    }

    func entry(_ step: String) throws -> VectorEntry { try PACEVectorTests.entries.named(rawValue + step) }

    /// AES-128 with brainpoolP256r1, or the first group of RFC 5114.
    func parameters() throws -> PACEParameters {
        let (mapping, agreement): (PACEMapping, KeyAgreement) =
            switch self {
            case .g1: (.generic, .ecdh)
            case .g2: (.generic, .dh)
            case .h1: (.integrated, .ecdh)
            case .h2: (.integrated, .dh)
            case .i1: (.chipAuthentication, .ecdh)
            }
        let variant = try #require(PACEProtocol(mapping: mapping, agreement: agreement, cipher: .aes128))
        return try #require(PACEParameters(PACEInfo(protocol: variant, parameterId: agreement == .dh ? 0 : 13)))
    }

    /// Appendix H says MRZ, and its K_pi is that of the CAN (see the errata).
    var reference: PACEPasswordReference { self == .h1 || self == .h2 ? .can : .mrz }

    func k() throws -> [UInt8] {
        switch self {
        case .g1, .g2: try PACEVectorTests.entries.named("pace-g-password").outputs.bytes("K")
        case .h1, .h2: Array("123456".utf8)
        case .i1: try PACEVectorTests.entries.named("pace-i-password").outputs.bytes("K")
        }
    }

    /// The commands and responses: printed for G and I; for H made of the printed values as 4.4.4 says.
    func exchanges() throws -> [(command: [UInt8], response: [UInt8])] {
        let printed: [JSONValue]
        switch self {
        case .g1: printed = try PACEVectorTests.entries.named("transcript-g1").outputs.elements("exchanges")
        case .g2: printed = try PACEVectorTests.entries.named("transcript-g2").outputs.elements("exchanges")
        case .i1: printed = try PACEVectorTests.entries.named("transcript-i1").outputs.elements("exchanges")
        case .h1: printed = try entry("apdus").apdus
        case .h2: return try madeExchanges()
        }
        return try printed.map { (try $0.bytes("command"), try $0.bytes("response")) }
    }

    func example() throws -> PACEExample {
        let mapping = try entry("mapping").inputs
        let agreement = try entry("key-agreement")
        let isIntegrated = self == .h1 || self == .h2
        return PACEExample(
            parameters: try parameters(), reference: reference, k: try k(),
            nonce: try entry("nonce").inputs.bytes("s"),
            terminalMapping: try mapping.bytes(isIntegrated ? "t" : "terminal_private"),
            chipMapping: isIntegrated ? nil : try mapping.bytes("chip_private"),
            terminalAgreement: try agreement.inputs.bytes("terminal_private"),
            chipAgreement: try agreement.inputs.bytes("chip_private"),
            chipStatic: self == .i1
                ? try PACEVectorTests.entries.named("pace-i1-cam-static-private-key").outputs.bytes("SK_IC") : nil,
            // G.2 prints the name of a trust point although nobody asked (see the errata).
            certificationAuthorityReferences: self == .g2 ? [Array("DETESTCVCA00003".utf8)] : [],
            exchanges: try exchanges(), encryptionKey: try agreement.outputs.bytes("KSEnc"),
            macKey: try agreement.outputs.bytes("KSMAC"))
    }

    /// H.2 prints values and no commands.
    private func madeExchanges() throws -> [(command: [UInt8], response: [UInt8])] {
        let agreement = try entry("key-agreement").intermediate
        let tokens = try entry("mutual-authentication").outputs
        return try PACEExample.exchanges(
            parameters(), reference, encryptedNonce: entry("nonce").outputs.bytes("z"),
            mapping: (entry("mapping").inputs.bytes("t"), []),
            agreement: (agreement.bytes("terminal_public"), agreement.bytes("chip_public")),
            tokens: (tokens.bytes("T_IFD"), tokens.bytes("T_IC")))
    }
}
