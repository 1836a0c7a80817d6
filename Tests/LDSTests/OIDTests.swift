import EMRTDTestSupport
import LDS
import Testing

@Suite struct OIDTests {
    @Test(arguments: Vector.objectIdentifiers.filter { $0.outputs?.value != nil })
    func publishedIdentifiersBothWays(_ vector: Vector) throws {
        let dotted = try #require(vector.outputs?.oid)
        let value = try #require(vector.outputs?.value)
        #expect(try OID(encoded: hex(value)).description == dotted)
        #expect(OID(dotted)?.encoded == hex(value))
    }

    @Test(arguments: ["", "80", "2A80", "2A8001", "8001", "2A8648CE3D0281"])
    func refusesMalformedContent(_ text: String) {
        #expect(throws: LDSError(.invalidValue)) { try OID(encoded: hex(text)) }
    }

    @Test func refusesOverlongContent() {
        #expect(throws: LDSError(.invalidValue)) { try OID(encoded: [UInt8](repeating: 1, count: 129)) }
    }

    @Test(arguments: [
        "", "1", "3.1", "0.40", "1.40", "1..2", "1.2.", "1.-2", "1.+2", "a.b", "1.2.99999999999999999999",
    ])
    func refusesMalformedText(_ text: String) {
        #expect(OID(text) == nil)
    }

    @Test func largeArcs() throws {
        #expect(OID("2.999.3")?.encoded == hex("883703"))
        #expect(try OID(encoded: hex("883703")).description == "2.999.3")
        // More than 64 bits: hexadecimal instead of a wrong number.
        let huge = [UInt8](repeating: 0xFF, count: 12) + [0x7F]
        #expect(try OID(encoded: huge).description == hex(huge))
    }

    @Test func protocolsMatchTheirPublishedIdentifiers() throws {
        var seen = 0
        for vector in Vector.objectIdentifiers {
            guard let oid = vector.outputs?.oid.flatMap({ OID($0) }) else { continue }
            if let pace = PACEProtocol(objectIdentifier: oid) {
                let cipher = cipherName(pace.cipher)
                #expect(vector.id == "id-PACE-\(pace.agreement.rawValue)-\(pace.mapping.rawValue)-\(cipher)")
                seen += 1
            }
            if let variant = ChipAuthenticationProtocol(objectIdentifier: oid) {
                #expect(vector.id == "id-CA-\(variant.agreement.rawValue)-\(cipherName(variant.cipher))")
                seen += 1
            }
        }
        #expect(seen == PACEProtocol.all.count + ChipAuthenticationProtocol.all.count)
        #expect(PACEProtocol.all.count == 19)
    }

    @Test func variantsThatDoNotExist() {
        #expect(PACEProtocol(mapping: .chipAuthentication, agreement: .dh, cipher: .aes128) == nil)
        #expect(PACEProtocol(mapping: .chipAuthentication, agreement: .ecdh, cipher: .tripleDES) == nil)
    }

    private func cipherName(_ cipher: SessionCipher) -> String {
        switch cipher {
        case .tripleDES: "3DES-CBC-CBC"
        case .aes128: "AES-CBC-CMAC-128"
        case .aes192: "AES-CBC-CMAC-192"
        case .aes256: "AES-CBC-CMAC-256"
        }
    }
}
