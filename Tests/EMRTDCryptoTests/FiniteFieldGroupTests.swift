import EMRTDCrypto
import EMRTDTestSupport
import Testing

/// Prime field groups: their published values, what they refuse, and both mappings.
@Suite struct FiniteFieldGroupTests {
    @Test(arguments: DHGroup.allCases) func valuesAreThePublishedOnes(_ group: DHGroup) throws {
        let entry = try #require(
            VectorEntry.all("06_domain_parameters.json").first { $0.id == "id-\(group.rawValue)" })
        let values = try FiniteFieldGroup(group).parameters()
        #expect(values.prime == (try entry.outputs.bytes("p")))
        #expect(values.order == (try entry.outputs.bytes("q")))
        let printed = try entry.outputs.bytes("g")
        #expect(values.generator == [UInt8](repeating: 0, count: group.length - printed.count) + printed)
        #expect(DHGroup.matching(prime: values.prime, generator: values.generator, order: values.order) == group)
        #expect(DHGroup.matching(prime: [0] + values.prime, generator: values.generator, order: nil) == group)
    }

    @Test(arguments: DHGroup.allCases) func alteredParametersMatchNoGroup(_ group: DHGroup) throws {
        let values = try FiniteFieldGroup(group).parameters()
        func altered(_ bytes: [UInt8]) -> [UInt8] { bytes.dropLast() + [(bytes.last ?? 0) ^ 1] }
        #expect(
            DHGroup.matching(prime: altered(values.prime), generator: values.generator, order: values.order) == nil)
        #expect(
            DHGroup.matching(prime: values.prime, generator: altered(values.generator), order: values.order) == nil)
        #expect(
            DHGroup.matching(prime: values.prime, generator: values.generator, order: altered(values.order)) == nil)
        #expect(DHGroup.matching(prime: [], generator: [], order: []) == nil)
    }

    @Test(arguments: DomainParameters.all) func bothSidesAgree(_ domain: DomainParameters) throws {
        let group = try domain.makeGroup()
        let a = try group.randomScalar()
        let b = try group.randomScalar()
        let (pa, pb) = (try group.publicKey(a, generator: nil), try group.publicKey(b, generator: nil))
        #expect(pa.count == domain.publicKeyLength && a.count == domain.scalarLength)
        #expect(try group.decodePublicKey(pa) == pa)
        let shared = open(try group.sharedSecret(a, publicKey: pb))
        #expect(shared == open(try group.sharedSecret(b, publicKey: pa)))
        #expect(shared.count == domain.secretLength)
        let nonce = try randomSecret(16)
        let generator = try group.mapGeneric(nonce: nonce, scalar: a, publicKey: pb)
        #expect(generator == (try group.mapGeneric(nonce: nonce, scalar: b, publicKey: pa)))
        #expect(try group.decodePublicKey(generator) == generator)
        let (ea, eb) = (
            try group.publicKey(a, generator: generator), try group.publicKey(b, generator: generator)
        )
        #expect(open(try group.sharedSecret(a, publicKey: eb)) == open(try group.sharedSecret(b, publicKey: ea)))
    }

    @Test(arguments: DomainParameters.all) func integratedMappingGivesElementsOfTheGroup(_ domain: DomainParameters)
        throws
    {
        let group = try domain.makeGroup()
        guard domain.supportsIntegratedMapping else {
            let number = try randomSecret(40)
            #expect(cryptoErrorCode { _ = try group.mapIntegrated(number) } == .invalidPoint)
            return
        }
        for _ in 0..<20 {
            let generator = try group.mapIntegrated(randomSecret(domain.secretLength + 8))
            #expect(try group.decodePublicKey(generator) == generator)
        }
    }

    /// Zero encodes nothing: alpha + alpha^2 has no inverse, and no power of zero generates anything.
    @Test(arguments: DomainParameters.all) func zeroMapsToNothing(_ domain: DomainParameters) throws {
        let group = try domain.makeGroup()
        let zero = try SecretBytes(count: domain.secretLength)
        #expect(cryptoErrorCode { _ = try group.mapIntegrated(zero) } == .invalidPoint)
        #expect(cryptoErrorCode { _ = try group.publicKey(zero, generator: nil) } == .invalidPoint)
        let generator = try group.publicKey(SecretBytes(copying: [2]), generator: nil)
        #expect(cryptoErrorCode { _ = try group.sharedSecret(zero, publicKey: generator) } == .invalidPoint)
    }

    @Test(arguments: DHGroup.allCases) func numbersOutsideTheSubgroupAreRefused(_ group: DHGroup) throws {
        let arithmetic = try FiniteFieldGroup(group)
        let values = try arithmetic.parameters()
        let width = group.length
        func number(_ value: UInt8) -> [UInt8] { [UInt8](repeating: 0, count: width - 1) + [value] }
        var minusOne = values.prime
        minusOne[width - 1] &-= 1
        let bad: [[UInt8]] = [
            [], number(0), number(1), number(2), minusOne, values.prime, [UInt8](repeating: 0xFF, count: width),
            values.generator + [0], Array(values.generator.dropLast()), [0] + values.generator,
        ]
        let scalar = try arithmetic.randomScalar()
        for bytes in bad {
            #expect(cryptoErrorCode { _ = try arithmetic.decodePublicKey(bytes) } == .invalidPoint)
            #expect(cryptoErrorCode { _ = try arithmetic.sharedSecret(scalar, publicKey: bytes) } == .invalidPoint)
            #expect(
                cryptoErrorCode {
                    _ = try arithmetic.mapGeneric(nonce: randomSecret(16), scalar: scalar, publicKey: bytes)
                } == .invalidPoint)
            #expect(
                cryptoErrorCode { _ = try KeyAgreementPublicKey(domain: .dh(group), encoded: bytes) } == .invalidPoint)
        }
        #expect(try arithmetic.decodePublicKey(values.generator) == values.generator)
    }

    /// A generator handed in that is zero, one, or not below the prime yields no key.
    @Test func badGeneratorsAreRefused() throws {
        let group = try FiniteFieldGroup(.modp2048q256)
        let scalar = try group.randomScalar()
        let zero = [UInt8](repeating: 0, count: 256)
        let bad: [[UInt8]] = [zero, zero.dropLast() + [1], try group.parameters().prime, [], [2]]
        for generator in bad {
            #expect(cryptoErrorCode { _ = try group.publicKey(scalar, generator: generator) } == .invalidPoint)
        }
    }

    @Test(arguments: [StandardCurve.brainpoolP256r1, .secp521r1]) func quotientUndoesMultiplication(
        _ curve: StandardCurve
    ) throws {
        let group = try CurveGroup(curve)
        let a = try group.randomScalar()
        let b = try group.randomScalar()
        let quotient = try group.quotient(a, by: b)
        #expect(try group.multiply(quotient, base: group.multiply(b)) == group.multiply(a))
        let zero = try SecretBytes(count: curve.orderLength)
        #expect(cryptoErrorCode { _ = try group.quotient(a, by: zero) } == .invalidKey)
        let order = try SecretBytes(copying: curve.parameters().order)
        #expect(cryptoErrorCode { _ = try group.quotient(a, by: order) } == .invalidKey)
    }

    @Test func idsNameOneGroupEach() {
        #expect(DomainParameters.all.map(\.parameterId) == [0, 1, 2] + Array(8...18))
        for id in [-1, 3, 7, 19, 31, 255, Int.max] { #expect(DomainParameters(parameterId: id) == nil) }
        for domain in DomainParameters.all { #expect(DomainParameters(parameterId: domain.parameterId) == domain) }
    }
}
