import EMRTDTestSupport
import ISO7816
import LDS
import Testing

@Suite struct SecurityInfosTests {
    static let samples = Vector.lds.filter { $0.outputs?.efCardAccess != nil }

    @Test(arguments: samples)
    func publishedCardAccess(_ vector: Vector) throws {
        let outputs = try #require(vector.outputs)
        let bytes = hex(try #require(outputs.efCardAccess))
        let file = try EFCardAccess(parsing: bytes)
        #expect(file.rawBytes == bytes)
        let infos = try #require(outputs.infos)
        #expect(file.securityInfos.infos.count == infos.count)
        let trailing = hex(outputs.trailing ?? "")
        #expect(file.leniencies.contains { $0.code == .trailingBytes } == !trailing.isEmpty)
        #expect(file.securityInfos.rawBytes == bytes.dropLast(trailing.count))
        // Whatever is not one of the kinds of Doc 9303 is kept byte for byte.
        let raw = Set(file.securityInfos.otherInfos.map(\.encoded))
        for info in infos where raw.contains(hex(info.der)) { #expect(!isKnown(hex(info.oid))) }
        let known = infos.filter { isKnown(hex($0.oid)) }.count
        #expect(known == infos.count - raw.count)
    }

    @Test(arguments: Vector.lds.filter { $0.inputs?.der != nil })
    func publishedPACEInfo(_ vector: Vector) throws {
        let der = hex(try #require(vector.inputs?.der))
        let infos = try SecurityInfos(parsing: TLV.encode(0x31, der))
        let info = try #require(infos.paceInfos.first)
        #expect(info.version == 2)
        #expect(info.parameterId == vector.outputs?.parameterId)
        let identifier = try #require(vector.outputs?.protocolIdentifier)
        #expect(info.protocol.objectIdentifier.encoded == hex(identifier))
    }

    @Test func vietnameseCardAccess() throws {
        let file = try EFCardAccess(
            parsing: hex(
                """
                3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D
                """))
        let infos = file.securityInfos
        let pace = try #require(PACEProtocol(mapping: .generic, agreement: .ecdh, cipher: .aes128))
        #expect(infos.paceInfos == [PACEInfo(protocol: pace, version: 2, parameterId: 13)])
        let chip = ChipAuthenticationProtocol(agreement: .ecdh, cipher: .aes128)
        #expect(infos.chipAuthenticationInfos == [ChipAuthenticationInfo(protocol: chip, version: 1, keyId: nil)])
        #expect(infos.terminalAuthenticationInfos.map(\.version) == [1])
        #expect(infos.otherInfos.isEmpty && file.leniencies.isEmpty)
    }

    @Test func otherKindsOfInfo() throws {
        let active = sequence(identifier("2.23.136.1.1.5"), integer(1), identifier("0.4.0.127.0.7"))
        let terminal = sequence(
            identifier("0.4.0.127.0.7.2.2.2"), integer(1), sequence(octets([0x01, 0x1C]), octets([0x1C])))
        let directory = sequence(identifier("2.23.136.1.1.13"), octets(hex("610100")))
        let infos = try SecurityInfos(parsing: TLV.encode(0x31, active + terminal + directory))
        #expect(infos.activeAuthenticationInfos.map(\.signatureAlgorithm.description) == ["0.4.0.127.0.7"])
        #expect(infos.terminalAuthenticationInfos.first?.cvcaFileIdentifier == [0x01, 0x1C])
        #expect(infos.terminalAuthenticationInfos.first?.cvcaShortFileIdentifier == 0x1C)
        guard case .efDIR(let info) = infos.infos.last else {
            Issue.record("no EFDIRInfo")
            return
        }
        #expect(info.efDIR == hex("610100"))
    }

    @Test(
        arguments: [
            [0x04, 0x01, 0xAA],
            sequence(),
            sequence(hex("060180")),
            sequence(integer(1)),
            sequence(pace),
            sequence(pace, octets([2])),
            sequence(pace, integer()),
            sequence(pace, integer(0xFF)),
            sequence(pace, integer(1, 0, 0, 0, 0)),
            sequence(pace, integer(2), octets([13])),
            sequence(pace, integer(2), integer(13), integer(0)),
            sequence(chip, integer(1), integer(0x80)),
            sequence(identifier("2.23.136.1.1.5"), integer(1), integer(2)),
            sequence(identifier("2.23.136.1.1.13"), integer(1)),
            sequence(identifier("0.4.0.127.0.7.2.2.2"), integer(1), sequence(octets([1]))),
            sequence(identifier("0.4.0.127.0.7.2.2.2"), integer(1), sequence(octets([1, 0x1C]), octets([1, 2]))),
            sequence(identifier("0.4.0.127.0.7.2.2.1.2"), sequence(sequence(identifier("1.2.840.10045.2.1")))),
            sequence(identifier("0.4.0.127.0.7.2.2.4.2"), integer(1)),
        ] as [[UInt8]])
    func malformedInfoIsKeptAndTheOthersAreUsed(_ bad: [UInt8]) throws {
        let good = sequence(SecurityInfosTests.pace, integer(2), integer(13))
        let infos = try SecurityInfos(parsing: TLV.encode(0x31, bad + good))
        #expect(infos.paceInfos.map(\.parameterId) == [13])
        #expect(infos.otherInfos.map(\.encoded) == [bad])
        #expect(infos.otherInfos.first?.error != nil)
        #expect(infos.leniencies.map(\.code) == [.malformedSecurityInfo])
    }

    static let pace = identifier("0.4.0.127.0.7.2.2.4.2.2")
    static let chip = identifier("0.4.0.127.0.7.2.2.3.2.2")

    @Test func cutOffInsideTheSetKeepsWhatCameBefore() throws {
        let good = hex("3012060A04007F0007020204020202010202010D")
        let infos = try SecurityInfos(parsing: TLV.encode(0x31, good + hex("3012060A")), in: .cardAccess)
        #expect(infos.paceInfos.count == 1)
        #expect(infos.otherInfos.map(\.encoded) == [hex("3012060A")])
        #expect(infos.leniencies.map(\.code) == [.malformedSecurityInfo])
    }

    @Test func unknownProtocolIsNotMalformed() throws {
        let infos = try SecurityInfos(
            parsing: TLV.encode(0x31, sequence(identifier("1.2.3.4"), integer(1), integer(0xFF))))
        #expect(infos.otherInfos.map { $0.protocolIdentifier?.description } == ["1.2.3.4"])
        #expect(infos.otherInfos.allSatisfy { $0.error == nil })
        #expect(infos.leniencies.isEmpty)
    }

    @Test(
        arguments: [
            ("", LDSError.Code.truncated), ("31", .truncated), ("3105", .truncated), ("30020500", .wrongTag),
            ("3180", .malformedTLV), ("3185", .malformedTLV), ("3184FFFFFFFF", .malformedTLV),
            ("31847FFFFFFF", .truncated),
        ])
    func malformedOuterObject(_ text: String, _ code: LDSError.Code) {
        let error = #expect(throws: LDSError.self) { try EFCardAccess(parsing: hex(text)) }
        #expect(error?.code == code)
        #expect(error?.file == .cardAccess)
    }

    @Test func boundedNumberOfInfos() {
        let many = [[UInt8]](repeating: [0x30, 0x00], count: 257)
        #expect(throws: LDSError(.limitExceeded)) { try SecurityInfos(parsing: TLV.encode(0x31, children: many)) }
    }

    private func isKnown(_ oid: [UInt8]) -> Bool {
        guard let oid = try? OID(encoded: oid) else { return false }
        let others = ["0.4.0.127.0.7.2.2.2", "0.4.0.127.0.7.2.2.4.2", "0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2"]
        return PACEProtocol(objectIdentifier: oid) != nil || ChipAuthenticationProtocol(objectIdentifier: oid) != nil
            || others.contains(oid.description)
    }
}
