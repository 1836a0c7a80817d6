import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTrust
import LDS
import Testing

/// Every valid combination of mapping, key agreement, domain parameters, cipher and password of PACE, each followed by Chip
/// Authentication or Active Authentication and a full read to the verdict.
@Suite(.leavesNoSecrets) struct MatrixTests {
    private static let mappings: [PACEOffer.Mapping] = [.generic, .integrated, .chipAuthentication]

    /// Doc 9303-11, 9.2.3 with table 12: 14 groups and 4 ciphers with Generic Mapping, 13 groups with Integrated Mapping
    /// (secp224r1 is excluded by B.2), 11 curves and 3 ciphers with Chip Authentication Mapping.
    @Test func everyCombinationIsThere() {
        let counts = Self.mappings.map { MatrixCase.offers($0).count }
        #expect(counts == [14 * 4, 13 * 4, 11 * 3])
        #expect(MatrixCase.chipAuthentications.count == 14 * 4)
        #expect(MatrixCase.activeAuthentications.count == 8 + 33)
        let all = Self.mappings.flatMap { MatrixCase.cases($0, startingAt: Self.start($0)) }
        #expect(all.count == 564)
        // Each proof is run with each password.
        let proofs = Set(MatrixCase.chipAuthentications + MatrixCase.activeAuthentications)
        for password in MatrixCase.passwords {
            #expect(Set(all.filter { $0.password == password }.map(\.proof)) == proofs, "\(password)")
        }
    }

    /// Where in the turns of the proofs a mapping begins.
    private static func start(_ mapping: PACEOffer.Mapping) -> Int {
        mappings.prefix { $0 != mapping }.reduce(0) { $0 + MatrixCase.offers($1).count * MatrixCase.passwords.count }
    }

    @Test(arguments: mappings)
    func everyCombination(_ mapping: PACEOffer.Mapping) async throws {
        let start = ContinuousClock.now
        var (read, chip, active) = (0, 0, 0)
        for item in MatrixCase.cases(mapping, startingAt: Self.start(mapping)) {
            try await check(item)
            read += 1
            if case .chipAuthentication = item.proof { chip += 1 } else { active += 1 }
        }
        print(
            "Matrix, \(mapping): \(read) documents read, \(chip) with Chip Authentication, \(active) with Active "
                + "Authentication, in \(ContinuousClock.now - start)")
    }

    private func check(_ item: MatrixCase) async throws {
        let alive = SecretBytes.alive
        let counts = SecretsTrait.isOn
        do {
            let document = try item.document()
            let card = try SimulatedChip(document, supportsExtendedLength: item.usesExtendedLength)
            let inspection = try await Reading.inspect(document, through: card, with: item.key(document))
            #expect(inspection.verdict == .genuine, "\(item)\n\(inspection.summary)")
            try checkAccess(inspection, item)
            checkProof(inspection, item)
            #expect(try inspection.document.files == readable(document), "\(item)")
        }
        // One for the process: it says something only where nothing runs beside it.
        if counts { #expect(SecretBytes.alive == alive, "\(item)") }
    }

    /// The report names the protocol that ran, with its parameters and the password, and no exception.
    private func checkAccess(_ inspection: Inspection, _ item: MatrixCase) throws {
        let access = try #require(inspection.access, "\(item)")
        let protocolOfOffer = try #require(OID(item.offer.objectIdentifier()))
        let variant = try #require(PACEProtocol(objectIdentifier: protocolOfOffer))
        #expect(access.protocol == .pace && access.password == item.password, "\(item)")
        #expect(access.mapping == variant.mapping && access.agreement == variant.agreement, "\(item)")
        #expect(access.cipher?.blockCipher == item.offer.cipher, "\(item)")
        #expect(access.parameterId == Int(item.offer.parameterId), "\(item)")
        #expect(access.leniencies.isEmpty, "\(item): \(access.leniencies)")
        #expect(inspection.outcome(.downgrade) == "successful ok", "\(item)")
        let isProof = if case .chipAuthentication = item.proof { true } else { false }
        #expect(inspection.protocols.map(\.name) == [.pace, isProof ? .chipAuthentication : .activeAuthentication])
        #expect(inspection.protocols.allSatisfy { $0.outcome == .successful }, "\(item): \(inspection.protocols)")
        let parameters = try #require(inspection.protocols.first?.parameters)
        for part in [
            variant.mapping.rawValue, variant.agreement.rawValue, variant.cipher.rawValue, item.password.rawValue,
        ] {
            #expect(parameters.contains(part), "\(item): \(parameters)")
        }
    }

    /// The proof is the one that the document has, with its parameters, and there is no other.
    private func checkProof(_ inspection: Inspection, _ item: MatrixCase) {
        let isMapping = item.offer.mapping == .chipAuthentication
        #expect(
            inspection.outcome(.chipCAM) == (isMapping ? "successful ok" : "notSupported chip.notOffered"), "\(item)")
        let absent = "notSupported chip.notOffered"
        switch item.proof {
        case .chipAuthentication(let domain, let cipher):
            #expect(inspection.outcome(.chipCA) == "successful ok" && inspection.outcome(.chipAA) == absent, "\(item)")
            let reason = inspection[.chipCA]?.reason ?? ""
            let names = SessionCipher.allCases.filter { $0.blockCipher == cipher }.map(\.rawValue)
            let agreement = if case .dh = domain { "(DH," } else { "(ECDH," }
            #expect(reason.contains(agreement) && reason.contains(", parameter id \(domain.parameterId))"), "\(reason)")
            #expect(names.count == 1 && names.allSatisfy(reason.contains), "\(reason)")
        case .activeAuthentication(let option):
            #expect(inspection.outcome(.chipAA) == "successful ok" && inspection.outcome(.chipCA) == absent, "\(item)")
            let reason = inspection[.chipAA]?.reason ?? ""
            switch option {
            case .rsa(let bits, let digest):
                #expect(reason.contains("RSA \(bits), \(digest)"), "\(reason)")
            case .ecdsa(let curve, let digest):
                #expect(reason.contains("ECDSA plain, \(curve), \(digest)"), "\(reason)")
            }
        }
    }
}
