import EMRTDTestSupport
import EMRTDTrust
import LDS
import Testing

@Suite("EF.SOD signatures made by openssl")
struct SignatureTests {
    @Test func everyAlgorithmAndEncoding() throws {
        let vectors = try SODVectors.load()
        #expect(vectors.signatures.count == 17)
        for entry in vectors.signatures {
            let csca = try Certificate(encoded: hex(entry.csca))
            // Certificates outside the SOD are found in the store.
            let store = TrustStore(certificates: [csca, try Certificate(encoded: hex(entry.signer))])
            #expect(store.anchors == [csca])
            var input = input(hex(entry.sod), vectors)
            let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
            #expect(isGreen(report), "\(entry.name): \(report.checks)")
            #expect(report.coveredDataGroups == [.dg1, .dg2, .dg13], "\(entry.name)")
            #expect(report.securityObject?.version == entry.version)
            #expect(report.securityObject?.ldsVersion == (entry.version == 1 ? "0108" : nil))
            #expect(report.csca == csca)
            let names = Set(report.checks.flatMap(\.leniencies).map(\.name))
            var expected: Set<String> = []
            if entry.name.contains("indefinite") { expected.insert("sodNotDER") }
            if entry.name.contains("no-attributes") { expected.insert("noSignedAttributes") }
            #expect(names == expected, "\(entry.name)")

            // One flipped bit in each data group.
            for (number, bytes) in vectors.groups {
                var damaged = bytes
                damaged[bytes.count / 2] ^= 0x10
                input.dataGroups[number] = .read(damaged)
                let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input)
                #expect(report[.dataGroup(number)]?.code == .dgHashWrong)
                #expect(!report.coveredDataGroups.contains(number) && !isGreen(report))
                input.dataGroups[number] = .read(bytes)
            }
        }
    }

    @Test func strictPolicyRefusesWhatItDoesNotAllow() throws {
        let vectors = try SODVectors.load()
        for entry in vectors.signatures where entry.name == "p256-no-attributes" {
            let store = TrustStore(certificates: [try Certificate(encoded: hex(entry.csca))])
            let report = PassiveAuthentication(store: store, policy: .strict, date: inspectionDay)
                .verify(input(hex(entry.sod), vectors))
            #expect(report[.sodAttributes]?.code == .sodAttributesMissing)
            #expect(report[.sodAttributes]?.result == .failed)
            #expect(!report.dataIsAuthenticated && report.coveredDataGroups.isEmpty)
            #expect(report[.dsRevocation]?.isRequired == true)
        }
    }

    @Test func withoutCertificateTheSignerIsUnknown() throws {
        let vectors = try SODVectors.load()
        let entry = try #require(vectors.signatures.first { $0.name == "p256-no-certificates" })
        let store = TrustStore(certificates: [try Certificate(encoded: hex(entry.csca))])
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(hex(entry.sod), vectors))
        #expect(report[.sodSignature]?.code == .sodSignerUnknown)
        #expect(report[.sodSignature]?.result == .undetermined)
        #expect(report[.dsChain]?.code == .dsUnknown)
        #expect(report[.dataGroup(.dg1)]?.code == .dgNotAuthenticated)
        #expect(!isGreen(report))
    }

    @Test func oldContentTypeIsANamedLeniency() throws {
        let vectors = try SODVectors.load()
        let store = TrustStore(certificates: [try vectors.certificate("csca")])
        let sod = try vectors.sod("oldContentType")
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(sod, vectors))
        #expect(isGreen(report))
        #expect(report[.sodSignature]?.leniencies == [.oldContentType])
        let strict = PassiveAuthentication(store: store, policy: .strict, date: inspectionDay).verify(
            input(sod, vectors))
        #expect(strict[.sodSignature]?.code == .sodLeniencyRefused)
        let foreign = PassiveAuthentication(store: store, date: inspectionDay)
            .verify(input(try vectors.sod("foreignContentType"), vectors))
        #expect(foreign[.sodSignature]?.code == .sodMalformed)
    }

    @Test func sodWithoutOuterTagAndWithTrailingBytes() throws {
        let vectors = try SODVectors.load()
        let store = TrustStore(certificates: [try vectors.certificate("csca")])
        let sod = try vectors.sod("honest")
        #expect(sod[1] == 0x82)
        let bare = PassiveAuthentication(store: store, date: inspectionDay).verify(input(Array(sod[4...]), vectors))
        #expect(isGreen(bare) && bare[.sodSignature]?.leniencies == [.sodWithoutTag77])
        let padded = PassiveAuthentication(store: store, date: inspectionDay).verify(input(sod + [0, 0, 0], vectors))
        #expect(isGreen(padded) && padded[.sodSignature]?.leniencies == [.sodTrailingBytes])
    }

    @Test func superfluousZerosInECDSA() throws {
        // The signature is the last element: 04 L 30 L 02 L r 02 L s. A zero more before r makes every length around it grow,
        // so the outer lengths are rebuilt here.
        let vectors = try SODVectors.load()
        let store = TrustStore(certificates: [try vectors.certificate("csca")])
        let sod = try vectors.sod("honest")
        let padded = try DERTree(sod).insertingZeroIntoSignature()
        #expect(padded.count == sod.count + 1)
        let report = PassiveAuthentication(store: store, date: inspectionDay).verify(input(padded, vectors))
        #expect(report[.sodSignature]?.result == .successful)
        #expect(report[.sodSignature]?.leniencies == [.ecdsaSuperfluousZeros])
        let strict = PassiveAuthentication(store: store, policy: .strict, date: inspectionDay).verify(
            input(padded, vectors))
        #expect(strict[.sodSignature]?.code == .sodLeniencyRefused)
    }
}

/// A small DER editor for tests: parses everything constructed and writes it again with other values in some places.
struct DERTree {
    indirect enum Node {
        case primitive([UInt8], [UInt8])
        case constructed([UInt8], [Node])
    }
    var root: Node

    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        root = try DERTree.parse(&rest)
    }

    private struct Malformed: Error {}

    static func parse(_ rest: inout ArraySlice<UInt8>) throws -> Node {
        guard let tag = rest.popFirst(), var length = rest.popFirst().map(Int.init) else { throw Malformed() }
        if length > 0x80 {
            let count = length & 0x7F
            length = 0
            for _ in 0..<count { length = length << 8 | Int(rest.popFirst() ?? 0) }
        }
        guard rest.count >= length else { throw Malformed() }
        var value = rest.prefix(length)
        rest = rest.dropFirst(length)
        guard tag & 0x20 != 0 else { return .primitive([tag], Array(value)) }
        var children: [Node] = []
        while !value.isEmpty { children.append(try parse(&value)) }
        return .constructed([tag], children)
    }

    static func encode(_ node: Node) -> [UInt8] {
        let (tag, value): ([UInt8], [UInt8]) =
            switch node {
            case .primitive(let tag, let value): (tag, value)
            case .constructed(let tag, let children): (tag, children.flatMap(encode))
            }
        let length: [UInt8] =
            switch value.count {
            case 0..<128: [UInt8(value.count)]
            case 128..<256: [0x81, UInt8(value.count)]
            default: [0x82, UInt8(value.count >> 8), UInt8(value.count & 0xFF)]
            }
        return tag + length + value
    }

    /// Applies a change at a path of child numbers; a negative number counts from the end.
    static func changing(_ node: Node, at path: ArraySlice<Int>, _ change: (Node) throws -> Node) rethrows -> Node {
        guard let index = path.first, case .constructed(let tag, var children) = node else { return try change(node) }
        let position = index < 0 ? children.count + index : index
        children[position] = try changing(children[position], at: path.dropFirst(), change)
        return .constructed(tag, children)
    }

    func changing(_ path: [Int], _ change: (Node) throws -> Node) rethrows -> [UInt8] {
        DERTree.encode(try DERTree.changing(root, at: path[...], change))
    }

    /// The path from tag 77 to the first SignerInfo.
    static let signerInfo = [0, 1, 0, -1, 0]

    func insertingZeroIntoSignature() throws -> [UInt8] {
        try changing(Self.signerInfo + [-1]) { node in
            guard case .primitive(let tag, let value) = node else { throw Malformed() }
            let inner = try DERTree(value).changing([0]) { integer in
                guard case .primitive(let tag, let number) = integer else { throw Malformed() }
                return .primitive(tag, [0] + number)
            }
            return .primitive(tag, inner)
        }
    }
}
