import EMRTDCrypto
import EMRTDProtocol
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// The files of the worked example of BSI, and public samples of EF.CardAccess.
enum EACFiles {
    /// The offers that a terminal takes, best first: mapping and domain parameters. All are of AES-128.
    private static let choices: [String: [(PACEMapping, DomainParameters)]] = [
        "eac-ecdh-ef-cardaccess": [(.generic, .ecdh(.brainpoolP256r1))],
        "eac-dh-ef-cardaccess": [(.generic, .dh(.modp1024q160))],
        // Version 1 of PACE, with parameters written out.
        "cardaccess-sample-old_testcard": [],
        "cardaccess-sample-new_testcard": [(.generic, .ecdh(.brainpoolP256r1))],
        "cardaccess-sample-dan": [(.generic, .ecdh(.brainpoolP256r1))],
        // No PACE at all.
        "cardaccess-sample-slowenia": [],
        "cardaccess-sample-ca3": [
            (.chipAuthentication, .ecdh(.brainpoolP256r1)), (.generic, .ecdh(.brainpoolP256r1)),
        ],
    ]

    /// Every info is recognised by its object identifier, or kept as it came; bytes after the set are reported.
    static func cardAccess(_ entry: VectorEntry) throws {
        let file = try EFCardAccess(parsing: entry.outputs.bytes("EF_CardAccess"))
        try check(file.securityInfos, entry)
        if entry.outputs.has("SecurityInfos") {
            #expect(file.securityInfos.rawBytes == (try entry.outputs.bytes("SecurityInfos")))
            let hasMore = try !entry.outputs.bytes("trailing_bytes").isEmpty
            #expect(file.leniencies.map(\.code) == (hasMore ? [.trailingBytes] : []))
        } else {
            #expect(file.leniencies.isEmpty)
        }
        let expected = try #require(choices[entry.id])
        let found = PACEParameters.choices(file.securityInfos)
        #expect(found.map(\.domain) == expected.map(\.1))
        #expect(found.map(\.protocol.mapping) == expected.map(\.0))
        #expect(found.allSatisfy { $0.protocol.cipher == .aes128 })
    }

    /// The signature is right, its chain is not known, and the content is what is printed.
    static func cardSecurity(_ entry: VectorEntry) throws {
        let file = try entry.outputs.bytes("EF_CardSecurity")
        let parsed = try CardSecurity(encoded: file)
        #expect(parsed.securityInfos.rawBytes == (try entry.outputs.bytes("eContent")))
        try check(parsed.securityInfos, entry)
        let date = try #require(Timestamp(date: "2010-08-01"))
        let passive = PassiveAuthentication(store: .empty, date: date)
        let report = passive.verify(cardSecurity: file, issuingState: "D")
        #expect(report.result.result == .undetermined && report.result.reason.contains("ds.issuerUnknown"))
        // A flipped bit of the content is found.
        let content = try entry.outputs.bytes("eContent")
        let start = try #require(file.indices.first { file[$0...].starts(with: content) })
        for index in stride(from: start, to: start + content.count, by: 13) {
            var spoilt = file
            spoilt[index] ^= 1
            let result = passive.verify(cardSecurity: spoilt, issuingState: "D").result
            #expect(result.result == .failed || result.code == .cardSecurityMalformed, "byte \(index)")
        }
        try keys(parsed.securityInfos, entry)
    }

    /// The static key of Chip Authentication is one of the public keys of the file.
    private static func keys(_ infos: SecurityInfos, _ entry: VectorEntry) throws {
        let flavour = entry.id.hasPrefix("eac-ecdh-") ? "ecdh" : "dh"
        let pair = try EACVectorTests.entries.named("eac-\(flavour)-ca-v2").inputs
        let domain = try EACVectorTests.parameters(flavour).domain
        let key = try KeyAgreementPublicKey(domain: domain, encoded: pair.bytes("picc_pub_key"))
        let own = try KeyAgreementKeyPair(domain: domain, scalar: secret(pair.bytes("picc_priv_key")))
        #expect(own.publicKey == key)
        let found = infos.chipAuthenticationPublicKeyInfos.filter {
            // A number may have leading zeros less, or be wrapped as an INTEGER.
            $0.publicKey.publicKey.suffix(key.encoded.count) == key.encoded[...]
        }
        #expect(found.count == 1)
    }

    private static func check(_ infos: SecurityInfos, _ entry: VectorEntry) throws {
        let printed = try entry.outputs.elements("infos")
        #expect(infos.infos.count == printed.count)
        #expect(infos.rawBytes == TLV.encode(0x31, children: try printed.map { try $0.bytes("der") }))
        for (info, printed) in zip(infos.infos, printed) {
            let identifier = try OID(encoded: printed.bytes("oid"))
            switch info {
            case .pace(let info): #expect(info.protocol.objectIdentifier == identifier)
            case .chipAuthentication(let info): #expect(info.protocol.objectIdentifier == identifier)
            case .chipAuthenticationPublicKey(let info):
                let expected =
                    info.agreement == .dh
                    ? SecurityObjectIdentifier.publicKeyDH : SecurityObjectIdentifier.publicKeyECDH
                #expect(identifier == expected)
            case .terminalAuthentication: #expect(identifier == SecurityObjectIdentifier.terminalAuthentication)
            case .paceDomainParameter: #expect(identifier.description.hasPrefix("0.4.0.127.0.7.2.2.4."))
            case .other(let raw):
                #expect(raw.encoded == (try printed.bytes("der")) && raw.protocolIdentifier == identifier)
                #expect(raw.error == nil, "\(entry.id), \(identifier)")
                #expect(PACEProtocol(objectIdentifier: identifier) == nil)
                #expect(ChipAuthenticationProtocol(objectIdentifier: identifier) == nil)
            case .activeAuthentication, .efDIR: Issue.record("an info that no entry has")
            }
        }
    }
}
