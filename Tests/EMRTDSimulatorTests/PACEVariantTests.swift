import EMRTDCrypto
import EMRTDProtocol
import EMRTDSimulator
import EMRTDTestSupport
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// What a chip can be made to offer of PACE, and that it keeps the promise.
@Suite("PACE variants of the chip")
struct PACEVariantTests {
    /// Each mapping and agreement once with its own cipher and group; the whole matrix runs end to end.
    @Test(
        "the chip runs what it offers",
        arguments: [
            PACEOffer(.generic, .dh, .tripleDES, parameterId: 0), PACEOffer(.generic, .dh, .aes256, parameterId: 2),
            PACEOffer(.generic, .ecdh, .aes192, parameterId: 10), PACEOffer(.integrated, .dh, .aes128, parameterId: 1),
            PACEOffer(.integrated, .ecdh, .aes256, parameterId: 18),
            PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13),
            PACEOffer(.chipAuthentication, .ecdh, .aes256, parameterId: 12, naming: .explicit(ownId: 77)),
            PACEOffer(.generic, .ecdh, .aes128, parameterId: 14, naming: .explicit(ownId: 32)),
            PACEOffer(.generic, .ecdh, .aes128, parameterId: 9, naming: .reference(ownId: 255)),
            PACEOffer(.generic, .ecdh, .aes128, parameterId: 13, naming: .explicit(ownId: nil)),
            PACEOffer(.generic, .dh, .aes128, parameterId: 1, naming: .explicit(ownId: 40)),
            PACEOffer(.integrated, .dh, .aes192, parameterId: 2, naming: .reference(ownId: 41)),
        ])
    func runs(_ offer: PACEOffer) async throws {
        let terminal = try TestTerminal.passport { $0.pace = [offer] }
        let parameters = try #require(try terminal.offers().first)
        #expect(parameters.parameterId == Int(offer.parameterId))
        let standardId = offer.naming == .standardized ? Int(offer.parameterId) : nil
        #expect(parameters.reference == offer.naming.ownId.map { Int($0) } ?? standardId)
        let proof = try await terminal.pace(.can)
        try await terminal.selectApplication()
        #expect(try await terminal.read("EF.COM").first == 0x60)
        #expect((proof != nil) == (offer.mapping == .chipAuthentication))
        // What DG14 repeats is the same.
        let group = try #require(terminal.chip.document.file(named: "DG14"))
        #expect(try PACEParameters.choices(DG14(parsing: group.content).securityInfos) == terminal.offers())
    }

    @Test("several offers, named by id")
    func several() async throws {
        let offers = [
            PACEOffer(.generic, .ecdh, .aes128, parameterId: 12), PACEOffer(.generic, .ecdh, .aes128, parameterId: 13),
            PACEOffer(.generic, .dh, .tripleDES, parameterId: 2),
            PACEOffer(.integrated, .ecdh, .aes256, parameterId: 17),
            PACEOffer(.generic, .ecdh, .aes128, parameterId: 16, naming: .explicit(ownId: 99)),
        ]
        let terminal = try TestTerminal.passport { $0.pace = offers }
        let choices = try terminal.offers()
        #expect(choices.count == offers.count)
        for choice in choices {
            terminal.reset()
            try await terminal.pace(.mrz, offer: choice)
            try await terminal.selectApplication()
        }
    }

    @Test("a group that is in no table is offered and refused", arguments: [UInt8(13), 2])
    func unknown(parameterId: UInt8) async throws {
        let agreement: PACEOffer.Agreement = parameterId == 2 ? .dh : .ecdh
        let terminal = try TestTerminal.passport {
            $0.pace = [PACEOffer(.generic, agreement, .aes128, parameterId: parameterId, naming: .unknown(ownId: 50))]
        }
        let infos = try terminal.infos("EF.CardAccess")
        #expect(infos.paceInfos.count == 1 && infos.paceDomainParameterInfos.count == 1)
        #expect(infos.paceDomainParameterInfos.first?.domainParameter.knownDomainParameters == nil)
        #expect(try terminal.offers().isEmpty)
        let identifier = "800A04007F000702020402" + "02"
        #expect(terminal.send("0022C1A412" + identifier + "830101840132") == "6A80")
    }

    @Test(
        "offers that no chip can make",
        arguments: [
            [PACEOffer(.integrated, .ecdh, .aes128, parameterId: 10)],
            [PACEOffer(.generic, .ecdh, .aes128, parameterId: 13, naming: .explicit(ownId: 13))],
            [PACEOffer(.generic, .ecdh, .aes128, parameterId: 13, naming: .explicit(ownId: 256))],
            [PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13, naming: .explicit(ownId: nil))],
            [PACEOffer(.chipAuthentication, .ecdh, .tripleDES, parameterId: 13)],
            [PACEOffer(.generic, .dh, .aes128, parameterId: 13)], [PACEOffer(.generic, .ecdh, .aes128, parameterId: 0)],
            [PACEOffer(.generic, .ecdh, .aes128, parameterId: 3)],
            [
                PACEOffer(.generic, .ecdh, .aes128, parameterId: 13, naming: .explicit(ownId: nil)),
                PACEOffer(.generic, .ecdh, .aes256, parameterId: 13),
            ],
            [
                PACEOffer(.generic, .ecdh, .aes128, parameterId: 13, naming: .explicit(ownId: 40)),
                PACEOffer(.generic, .ecdh, .aes256, parameterId: 12, naming: .explicit(ownId: 40)),
            ],
        ] as [[PACEOffer]])
    func refuses(_ offers: [PACEOffer]) {
        #expect(throws: PersonalisationError(.invalidOption, "")) { try TestTerminal.passport { $0.pace = offers } }
    }

    /// Doc 9303-10, 3.11.4: EF.CardSecurity, signed, and open after PACE alone.
    @Test("EF.CardSecurity holds the key of Chip Authentication Mapping")
    func cardSecurity() async throws {
        let terminal = try TestTerminal.passport {
            $0.pace = [
                PACEOffer(.chipAuthentication, .ecdh, .aes128, parameterId: 13),
                PACEOffer(.chipAuthentication, .ecdh, .aes256, parameterId: 12),
            ]
        }
        let document = terminal.chip.document
        let file = try #require(document.file(named: "EF.CardSecurity"))
        let verified = try OpenSSL.verify(
            sod: TLV.encode(0x77, file.content), anchor: document.cscaCertificate, at: noon(2026, 3, 1))
        #expect(verified.isSuccess, "\(verified.error)")
        let infos = try CardSecurity(encoded: file.content).securityInfos
        #expect(PACEParameters.choices(infos) == (try terminal.offers()))
        #expect(Set(infos.chipAuthenticationPublicKeyInfos.map(\.keyId)) == [[12], [13]])
        #expect(infos.infos.contains { if case .efDIR = $0 { true } else { false } })

        #expect(
            terminal.send("00A4020C02011D") == "6982" && terminal.send("00B09D0004") == "6982", "closed before PACE")
        for choice in try terminal.offers() {
            terminal.reset()
            let proof = try #require(try await terminal.pace(.can, offer: choice))
            #expect(try await terminal.read("EF.CardSecurity") == file.content)
            for key in document.chipAuthenticationMappingKeys {
                let isRight = key.keyId == UInt(choice.parameterId)
                #expect(try proof.isAuthentic(for: key.keyPair.publicKey) == isRight)
            }
        }
        terminal.reset()
        try await terminal.bac()
        #expect(try await terminal.status(CommandAPDU(ins: 0xA4, p1: 0, p2: 0x0C, data: [0x3F, 0x00])) == .success)
        #expect(try await terminal.status(.select(file: 0x011D)) == .securityStatusNotSatisfied, "BAC does not open it")
        #expect(try TestTerminal.passport().chip.document.file(named: "EF.CardSecurity") == nil)
    }
}
