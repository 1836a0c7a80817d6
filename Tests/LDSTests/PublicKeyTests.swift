import EMRTDTestSupport
import ISO7816
import LDS
import Testing

@Suite struct PublicKeyTests {
    static let rsa = sequence(identifier("1.2.840.113549.1.1.1"), TLV.encode(0x05, []))
    static let ec = identifier("1.2.840.10045.2.1")
    static let prime = sequence(identifier("1.2.840.10045.1.1"), integer(0, 0x97))

    @Test func rsaKey() throws {
        let key = sequence(PublicKeyTests.rsa, bits(sequence(integer(0, 0xC1, 0x01), integer(3))))
        let dg15 = try DG15(parsing: TLV.encode(0x6F, key))
        #expect(dg15.publicKey.key == .rsa(modulus: [0xC1, 0x01], exponent: [3]))
        #expect(dg15.publicKey.encoded == key)
        #expect(dg15.publicKey.algorithm.algorithm.description == "1.2.840.113549.1.1.1")
    }

    @Test func curveForms() throws {
        let named = try SubjectPublicKeyInfo(
            parsing: sequence(sequence(PublicKeyTests.ec, identifier("1.2.840.10045.3.1.7")), bits([4, 1, 2])))
        let curve = try #require(OID("1.2.840.10045.3.1.7"))
        #expect(named.key == .ec(.named(curve), point: [4, 1, 2]))
        let implicit = try SubjectPublicKeyInfo(
            parsing: sequence(sequence(PublicKeyTests.ec, TLV.encode(0x05, [])), bits([4])))
        #expect(implicit.key == .ec(.implicit, point: [4]))
        let explicit = sequence(
            integer(1), PublicKeyTests.prime, sequence(octets([0, 1]), octets([0, 2])), octets([4, 1, 2]),
            integer(0, 0x83), integer(1))
        guard case .explicit(let parameters) = try ECDomainParameters(parsing: explicit) else {
            Issue.record("not explicit")
            return
        }
        #expect(parameters.prime == [0x97] && parameters.order == [0x83] && parameters.cofactor == [1])
        #expect(parameters.a == [0, 1] && parameters.b == [0, 2] && parameters.generator == [4, 1, 2])
    }

    @Test func standardizedParameters() throws {
        let key = try SubjectPublicKeyInfo(
            parsing: sequence(sequence(identifier("0.4.0.127.0.7.1.2"), integer(13)), bits([4, 5])))
        #expect(key.key == .standardized(parameterId: 13, publicKey: [4, 5]))
    }

    @Test func x942AndUnknownKeys() throws {
        let group = sequence(integer(0x17), integer(2), integer(0x0B))
        let key = try SubjectPublicKeyInfo(
            parsing: sequence(sequence(identifier("1.2.840.10046.2.1"), group), bits(integer(9))))
        guard case .dh(let parameters, let value) = key.key else {
            Issue.record("not DH")
            return
        }
        #expect(parameters.order == [0x0B] && value == [9])
        let unknown = try SubjectPublicKeyInfo(parsing: sequence(sequence(identifier("1.3.101.112")), bits([1])))
        #expect(unknown.key == .unknown && unknown.publicKey == [1])
    }

    @Test(
        arguments: [
            sequence(rsa, bits(sequence(integer(0xC1), integer(3)))),  // negative modulus
            sequence(rsa, bits(sequence(integer(1)))),  // no exponent
            sequence(rsa, bits(sequence(integer(1), integer(3), integer(1)))),  // a field too many
            sequence(rsa, bits(sequence(integer(), integer(3)))),  // empty INTEGER
            sequence(rsa, bits([])),
            sequence(rsa, TLV.encode(0x03, [])),
            sequence(rsa, TLV.encode(0x03, [3, 0xF8])),  // unused bits
            sequence(rsa),
            sequence(sequence(identifier("1.2.840.113549.1.3.1")), bits(integer(9))),  // DH without parameters
            sequence(sequence(ec, sequence(integer(4), prime)), bits([4])),  // version 4
            sequence(
                sequence(
                    ec, sequence(integer(1), sequence(identifier("1.2.840.10045.1.2"), integer(5)))), bits([4])),
            sequence(sequence(ec, sequence(integer(1), prime, sequence(octets([1])))), bits([4])),
            sequence(sequence(ec, octets([1])), bits([4])),
            sequence(sequence(ec, ec, ec), bits([4])),
            sequence(sequence(ec, ec), bits([4]), bits([4])),
        ] as [[UInt8]])
    func malformedKeys(_ bytes: [UInt8]) {
        let error = #expect(throws: LDSError.self) { try DG15(parsing: TLV.encode(0x6F, bytes)) }
        #expect(error?.file == .dataGroup(.dg15))
        #expect(throws: LDSError.self) { try SubjectPublicKeyInfo(parsing: bytes) }
    }

    @Test func bytesAfterTheKeyInsideTheObject() {
        let key = sequence(PublicKeyTests.rsa, bits(sequence(integer(5), integer(3))))
        #expect(throws: LDSError(.trailingBytes)) { try DG15(parsing: TLV.encode(0x6F, key + [0])) }
    }
}
