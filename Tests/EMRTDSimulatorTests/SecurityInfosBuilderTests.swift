import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import Testing

@Suite struct SecurityInfosBuilderTests {
    @Test func paceProtocolsHaveTheIdentifiersOfTheStandard() throws {
        // Doc 9303-11, 9.2.1.
        #expect(
            try PACEOffer(.generic, .dh, .tripleDES, parameterId: 0).objectIdentifier() == "0.4.0.127.0.7.2.2.4.1.1")
        #expect(
            try PACEOffer(.generic, .ecdh, .aes128, parameterId: 13).objectIdentifier() == "0.4.0.127.0.7.2.2.4.2.2")
        #expect(
            try PACEOffer(.integrated, .dh, .aes192, parameterId: 2).objectIdentifier() == "0.4.0.127.0.7.2.2.4.3.3")
        #expect(
            try PACEOffer(.integrated, .ecdh, .aes256, parameterId: 18).objectIdentifier() == "0.4.0.127.0.7.2.2.4.4.4")
        #expect(
            try PACEOffer(.chipAuthentication, .ecdh, .aes256, parameterId: 8).objectIdentifier()
                == "0.4.0.127.0.7.2.2.4.6.4")
        #expect(
            hex(try SecurityInfosBuilder.paceInfo(PACEOffer(.generic, .ecdh, .aes128, parameterId: 13)))
                == "3012060A04007F0007020204020202010202010D")
    }

    @Test(arguments: [
        PACEOffer(.chipAuthentication, .ecdh, .tripleDES, parameterId: 12),
        PACEOffer(.chipAuthentication, .dh, .aes128, parameterId: 0),
        PACEOffer(.generic, .dh, .aes128, parameterId: 12),
        PACEOffer(.generic, .ecdh, .aes128, parameterId: 2), PACEOffer(.generic, .ecdh, .aes128, parameterId: 7),
        PACEOffer(.generic, .ecdh, .aes128, parameterId: 19), PACEOffer(.integrated, .dh, .aes128, parameterId: 3),
    ])
    func refusesProtocolsThatDoNotExist(_ offer: PACEOffer) {
        #expect(throws: PersonalisationError(.invalidOption, "")) { try SecurityInfosBuilder.paceInfo(offer) }
    }

    @Test func infosOfTheChip() throws {
        #expect(hex(try SecurityInfosBuilder.terminalAuthenticationInfo()) == "300D060804007F0007020202020101")
        #expect(
            hex(try SecurityInfosBuilder.chipAuthenticationInfo(cipher: .aes128))
                == "300F060A04007F00070202030202020101")
        #expect(
            hex(try SecurityInfosBuilder.chipAuthenticationInfo(cipher: .tripleDES, keyId: 5))
                == "3012060A04007F00070202030201020101020105")
        let active = try OpenSSL.dump(try SecurityInfosBuilder.activeAuthenticationInfo(digest: .sha384))
        #expect(active.contains("2.23.136.1.1.5") && active.contains("0.4.0.127.0.7.1.1.4.1.4"))
    }

    @Test(arguments: StandardCurve.allCases, [CurveParameterEncoding.named, .explicit])
    func opensslReadsTheChipsKeys(_ curve: StandardCurve, _ parameters: CurveParameterEncoding) throws {
        let key = try PrivateKey.generateEC(curve).publicKey
        let group = try SecurityInfosBuilder.dg15(key, parameters: parameters)
        let result = try OpenSSL.run(
            ["pkey", "-pubin", "-inform", "DER", "-in", "k", "-pubcheck", "-noout", "-text"],
            files: ["k": OpenSSL.withoutOuterTag(group)])
        #expect(result.isSuccess, "\(result.error)")
        #expect(result.output.contains("(\(curve.bitLength) bit)"))
        #expect(result.output.contains("prime-field") == (parameters == .explicit))
        let info = try OpenSSL.dump(
            try SecurityInfosBuilder.chipAuthenticationPublicKeyInfo(key, parameters: parameters, keyId: 300))
        #expect(info.contains("0.4.0.127.0.7.2.2.1.2") && info.contains(":012C"))
    }

    @Test func opensslReadsAnRSAKey() throws {
        let group = try SecurityInfosBuilder.dg15(try PrivateKey.generateRSA(bits: 2048).publicKey, parameters: .named)
        let result = try OpenSSL.run(
            ["pkey", "-pubin", "-inform", "DER", "-in", "k", "-pubcheck", "-noout", "-text"],
            files: ["k": OpenSSL.withoutOuterTag(group)])
        #expect(result.isSuccess && result.output.contains("(2048 bit)") && result.output.contains("65537"))
    }
}
