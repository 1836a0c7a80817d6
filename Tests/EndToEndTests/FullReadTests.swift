import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTrust
import LDS
import Testing
import VietnamID

/// The main job on good documents, whatever protocols they have.
@Suite(.leavesNoSecrets) struct FullReadTests {
    enum Key: CaseIterable { case can, mrz }

    private func key(_ key: Key, _ document: PersonalisedDocument) throws -> AccessKey {
        key == .can ? try document.can : try document.mrzKey
    }

    @Test(arguments: Key.allCases, [true, false])
    func vietnameseCard(_ kind: Key, extended: Bool) async throws {
        let document = try TestDocuments.vietnamCitizen()
        let chip = try SimulatedChip(document, supportsExtendedLength: extended)
        let inspection = try await Reading.inspect(document, through: chip, with: key(kind, document))
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(inspection.usesTestPKI && inspection.isDataAuthenticated)
        #expect(inspection.access?.protocol == .pace && inspection.access?.parameterId == 13)
        #expect(inspection.access?.cipher == .aes128 && inspection.access?.mapping == .generic)
        #expect(inspection.access?.password == (kind == .can ? .can : .mrz))
        #expect(try inspection.document.files == readable(document))
        for id: CheckID in [.access, .sodSignature, .sodAttributes, .dsChain, .dsValidity, .cscaValidity, .sodCOM] {
            #expect(inspection.outcome(id) == "successful ok")
        }
        for group: DataGroupNumber in [.dg1, .dg2, .dg13, .dg14, .dg15] {
            #expect(inspection.outcome(.dataGroup(group)) == "successful ok")
        }
        for id: CheckID in [.issuingState, .expiry, .mrz, .chipAA, .chipCA, .downgrade] {
            #expect(inspection.outcome(id) == "successful ok")
        }
        #expect(inspection.outcome(.dataGroup(.dg3)) == "notSupported dg.accessDenied")
        #expect(inspection.outcome(.chipCAM) == "notSupported chip.notOffered")
        #expect(inspection.outcome(.dsRevocation) == "undetermined ds.revocationUnknown")
        let dg13 = VietnamDG13(parsing: try #require(inspection.document.bytes(.dg13)))
        #expect(dg13.fields?.fullName?.string == "Đặng Thị Ước")
    }

    @Test(arguments: Key.allCases, [true, false])
    func passport(_ kind: Key, extended: Bool) async throws {
        let document = try TestDocuments.passportTD3()
        let chip = try SimulatedChip(document, supportsExtendedLength: extended)
        let inspection = try await Reading.inspect(document, through: chip, with: key(kind, document))
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(try inspection.document.files == readable(document))
        #expect(inspection[.chipAA]?.reason.contains("ECDSA") == true && inspection.outcome(.chipCA) == "successful ok")
        #expect(inspection.document.mrz?.documentNumber == "X0000417Q")
    }

    /// Doc 9303-11, table 12 (ids 8 to 18) and 9.2.1 (four ciphers), with either password.
    @Test(arguments: StandardCurve.allCases, BlockCipher.allCases)
    func everyCurveAndCipherOfPACE(_ curve: StandardCurve, _ cipher: BlockCipher) async throws {
        let document = try TestDocuments.passport { options in
            options.pace = [PACEOffer(.generic, .ecdh, cipher, parameterId: curve.rawValue)]
            options.activeAuthentication = nil
        }
        for (kind, extended) in [(Key.can, true), (.mrz, false)] {
            let chip = try SimulatedChip(document, supportsExtendedLength: extended)
            let inspection = try await Reading.inspect(document, through: chip, with: key(kind, document))
            #expect(inspection.verdict == .genuine, "\(inspection.summary)")
            #expect(inspection.access?.parameterId == Int(curve.rawValue))
            #expect(inspection.access?.cipher?.blockCipher == cipher)
            #expect(try inspection.document.files == readable(document))
        }
    }

    @Test(arguments: [true, false])
    func documentWithBACOnly(extended: Bool) async throws {
        let document = try TestDocuments.passport { options in
            options.pace = []
            options.cardAccessNumber = nil
        }
        let chip = try SimulatedChip(document, supportsExtendedLength: extended)
        let inspection = try await Reading.inspect(document, through: chip, with: document.mrzKey)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(inspection.access?.protocol == .bac && inspection.access?.cipher == .tripleDES)
        #expect(inspection.access?.parameterId == nil && inspection.access?.mapping == nil)
        #expect(inspection.outcome(.downgrade) == "notSupported downgrade.notComparable")
        #expect(try inspection.document.files == readable(document))
        // A CAN opens nothing but PACE.
        let error = try await Reading.error(document, with: .can("123456"))
        #expect(error?.code == .accessNotSupported && error?.remedy == .useMRZ)
    }

    @Test func documentWithPACEOnly() async throws {
        let document = try TestDocuments.passport { $0.supportsBAC = false }
        #expect(try await Reading.inspect(document, with: document.mrzKey).verdict == .genuine)
    }

    struct Proofs: Sendable, CustomTestStringConvertible {
        let aa: PersonalisationOptions.ActiveAuthenticationOption?
        let ca: StandardCurve?
        var testDescription: String { "AA \(aa.map { "\($0)" } ?? "none"), CA \(ca.map { "\($0)" } ?? "none")" }
    }

    @Test(arguments: [
        Proofs(aa: .rsa(bits: 1024), ca: nil), Proofs(aa: .rsa(bits: 2048), ca: nil),
        Proofs(aa: .rsa(bits: 3072), ca: nil),
        Proofs(aa: .ecdsa(.secp256r1, .sha1), ca: nil), Proofs(aa: .ecdsa(.brainpoolP384r1, .sha384), ca: nil),
        Proofs(aa: .ecdsa(.secp521r1, .sha512), ca: nil), Proofs(aa: nil, ca: .secp256r1),
        Proofs(aa: nil, ca: .brainpoolP512r1), Proofs(aa: nil, ca: .secp521r1), Proofs(aa: nil, ca: nil),
        Proofs(aa: .ecdsa(.brainpoolP256r1, .sha256), ca: .brainpoolP384r1),
    ])
    func chipProofs(_ proofs: Proofs) async throws {
        for cipher in [BlockCipher.aes128, .aes192, .aes256] where proofs.ca != nil || cipher == .aes128 {
            let document = try TestDocuments.passport { options in
                options.activeAuthentication = proofs.aa
                options.chipAuthentication = proofs.ca.map { [.init($0, [cipher])] } ?? []
            }
            for extended in [true, false] {
                let chip = try SimulatedChip(document, supportsExtendedLength: extended)
                let inspection = try await Reading.inspect(document, through: chip)
                let isProven = proofs.aa != nil || proofs.ca != nil
                #expect(inspection.verdict == (isProven ? .genuine : .dataAuthentic), "\(inspection.summary)")
                #expect(
                    inspection.outcome(.chipAA) == (proofs.aa != nil ? "successful ok" : "notSupported chip.notOffered")
                )
                #expect(
                    inspection.outcome(.chipCA) == (proofs.ca != nil ? "successful ok" : "notSupported chip.notOffered")
                )
            }
        }
    }

    @Test func strongestOfSeveralOffersIsTaken() async throws {
        let document = try TestDocuments.passport { options in
            options.pace = [
                PACEOffer(.generic, .ecdh, .tripleDES, parameterId: 12),
                PACEOffer(.generic, .ecdh, .aes128, parameterId: 18),
                PACEOffer(.generic, .ecdh, .aes256, parameterId: 13),
                PACEOffer(.generic, .ecdh, .aes256, parameterId: 17),
                PACEOffer(.integrated, .ecdh, .aes256, parameterId: 18),
            ]
            options.chipAuthentication = [
                .init(.secp256r1, [.aes128], keyId: 1), .init(.brainpoolP384r1, [.aes128, .aes256], keyId: 300),
            ]
        }
        let inspection = try await Reading.inspect(document)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(inspection.access?.cipher == .aes256 && inspection.access?.parameterId == 17)
        #expect(inspection[.chipCA]?.reason.contains("AES-256") == true, "\(inspection.outcome(.chipCA))")
    }

    @Test func withoutTrustNothingIsGreen() async throws {
        let document = try TestDocuments.vietnamCitizen()
        for policy in [Reading.policy(), .field, .strict] {
            let inspection = try await DocumentReader(trust: .empty, policy: policy).inspect(
                SimulatedChip(document), with: document.can, reading: .everything, at: TestDocuments.date)
            #expect(inspection.verdict == .undetermined, "\(inspection.summary)")
            #expect(inspection.outcome(.dsChain) == "undetermined ds.issuerUnknown")
            #expect(inspection.outcome(.sodSignature) == "successful ok")
            #expect(inspection.outcome(.issuingState) == "undetermined issuingState.notAnchored")
            #expect(!inspection.usesTestPKI)
        }
    }

    @Test func testPKINeverCountsUnasked() async throws {
        for document in [try TestDocuments.vietnamCitizen(), try TestDocuments.passportTD3()] {
            let reader = try Reading.reader(for: document, allowsTestPKI: false)
            let inspection = try await reader.inspect(
                SimulatedChip(document), with: document.can, reading: .everything, at: TestDocuments.date)
            #expect(inspection.verdict == .undetermined, "\(inspection.summary)")
            #expect(inspection.outcome(.dsChain) == "undetermined ds.testPKI")
            #expect(!inspection.usesTestPKI)
        }
    }

    @Test func anotherAnchorRejectsOrSaysUnknown() async throws {
        // The same name with another key: a forger's CSCA, or his document against the true one.
        let document = try TestDocuments.passportTD3()
        let inspection = try await Reading.inspect(document, anchoredIn: TestDocuments.anotherPassport())
        #expect(inspection.verdict == .rejected && inspection.outcome(.dsChain) == "failed ds.issuerKeyDiffers")
        let foreign = try await Reading.inspect(document, anchoredIn: TestDocuments.vietnamCitizen())
        #expect(foreign.verdict == .undetermined && foreign.outcome(.dsChain) == "undetermined ds.issuerUnknown")
    }

    @Test func dates() async throws {
        let document = try TestDocuments.passportTD3()
        let reader = try Reading.reader(for: document)
        func verdict(_ date: String) async throws -> Inspection {
            try await reader.inspect(
                SimulatedChip(document), with: document.can, reading: .identity, at: Timestamp(date: date)
            )
        }
        let late = try await verdict("2040-01-01")
        #expect(late.verdict == .rejected && late.outcome(.expiry) == "failed expiry.expired")
        #expect(
            late.outcome(.dsValidity) == "failed ds.expired" && late.outcome(.cscaValidity) == "failed csca.expired")
        let early = try await verdict("2020-01-01")
        #expect(early.verdict == .rejected && early.outcome(.dsValidity) == "failed ds.notYetValid")
        // A clock that cannot be right decides nothing.
        let epoch = try await verdict("1970-01-01")
        #expect(epoch.outcome(.dsValidity) == "undetermined clock.implausible" && !epoch.isGreen, "\(epoch.summary)")
        let far = try await verdict("2099-01-01")
        #expect(far.outcome(.dsValidity) == "undetermined clock.implausible" && !far.isGreen, "\(far.summary)")
    }
}
