import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import EMRTDTrust
import ISO7816
import LDS
import Synchronization
import Testing

@testable import EMRTDSimulator

/// Fingerprints and irises behind Terminal Authentication, from opening to the verdict.
@Suite(.leavesNoSecrets) struct TerminalReadingTests {
    /// A passport with DG3 and DG4 that trusts a terminal PKI.
    static func passport(
        _ pki: TerminalPKI, _ change: (inout PersonalisationOptions) -> Void = { _ in }
    ) throws -> PersonalisedDocument {
        try TestDocuments.passport { options in
            options.includesFingerprints = true
            options.includesIrises = true
            options.terminalAuthentication = .init(.one, trustPoints: [pki.certificationAuthority])
            change(&options)
        }
    }

    static func credentials(_ pki: TerminalPKI, key: (any TerminalKey)? = nil) throws -> TerminalCredentials {
        try TerminalCredentials(
            certificates: [pki.documentVerifier, pki.inspectionSystem], key: key ?? SoftwareTerminalKey(pki.terminalKey)
        )
    }

    static func inspect(
        _ document: PersonalisedDocument, _ credentials: TerminalCredentials?, with key: AccessKey? = nil,
        through channel: (any CardChannel)? = nil
    ) async throws -> Inspection {
        let base = try Reading.reader(for: document)
        let reader = DocumentReader(trust: base.trust, policy: base.policy, terminal: credentials)
        return try await reader.inspect(
            channel ?? SimulatedChip(document), with: key ?? document.can, reading: .everything, at: TestDocuments.date)
    }

    static func terminalRun(_ inspection: Inspection) -> ProtocolRun? {
        inspection.protocols.last { $0.name == .terminalAuthentication }
    }

    static func bytes(_ inspection: Inspection, _ group: DataGroupNumber) -> [UInt8]? {
        inspection.document.bytes(group)
    }

    /// Opened with PACE and with BAC, after Chip Authentication over curves and prime fields with both kinds of commands.
    @Test(arguments: [true, false], [0, 1, 2, 3]) func fingerprintsAndIrises(_ usesPACE: Bool, _ variant: Int)
        async throws
    {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki) { options in
            if !usesPACE {
                options.pace = []
                options.cardAccessNumber = nil
            }
            options.chipAuthentication =
                switch variant {
                case 0: [.init(.brainpoolP256r1, [.aes128])]
                case 1: [.init(.secp521r1, [.aes256])]
                case 2: [.init(.dh(.modp2048q256), [.aes192])]
                default: [.init(.dh(.modp1024q160), [.tripleDES])]
                }
        }
        let key = try usesPACE ? document.can : document.mrzKey
        let inspection = try await Self.inspect(document, try Self.credentials(pki), with: key)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        for (group, name) in [(DataGroupNumber.dg3, "DG3"), (.dg4, "DG4")] {
            #expect(Self.bytes(inspection, group) == document.file(named: name)?.content)
            #expect(inspection.outcome(.dataGroup(group)) == "successful ok")
        }
        let run = try #require(Self.terminalRun(inspection))
        #expect(run.outcome == .successful && run.parameters.contains("rights: DG3 DG4"))
        #expect(inspection.document.files[.cvca] != nil)
    }

    /// Over PACE with prime fields too, where the chip is identified by the hash of its key.
    @Test func openedOverAPrimeField() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki) {
            $0.pace = [PACEOffer(.integrated, .dh, .aes256, parameterId: 2)]
        }
        let inspection = try await Self.inspect(document, try Self.credentials(pki))
        #expect(inspection.verdict == .genuine && Self.bytes(inspection, .dg3) != nil, "\(inspection.summary)")
    }

    /// Chip Authentication Mapping takes the place of Chip Authentication (7.1.2).
    @Test(arguments: [12, 17]) func afterChipAuthenticationMapping(_ identifier: UInt8) async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki) {
            $0.pace = [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: identifier)]
            $0.chipAuthentication = []
        }
        let inspection = try await Self.inspect(document, try Self.credentials(pki))
        #expect(inspection.verdict == .genuine && Self.bytes(inspection, .dg3) != nil, "\(inspection.summary)")
        #expect(Self.terminalRun(inspection)?.outcome == .successful)
        #expect(inspection.outcome(.chipCAM) == "successful ok")
    }

    /// Without any proof of the chip before it there is nothing to sign over, and a note says so.
    @Test func withoutAProofOfTheChip() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki).replacing(chipAuthenticationKeys: [])
        let inspection = try await Self.inspect(document, try Self.credentials(pki))
        #expect(inspection.verdict == .genuine && Self.bytes(inspection, .dg3) == nil, "\(inspection.summary)")
        #expect(Self.terminalRun(inspection) == nil)
        #expect(inspection.notes.contains { $0.contains("it needs Chip Authentication before it") })
    }

    @Test func withoutCredentialsTheGroupsStayClosed() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki)
        let inspection = try await Self.inspect(document, nil)
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(Self.bytes(inspection, .dg3) == nil && Self.bytes(inspection, .dg4) == nil)
        #expect(Self.terminalRun(inspection) == nil)
        #expect(inspection.outcome(.dataGroup(.dg3)) == "notSupported dg.accessDenied")
    }

    /// The certificate decides, group by group.
    @Test func rightsOfOneGroup() async throws {
        let pki = try TerminalPKI(country: "XX", today: TestDocuments.today, rights: .fingerprints)
        let document = try Self.passport(pki)
        let inspection = try await Self.inspect(document, try Self.credentials(pki))
        #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        #expect(Self.bytes(inspection, .dg3) != nil && Self.bytes(inspection, .dg4) == nil)
        #expect(Self.terminalRun(inspection)?.parameters.contains("rights: DG3") == true)
    }

    /// Certificates of another PKI lead nowhere: nothing is sent, all else is read.
    @Test func certificatesOfAnotherPKI() async throws {
        let document = try Self.passport(try TestDocuments.terminalPKI())
        let stranger = try TerminalPKI(country: "YY", today: TestDocuments.today)
        let channel = TamperedChannel(try SimulatedChip(document))
        let inspection = try await Self.inspect(document, try Self.credentials(stranger), through: channel)
        #expect(inspection.verdict == .genuine && Self.bytes(inspection, .dg3) == nil, "\(inspection.summary)")
        #expect(Self.terminalRun(inspection)?.outcome == .failed)
        #expect(inspection.notes.contains { $0.contains("no path of certificates") })
        // The same names with other keys: the chip refuses the first certificate.
        let forger = try TerminalPKI(country: "XX", today: TestDocuments.today)
        let refused = try await Self.inspect(document, try Self.credentials(forger))
        #expect(refused.verdict == .genuine && Self.bytes(refused, .dg3) == nil, "\(refused.summary)")
        #expect(Self.terminalRun(refused)?.outcome == .refused)
        #expect(Self.terminalRun(refused)?.statusWord != nil)
    }

    /// A key that signs with something else, or signs something else.
    @Test func wrongSignatures() async throws {
        struct Junk: TerminalKey {
            let make: @Sendable ([UInt8]) throws -> [UInt8]
            func sign(_ message: [UInt8], algorithm: TerminalSignatureAlgorithm) async throws -> [UInt8] {
                try make(message)
            }
        }
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki)
        let real = pki.terminalKey
        let makers: [@Sendable ([UInt8]) throws -> [UInt8]] = [
            { _ in [UInt8](repeating: 1, count: 64) }, { _ in [UInt8](repeating: 0, count: 64) }, { _ in [0] },
            { try real.sign($0.dropLast(), scheme: .ecdsaPlain(.sha256)) },
            { try real.sign($0, scheme: .ecdsaPlain(.sha384)) }, { try real.sign($0, scheme: .ecdsa(.sha256)) },
        ]
        for (index, make) in makers.enumerated() {
            let inspection = try await Self.inspect(document, try Self.credentials(pki, key: Junk(make: make)))
            #expect(inspection.verdict == .genuine && Self.bytes(inspection, .dg3) == nil, "signature \(index)")
            #expect(Self.terminalRun(inspection)?.outcome == .refused)
        }
        let empty = try await Self.inspect(document, try Self.credentials(pki, key: Junk { _ in [] }))
        #expect(empty.verdict == .genuine && Self.terminalRun(empty)?.outcome == .failed)
    }

    /// The rights are gone with the session and are asked for again.
    @Test func rightsComeBackAfterAReset() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki)
        let quiet = TamperedChannel(try SimulatedChip(document))
        _ = try await Self.inspect(document, try Self.credentials(pki), through: quiet)
        let signatures = quiet.count(ins: 0x82)
        #expect(signatures == 1)
        let authenticated = try #require(quiet.sent.lastIndex { $0[1] == 0x82 })
        for number in (authenticated + 1)..<quiet.sent.count {
            let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                count == number ? .lose(.cardReset) : .pass
            }
            let inspection = try await Self.inspect(document, try Self.credentials(pki), through: channel)
            #expect(inspection.verdict == .genuine, "at command \(number): \(inspection.summary)")
            #expect(Self.bytes(inspection, .dg3) == document.file(named: "DG3")?.content)
            #expect(Self.bytes(inspection, .dg4) == document.file(named: "DG4")?.content)
        }
    }

    /// A card that is reset in the middle of Terminal Authentication is opened again, and it is run once more; where that
    /// happens twice, the fingerprints stay closed and everything else is read.
    @Test func resetsInTheMiddle() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki)
        let quiet = TamperedChannel(try SimulatedChip(document))
        _ = try await Self.inspect(document, try Self.credentials(pki), through: quiet)
        let last = try #require(quiet.sent.lastIndex { $0[1] == 0x82 })
        let first = try #require(quiet.sent.firstIndex { $0[1] == 0x22 && $0[2] == 0x81 && $0[3] == 0xB6 })
        #expect(first < last)
        for number in (first - 1)...last {
            let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                count == number ? .lose(.cardReset) : .pass
            }
            let inspection = try await Self.inspect(document, try Self.credentials(pki), through: channel)
            #expect(inspection.verdict == .genuine, "at command \(number): \(inspection.summary)")
            #expect(Self.bytes(inspection, .dg3) == document.file(named: "DG3")?.content, "at command \(number)")
        }
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            command[1] == 0x82 ? .lose(.cardReset) : .pass
        }
        let inspection = try await Self.inspect(document, try Self.credentials(pki), through: channel)
        #expect(inspection.verdict == .genuine && Self.bytes(inspection, .dg3) == nil, "\(inspection.summary)")
        #expect(channel.count(ins: 0x82) == 2)
        #expect(inspection.notes.contains { $0.contains("not run a third time") })
    }

    /// Whatever a chip answers in clear to a command of Terminal Authentication, or to reading EF.CVCA, ends that alone.
    @Test(
        arguments: [[0x69, 0x82], [0x6A, 0x82], [0x6D, 0x00], [0x69, 0x88], [0x6F, 0x00], [], [0x90]] as [[UInt8]])
    func answersInClear(_ answer: [UInt8]) async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki)
        let quiet = TamperedChannel(try SimulatedChip(document))
        _ = try await Self.inspect(document, try Self.credentials(pki), through: quiet)
        let last = try #require(quiet.sent.lastIndex { $0[1] == 0x82 })
        let first = try #require(quiet.sent.firstIndex { $0[1] == 0x22 && $0[2] == 0x81 && $0[3] == 0xB6 })
        for number in (first - 1)...last {
            let channel = TamperedChannel(try SimulatedChip(document)) { count, _ in
                count == number ? .answer(answer) : .pass
            }
            let inspection = try await Self.inspect(document, try Self.credentials(pki), through: channel)
            #expect(inspection.verdict == .genuine, "at command \(number): \(inspection.summary)")
            #expect(inspection.document.bytes(.dg2) == document.file(named: "DG2")?.content)
        }
    }

    /// A chip that refuses after a reset what it granted before keeps its fingerprints, and no more.
    @Test func refusedAfterAReset() async throws {
        let pki = try TestDocuments.terminalPKI()
        let document = try Self.passport(pki)
        let signatures = Shared(0)
        let lost = Shared(false)
        let channel = TamperedChannel(try SimulatedChip(document)) { _, command in
            if command[1] == 0x82 {
                let count = signatures.update { count in
                    count += 1
                    return count
                }
                return count > 1 ? .answer([0x69, 0x82]) : .pass
            }
            guard signatures.current == 1, !lost.current else { return .pass }
            lost.update { $0 = true }
            return .lose(.cardReset)
        }
        let inspection = try await Self.inspect(document, try Self.credentials(pki), through: channel)
        #expect(inspection.verdict == .genuine && Self.bytes(inspection, .dg3) == nil, "\(inspection.summary)")
        #expect(Self.terminalRun(inspection)?.outcome == .refused)
    }

    /// Credentials are of no use to a document that offers no Terminal Authentication, and do no harm.
    @Test func documentsWithoutTerminalAuthentication() async throws {
        let credentials = try Self.credentials(try TestDocuments.terminalPKI())
        for document in [try TestDocuments.passportTD3(), try TestDocuments.bacOnly()] {
            let inspection = try await Self.inspect(document, credentials, with: try document.mrzKey)
            #expect(inspection.verdict == .genuine, "\(inspection.summary)")
            #expect(Self.terminalRun(inspection) == nil)
        }
    }
}
