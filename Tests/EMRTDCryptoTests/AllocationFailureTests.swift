@testable import EMRTDCrypto
import EMRTDTestSupport
import Testing

/// Where libcrypto has no memory nothing is known: neither that a signature or a point is right, nor that it is wrong. In
/// processes of their own: what libcrypto keeps for the whole process does not always get over such a failure.
@Suite("Failures of libcrypto") struct AllocationFailureTests {
    @Test func ecdsa() async {
        await #expect(processExitsWith: .success) {
            for curve in AllocationFailureTests.curves { try AllocationFailureTests.ecdsa(curve) }
        }
    }

    @Test func points() async {
        await #expect(processExitsWith: .success) {
            for curve in AllocationFailureTests.curves { try AllocationFailureTests.points(curve) }
        }
    }

    @Test func groupsAreMadeAnewAfterAFailure() async {
        await #expect(processExitsWith: .success) {
            for curve in [StandardCurve.secp256r1, .brainpoolP384r1] { try AllocationFailureTests.groups(curve) }
        }
    }

    @Test func rsa() async {
        await #expect(processExitsWith: .success) { try AllocationFailureTests.rsaKeysAndSignatures() }
    }

    @Test func mappings() async {
        await #expect(processExitsWith: .success) { try AllocationFailureTests.mappingsOfPACE() }
    }

    /// Expects the outcome that there is with enough memory, or that libcrypto failed.
    static func expect<T: Equatable>(
        _ expected: T, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> T
    ) throws {
        for count in [1, .max] {
            var failures = 0
            let runs = try withFailingAllocations(count: count, body) { result in
                switch result {
                case .success(let value): #expect(value == expected, sourceLocation: location)
                case .failure(let error):
                    failures += 1
                    #expect((error as? CryptoError)?.code == .internalFailure, "\(error)", sourceLocation: location)
                }
            }
            #expect(runs > 0 && failures > 0, "no allocation failed", sourceLocation: location)
        }
        #expect(try body() == expected, sourceLocation: location)
    }

    static let curves: [StandardCurve] = [.secp192r1, .secp224r1, .secp256r1, .brainpoolP256r1, .secp521r1]

    static func ecdsa(_ curve: StandardCurve) throws {
        let key = try PrivateKey.generateEC(curve)
        let message: [UInt8] = [1, 2, 3]
        let good = try key.sign(message, scheme: .ecdsa(.sha256))
        try expect(true) { try key.publicKey.isValid(signature: good, for: message, scheme: .ecdsa(.sha256)) }
        try expect(false) { try key.publicKey.isValid(signature: good, for: [4], scheme: .ecdsa(.sha256)) }
    }

    /// e G + r Q is infinity: libcrypto cannot decide and says so as it says that memory failed, but the signature is wrong.
    @Test(arguments: StandardCurve.allCases) func ecdsaThatAddsUpToInfinity(_ curve: StandardCurve) throws {
        let values = try curve.parameters()
        // The private key is 1, the hash is 1 in as many bits as the order has, and r is -1.
        let key = PublicKey.ec(try ECPublicKey(curve: curve, point: values.generator))
        var digest = [UInt8](repeating: 0, count: 64)
        digest[min(64, curve.orderLength) - 1] = 1
        var r = values.order
        r[r.count - 1] -= 1
        for s: [UInt8] in [[1], [7, 0, 1]] {
            let signature = ECDSASignature.der(r: r, s: s)
            #expect(try !key.isValid(signature: signature, forDigest: digest, scheme: .ecdsa(.sha512)))
        }
    }

    static func points(_ curve: StandardCurve) throws {
        let generator = try curve.parameters().generator
        let field = curve.fieldLength
        let odd = (generator.last ?? 0) & 1
        let compressed = [2 + odd] + generator[1...field]
        for good in [generator, compressed] {
            try expect(generator) { try ECPublicKey(curve: curve, point: good).point }
        }
        var off = generator
        off[off.count - 1] ^= 1
        // An x that no point has, found by trying.
        var x = compressed
        while (try? ECPublicKey(curve: curve, point: x)) != nil { x[x.count - 1] &+= 1 }
        for bad in [off, x, Array(generator.dropLast()), [4] + [UInt8](repeating: 0xFF, count: 2 * field)] {
            try expect(CryptoError.Code.invalidPoint) {
                do {
                    _ = try ECPublicKey(curve: curve, point: bad)
                    return .invalidKey
                } catch let error as CryptoError where error.code == .invalidPoint {
                    return error.code
                }
            }
        }
    }

    static func groups(_ curve: StandardCurve) throws {
        let parameters = try curve.parameters()
        try expect(parameters) { try SharedGroup.Slot().get(curve).parameters }
        var slot = SharedGroup.Slot()
        let runs = try withFailingAllocations {
            slot = SharedGroup.Slot()
            _ = try slot.get(curve)
        } judge: { _ in
            let again = try slot.get(curve).parameters
            #expect(again == parameters)
        }
        #expect(runs > 0)
        #expect(try StandardCurve.matching(parameters) == curve)
    }

    static func rsaKeysAndSignatures() throws {
        let key = try PrivateKey.generateRSA(bits: 1024)
        let message: [UInt8] = [1, 2, 3]
        for scheme: SignatureScheme in [.rsaPKCS1(.sha256), .rsaPSS(.sha256, mgf: .sha256, saltLength: 32)] {
            let good = try key.sign(message, scheme: scheme)
            try expect(true) { try key.publicKey.isValid(signature: good, for: message, scheme: scheme) }
            try expect(false) { try key.publicKey.isValid(signature: good, for: [4], scheme: scheme) }
        }
        guard case .rsa(let rsa) = key.publicKey else { return }
        try expect(rsa) { try RSAPublicKey(modulus: rsa.modulus, exponent: rsa.exponent) }
    }

    static func mappingsOfPACE() throws {
        let group = try CurveGroup(.brainpoolP256r1)
        let number = try SecretBytes(copying: deterministicBytes(32))
        let point = try group.mapIntegrated(number)
        try expect(point) { try group.mapIntegrated(number) }
        // 0 and multiples of the order have no inverse; t = 0 encodes no point.
        let zero = try SecretBytes(copying: [UInt8](repeating: 0, count: 32))
        let order = try SecretBytes(copying: StandardCurve.brainpoolP256r1.parameters().order)
        for divisor in [0, 1] {
            #expect(
                cryptoErrorCode {
                    _ = try divisor == 0 ? group.quotient(number, by: zero) : group.quotient(number, by: order)
                } == .invalidKey)
        }
        #expect(cryptoErrorCode { _ = try group.mapIntegrated(zero) } == .invalidPoint)
        let quotient = open(try group.quotient(number, by: number))
        try expect(quotient) { open(try group.quotient(number, by: number)) }
    }
}
