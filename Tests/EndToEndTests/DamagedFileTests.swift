import EMRTD
import EMRTDCrypto
import EMRTDSimulator
import EMRTDTrust
import ISO7816
import LDS
import Testing

/// Attacks 1 to 5: files that are not as they were signed. The chip serves them as if nothing were wrong.
@Suite(.leavesNoSecrets) struct DamagedFileTests {
    /// Bits of a file to flip: some everywhere, and the last.
    private func bits(_ content: [UInt8], skippingHeader: Bool = true) -> [Int] {
        let first = skippingHeader ? 8 * 5 : 0
        let count = content.count * 8
        return stride(from: first, to: count, by: max((count - first) / 12, 1) | 1).map { $0 } + [count - 1]
    }

    @Test(arguments: [1, 2, 13, 14, 15])
    func flippedBitInADataGroup(_ number: UInt8) async throws {
        let document = try TestDocuments.vietnamCitizen()
        let group = try #require(DataGroupNumber(number))
        for bit in bits(try document.content("DG\(number)")) {
            let damaged = document.changing("DG\(number)") { flipping($0, bit: bit) }
            let inspection = try await Reading.inspect(damaged)
            #expect(inspection.outcome(.dataGroup(group)) == "failed dg.hashWrong", "bit \(bit)")
            #expect(inspection.verdict == .rejected, "bit \(bit)")
            #expect(inspection.outcome(.sodSignature) == "successful ok")
            for other in [DataGroupNumber.dg1, .dg2, .dg13, .dg14, .dg15] where other != group {
                #expect(inspection.outcome(.dataGroup(other)) == "successful ok")
            }
            #expect(inspection.isDataAuthenticated == (number != 1))
            // A key that is not authentic proves nothing (attack 14).
            if number == 14 { #expect(inspection[.chipCA]?.result != .successful) }
            if number == 15 { #expect(inspection[.chipAA]?.result != .successful) }
            #expect(inspection.document.bytes(group) == (try damaged.content("DG\(number)")))
        }
    }

    /// In the header of a file a bit decides how much there is to read. Whatever comes of it is no green.
    @Test(arguments: ["EF.COM", "EF.SOD", "DG1", "DG2", "DG13", "DG14", "DG15"])
    func flippedBitInAHeader(_ name: String) async throws {
        let document = try TestDocuments.vietnamCitizen()
        for bit in 0..<40 {
            let damaged = document.changing(name) { flipping($0, bit: bit) }
            do {
                let inspection = try await Reading.inspect(damaged)
                guard name == "EF.COM" else {
                    #expect(!inspection.isGreen, "bit \(bit): \(inspection.summary)")
                    continue
                }
                // EF.COM is not signed: it can lie, which is reported, but it decides nothing.
                let isSame = inspection.document.com?.dataGroups == [.dg1, .dg2, .dg3, .dg13, .dg14, .dg15]
                #expect(
                    isSame || inspection[.sodCOM]?.result != .successful || !inspection[.sodCOM]!.leniencies.isEmpty)
            } catch let error as EMRTDError {
                #expect(error.code == .protocolViolation && error.stage == .read, "bit \(bit): \(error)")
            }
        }
    }

    @Test func flippedBitInTheSOD() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let sod = try document.content("EF.SOD")
        var failedSignatures = 0
        for bit in stride(from: 40, to: sod.count * 8, by: 61) {
            let damaged = document.changing("EF.SOD") { flipping($0, bit: bit) }
            let inspection: Inspection
            do { inspection = try await Reading.inspect(damaged) } catch {
                Issue.record("bit \(bit): \(error)")
                continue
            }
            // Some fields of the CMS are signed by nobody and say nothing: the list of digest algorithms, the version numbers.
            if inspection.isGreen {
                let isOutsideSignature = !inspection.checks.flatMap(\.leniencies).isEmpty || bit < 60 * 8
                #expect(isOutsideSignature, "bit \(bit) of byte \(bit / 8): \(inspection.summary)")
                continue
            }
            if inspection[.sodSignature]?.result == .failed {
                failedSignatures += 1
                #expect(inspection.verdict == .rejected)
                #expect(!inspection.isDataAuthenticated)
                for check in inspection.checks where check.id.rawValue.hasPrefix("dg.") {
                    #expect(check.result != .successful, "bit \(bit): \(check)")
                }
                #expect(inspection[.chipCA]?.result != .successful && inspection[.chipAA]?.result != .successful)
            }
        }
        #expect(failedSignatures > 20)
    }

    @Test func truncatedSOD() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let sod = try document.content("EF.SOD")
        // Shorter than its own header says: the chip breaks the rules.
        for length in [5, 100, sod.count - 1] {
            let damaged = document.changing("EF.SOD") { Array($0.prefix(length)) }
            let inspection = try await Reading.inspect(damaged)
            #expect(inspection.verdict == .undetermined, "\(length) bytes: \(inspection.summary)")
            #expect(inspection.outcome(.sodSignature) == "undetermined sod.notRead")
            let record = inspection.files.first { $0.file == .sod }
            guard case .unreadable = record?.outcome else {
                Issue.record("\(length) bytes: the record does not say that the file is unreadable")
                continue
            }
        }
        // With a header that fits: the file is malformed, which rejects.
        for length in [1, 100, sod.count - 10] {
            let damaged = document.changing("EF.SOD") { TLV.encode(0x77, $0.dropFirst(4).prefix(length)) }
            let inspection = try await Reading.inspect(damaged)
            #expect(inspection.verdict == .rejected && inspection.outcome(.sodSignature) == "failed sod.malformed")
            #expect(inspection.outcome(.dataGroup(.dg1)) == "undetermined sod.notRead")
            #expect(!inspection.isDataAuthenticated)
        }
        let absent = try await Reading.inspect(document.changing("EF.SOD") { _ in nil })
        #expect(absent.verdict == .undetermined && absent.outcome(.sodSignature) == "undetermined sod.notRead")
        #expect(absent.outcome(.chipCA) == "undetermined chip.keyNotAuthenticated", "\(absent.summary)")
    }

    @Test func missingFiles() async throws {
        let document = try TestDocuments.vietnamCitizen()
        // The keys of the chip must be there where the SOD lists them, or a copy would leave them out.
        for (name, group) in [("DG1", DataGroupNumber.dg1), ("DG14", .dg14), ("DG15", .dg15)] {
            let inspection = try await Reading.inspect(document.changing(name) { _ in nil })
            #expect(inspection.outcome(.dataGroup(group)) == "undetermined dg.missing")
            #expect(inspection.verdict == .undetermined, "\(inspection.summary)")
            let refused = document.replacing(
                applicationFiles: document.applicationFiles.map {
                    $0.name == name ? $0.with(access: .afterTerminalAuthentication) : $0
                })
            let second = try await Reading.inspect(refused)
            #expect(second.outcome(.dataGroup(group)) == "notSupported dg.accessDenied")
            #expect(second.verdict == .undetermined, "\(second.summary)")
        }
        let both = try await Reading.inspect(document.changing("DG14") { _ in nil }.changing("DG15") { _ in nil })
        #expect(both.verdict == .undetermined && both.outcome(.chipCA) == "undetermined chip.notRun")
        #expect(both.outcome(.chipAA) == "undetermined chip.notRun")
        let withoutCOM = try await Reading.inspect(document.changing("EF.COM") { _ in nil })
        #expect(withoutCOM.verdict == .genuine && withoutCOM.outcome(.sodCOM) == "undetermined sod.comNotRead")
    }

    /// Attack 13: the list of the SOD decides.
    @Test func comThatHidesTheKeysOfTheChip() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let com = try DataGroupBuilder.com(dataGroups: [1, 2, 13])
        let inspection = try await Reading.inspect(document.changing("EF.COM") { _ in com })
        #expect(inspection.outcome(.sodCOM) == "failed sod.comHidesGroups" && inspection.verdict == .rejected)
        #expect(inspection.outcome(.chipCA) == "successful ok" && inspection.outcome(.chipAA) == "successful ok")
    }

    /// Quirk Q43: lists with more than there is, with tags of no data group, cut off, or of rubbish.
    @Test func comThatListsRubbish() async throws {
        let document = try TestDocuments.vietnamCitizen()
        func com(_ list: [UInt8]) -> [UInt8] {
            TLV.encode(
                0x60,
                children: [
                    TLV.encode(0x5F01, Array("0107".utf8)), TLV.encode(0x5F36, Array("040000".utf8)),
                    TLV.encode(0x5C, list),
                ])
        }
        let right: [UInt8] = [0x61, 0x75, 0x63, 0x6D, 0x6E, 0x6F]
        for list in [
            right + [0x60, 0x77, 0x7F, 0x2E, 0x00, 0xFF], right + right, right + [0x1F], Array(right.reversed()),
        ] {
            let inspection = try await Reading.inspect(document.changing("EF.COM") { _ in com(list) })
            #expect(inspection.verdict == .genuine, "\(inspection.summary)")
        }
        let more = try await Reading.inspect(document.changing("EF.COM") { _ in com(right + [0x6B, 0x6C, 0x70]) })
        #expect(more.verdict == .genuine && more.outcome(.sodCOM) == "successful sod.comListsMore", "\(more.summary)")
        #expect(more[.sodCOM]?.leniencies == [.comListsMoreThanSOD])
        #expect(more.outcome(.dataGroup(.dg11)) == "undetermined dg.listedByCOMOnly")
        for rubbish: [UInt8] in [
            [0x60, 0x01, 0x5C], TLV.encode(0x60, [0xFF, 0xFF]), TLV.encode(0x61, [0x5C, 0x00]), com([]),
        ] {
            let inspection = try await Reading.inspect(document.changing("EF.COM") { _ in rubbish })
            #expect(inspection[.sodCOM]?.result != .successful, "\(inspection.outcome(.sodCOM))")
            for group in [DataGroupNumber.dg1, .dg2, .dg13, .dg14, .dg15] {
                #expect(inspection.outcome(.dataGroup(group)) == "successful ok")
            }
            #expect(inspection.outcome(.chipCA) == "successful ok")
        }
    }

    /// Attack 2: a group that nobody signed.
    @Test func dataGroupOutsideTheSOD() async throws {
        let document = try TestDocuments.passportTD3()
        let com = try DataGroupBuilder.com(dataGroups: [1, 2, 13, 14, 15])
        let added = document.adding(dataGroup: 13, TLV.encode(0x6D, [0x04, 0x01, 0x00])).changing("EF.COM") { _ in com }
        let inspection = try await Reading.inspect(added)
        #expect(inspection.outcome(.dataGroup(.dg13)) == "failed dg.notInSOD" && inspection.verdict == .rejected)
    }

    /// Attack 3.
    @Test func sodWithoutDG1() async throws {
        let document = try TestDocuments.passportTD3().resigned(leavingOut: [1])
        let inspection = try await Reading.inspect(document)
        #expect(inspection.outcome(.dataGroup(.dg1)) == "failed dg.notInSOD" && inspection.verdict == .rejected)
        #expect(!inspection.isDataAuthenticated)
    }

    @Test func dg1OfAnotherHolder() async throws {
        let document = try TestDocuments.passportTD3()
        let dg1 = try DataGroupBuilder.dg1(mrz: [
            "P<UTOFORGER<<EVIL<<<<<<<<<<<<<<<<<<<<<<<<<<<", "X0000417Q5UTO8303319F3511222<<<<<<<<<<<<<<06",
        ])
        let inspection = try await Reading.inspect(document.changing("DG1") { _ in dg1 }, with: document.mrzKey)
        #expect(inspection.verdict == .rejected && inspection.outcome(.dataGroup(.dg1)) == "failed dg.hashWrong")
        #expect(inspection[.mrz]?.result == .failed)
    }

    /// Attack 23: the MRZ that opened the card is not the one inside, however well that is signed.
    @Test func dg1ThatIsNotThePrintedZone() async throws {
        let document = try TestDocuments.passport { options in
            guard case .passport(var holder) = options.holder else { return }
            holder.documentNumber = "X9999999X"
            options.holder = .passport(holder)
        }
        let dg1 = try TestDocuments.passportTD3().content("DG1")
        let signed = try document.changing("DG1") { _ in dg1 }.resigned()
        let inspection = try await Reading.inspect(signed, with: signed.mrzKey)
        #expect(inspection.outcome(.dataGroup(.dg1)) == "successful ok")
        #expect(inspection.outcome(.mrz) == "failed mrz.differsFromKey" && inspection.verdict == .rejected)
        // With the CAN there is nothing to compare with.
        #expect(try await Reading.inspect(signed).verdict == .genuine)
    }

    /// Attack 9: the CSCA of one state under documents of another.
    @Test func anotherStatesSigner() async throws {
        let document = try TestDocuments.vietnamCitizen()
        let validity = document.issueDate.adding(days: -45)...TestDocuments.today.adding(years: 12)
        let keys = SigningKeyOptions(.ecdsa(.secp256r1, .named), .sha256)
        let pki = try TestPKI(country: "UT", issuingState: "UTO", key: keys, validity: validity)
        var groups: [Int: [UInt8]] = [:]
        for file in document.applicationFiles where file.name.hasPrefix("DG") {
            groups[Int(file.shortIdentifier)] = file.content
        }
        let sod = try SODBuilder().encoded(
            dataGroups: groups, signer: pki.makeDocumentSigner(key: keys, validity: validity))
        let forged = document.changing("EF.SOD") { _ in sod }.replacing(cscaCertificate: pki.cscaCertificate)
        let inspection = try await Reading.inspect(forged)
        #expect(inspection.outcome(.dsChain) == "successful ok")
        #expect(inspection.outcome(.issuingState) == "failed issuingState.differs" && inspection.verdict == .rejected)
    }
}
