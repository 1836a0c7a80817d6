import EMRTDCrypto
import EMRTDSimulator
import EMRTDTestSupport
import Foundation
import LDS
import Testing

/// The set of quirks as an interface: names, documentation, and what cannot go together.
@Suite("Sets of quirks")
struct QuirkCombinationTests {
    @Test func namesAreStableAndDocumented() throws {
        let names = ChipQuirk.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.allSatisfy { $0 == "-" || ($0.isASCII && ($0.isLowercase || $0.isNumber)) }, "\(name)")
            #expect(ChipQuirk(rawValue: name) != nil)
        }
        #expect(ChipQuirk(rawValue: "") == nil && ChipQuirk(rawValue: "SELECT-MF-6982") == nil)
        let text = try String(contentsOf: repositoryRoot.appendingPathComponent("docs/quirks.md"), encoding: .utf8)
        let listed = text.matches(of: /\n\| Q[^|]*\| ([^|]*)\|/).flatMap { row in
            row.output.1.matches(of: /`([a-z0-9-]+)`/).map { String($0.output.1) }
        }
        #expect(Set(names).subtracting(listed).isEmpty, "a switch without a line")
        #expect(Set(listed).subtracting(names).isEmpty, "a line without a switch")
        for number in Array(1...35) + [43] { #expect(text.contains("\n| Q\(number) |"), "Q\(number)") }
    }

    /// Quirks of all kinds in one chip.
    @Test func manyAtOnce() async throws {
        let terminal = try TestTerminal.passport {
            $0.quirks = [
                .selectMF6A86, .cardAccessNeedsP102, .noLeInSelectAndMSE, .paceNeedsParameterId, .bac6A88,
                .chainAfterFailedPACE6883, .wrongKey63C2, .shortDocumentNumber, .maxLe224, .extendedLength6700,
                .lastBlockMACWrong, .aaTruncated, .aaDER, .aaInfoMissing, .caInfoMissing, .comListsEverything,
            ]
        }
        try await terminal.pace()
        try await terminal.selectApplication()
        let size = terminal.chip.document.file(named: "DG2")?.content.count
        #expect(try await terminal.read("DG2", block: 200).count == size)
    }

    @Test(
        "what excludes each other",
        arguments: [
            [.selectMF6982, .selectMF6D00], [.selectMF6A87, .otherApplicationFirst],
            [.selectMFEmptyIgnored, .selectMFNeedsEmptyData], [.cardAccessInApplication, .cardAccessSelectOnly],
            [.paceNeedsParameterId, .paceParameterId6A80], [.bac6985, .bac6982], [.bac6985, .firstRead6988],
            [.shortDocumentNumber, .longDocumentNumber], [.issuerOneLetter, .issuerUserAssigned],
            [.maxLe112, .maxLe224], [.reader195, .readerSwallows], [.aaTruncated, .aa6CXX], [.aa6A88, .aaInTwoParts],
            [.caInfoMissing, .ca6F00], [.comListsEverything, .comOmitsSecurityGroups],
            [.extendedLength6700, .noChaining],
        ] as [Set<ChipQuirk>])
    func exclusions(_ quirks: Set<ChipQuirk>) throws {
        let error = #expect(throws: PersonalisationError.self) { try TestTerminal.passport { $0.quirks = quirks } }
        #expect(error?.code == .invalidOption)
        for quirk in quirks { #expect(error?.reason.contains(quirk.rawValue) == true) }
    }

    @Test("what has nothing to show itself in")
    func impossible() throws {
        let cases: [(ChipQuirk, (inout PersonalisationOptions) -> Void)] = [
            (.cardAccessSelectOnly, { $0.pace = [] }), (.paceNeedsParameterId, { $0.pace = [] }),
            (.bac6A88, { $0.pace = [] }), (.slowPACE, { $0.pace = [] }), (.paceFails, { $0.pace = [] }),
            (.firstRead6988, { $0.supportsBAC = false }), (.cardSecuritySelect6A80, { _ in }),
            (.camSeveralKeys, { _ in }),
            (
                .paceParameterId6A80,
                {
                    $0.pace = [12, 13].map { PACEOffer(.generic, .ecdh, .aes128, parameterId: $0) }
                }
            ),
            (.aaInTwoParts, { $0.activeAuthentication = nil }),
            (.aaDER, { $0.activeAuthentication = .rsa(bits: 1024) }),
            (.aaInfoMissing, { $0.activeAuthentication = .rsa(bits: 1024) }), (.aaLeadingZerosLost, { _ in }),
            (.caInfoMissing, { $0.chipAuthentication = [] }), (.ca6F00, { $0.chipAuthentication = [] }),
            (.longDocumentNumber, { _ in }),
            (.leadingZeros, { ($0.pace, $0.chipAuthentication) = ([], []) }),
            (
                .comOmitsSecurityGroups,
                { ($0.pace, $0.chipAuthentication, $0.activeAuthentication) = ([], [], nil) }
            ),
        ]
        for (quirk, change) in cases {
            let error = #expect(throws: PersonalisationError.self, "\(quirk)") {
                try TestTerminal.passport {
                    $0.quirks = [quirk]
                    change(&$0)
                }
            }
            #expect(error?.code == .invalidOption && error?.reason.contains(quirk.rawValue) == true, "\(quirk)")
        }
        #expect(throws: PersonalisationError(.invalidOption, "")) {
            try TestTerminal.identityCard { $0.quirks = [.optionalDataDigitZero] }
        }
        for quirk in [ChipQuirk.shortDocumentNumber, .longDocumentNumber, .issuerOneLetter] {
            var options = PersonalisationOptions.vietnamCitizen(today: TestTerminal.today)
            options.activeAuthentication = nil
            options.quirks = [quirk]
            let chosen = options
            #expect(throws: PersonalisationError(.invalidOption, "")) { try Personaliser(chosen).personalise() }
        }
    }
}
