/// A way in which chips and readers of the field depart from the standard. A simulated document has a set of them, in
/// ``PersonalisationOptions/quirks``; `docs/quirks.md` has the number, the symptom, the source and the answer to each.
///
/// The raw value is the stable name that `emrtd simulate --quirk` takes. New cases may be added in any release.
public enum ChipQuirk: String, Sendable, Hashable, CaseIterable {
    // MARK: Selecting

    /// Q1: SELECT of the MF is refused with 6982 (gmrtd#460).
    case selectMF6982 = "select-mf-6982"
    /// Q1: SELECT of the MF is refused with 6A81 (gmrtd#460).
    case selectMF6A81 = "select-mf-6a81"
    /// Q1: SELECT of the MF is refused with 6A86 (gmrtd#460).
    case selectMF6A86 = "select-mf-6a86"
    /// Q1: SELECT of the MF is refused with 6A87 (gmrtd#460, #414).
    case selectMF6A87 = "select-mf-6a87"
    /// Q2: SELECT of the MF is refused with 6D00 (AndyQ#219).
    case selectMF6D00 = "select-mf-6d00"
    /// Q1: SELECT without data answers 9000 and selects nothing (AndyQ#106).
    case selectMFEmptyIgnored = "select-mf-empty-ignored"
    /// Q1: SELECT 3F00 is refused with 6A86, without data it is taken (dmrtd `mrtd_api.dart`).
    case selectMFNeedsEmptyData = "select-mf-needs-empty-data"
    /// Q2: EF.CardAccess is refused with 6982 by short identifier; SELECT 011C finds it (AndyQ#219, #187).
    case cardAccessSelectOnly = "card-access-select-only"
    /// Q3: EF.CardAccess is found by SELECT 011C with P1 = 02 alone, other ways give 6A86 (AndyQ#219, #131).
    case cardAccessNeedsP102 = "card-access-needs-p1-02"
    /// Q3: EF.CardAccess lies in the eMRTD application and not in the MF (AndyQ#219, #131).
    case cardAccessInApplication = "card-access-in-application"
    /// Q4: another application is current after a reset and comes first in EF.DIR (AndyQ#164).
    case otherApplicationFirst = "other-application-first"
    /// Q6: Le in SELECT and MSE is refused with 6700 (AndyQ#153, #169).
    case noLeInSelectAndMSE = "no-le-in-select-and-mse"
    /// Q26: the first SELECT of the application after a reset answers 6999 (selfxyz/self#785).
    case selectApplication6999Once = "select-application-6999-once"
    /// Q27: EF.DIR is refused with 6982 before access control (gmrtd#226).
    case directory6982 = "directory-6982"
    /// Q27: SELECT of EF.CardAccess warns with 6283; its content can be read (gmrtd `nfc_session.go`).
    case cardAccess6283 = "card-access-6283"
    /// Q28: SELECT of EF.CardSecurity is refused with 6A80, its short identifier works (vcmrtd `pace.dart`).
    case cardSecuritySelect6A80 = "card-security-select-6a80"

    // MARK: Access control

    /// Q5: MSE:Set AT of PACE without DO'84' gets no answer at all (AndyQ#269).
    case paceNeedsParameterId = "pace-needs-parameter-id"
    /// Q5: DO'84' in MSE:Set AT of PACE is refused with 6A80 (gmrtd#108).
    case paceParameterId6A80 = "pace-parameter-id-6a80"
    /// Q5: DO'84' in MSE:Set AT of PACE is refused with 6A87 (gmrtd#108).
    case paceParameterId6A87 = "pace-parameter-id-6a87"
    /// Q7: a chip with PACE alone answers BAC's EXTERNAL AUTHENTICATE with 6A88 (AndyQ#197, bettse/passy#3).
    case bac6A88 = "bac-6a88"
    /// Q7: a chip with PACE alone answers BAC's GET CHALLENGE with 6985 (AndyQ#207).
    case bac6985 = "bac-6985"
    /// Q7: a chip with PACE alone answers BAC's GET CHALLENGE with 6982 (AndyQ#164, dmrtd#18).
    case bac6982 = "bac-6982"
    /// Q11: public keys of the chip have leading zeros in their first coordinate, which readers must not drop
    /// (gematik/E-Rezept-App-Android#30).
    case leadingZeros = "leading-zeros"
    /// Q13: after PACE has failed every command is answered with 6883 until a reset (selfxyz/self#73).
    case chainAfterFailedPACE6883 = "failed-pace-6883"
    /// Q14: each step of PACE takes its time, 6.6 seconds in all (AndyQ#110).
    case slowPACE = "slow-pace"
    /// Q13, Q15: PACE ends with 6F00 whatever the password; BAC works (selfxyz/self#73).
    case paceFails = "pace-fails"
    /// Q16: a wrong key in BAC or PACE is answered with 63C2 and not with 6300 (AndyQ#47, #73).
    case wrongKey63C2 = "wrong-key-63c2"
    /// Q24: the first READ BINARY after the first BAC is answered with 6988 (AndyQ#45).
    case firstRead6988 = "first-read-6988"

    // MARK: MRZ

    /// Q16: the document number is shorter than nine characters, and its padding counts (bettse/passy#11).
    case shortDocumentNumber = "short-document-number"
    /// Q19: the document number of a TD1 is longer than nine characters (selfxyz/self#1336).
    case longDocumentNumber = "long-document-number"
    /// Q20: the check digit of empty optional data is 0 and not the filler (Arg0s1080/mrz#21).
    case optionalDataDigitZero = "optional-data-digit-zero"
    /// Q21: the issuing State is one letter and two fillers (zkpassport/circuits#67).
    case issuerOneLetter = "issuer-one-letter"
    /// Q21: the issuing State of the MRZ is another than that of the certificates (zkpassport/circuits#67).
    case issuerOfAnother = "issuer-of-another"
    /// Q21: the issuing State has a code outside ISO 3166 (cheminfo/mrz#17).
    case issuerUserAssigned = "issuer-user-assigned"

    // MARK: Reading and secure messaging

    /// Q22: more than 224 bytes at a time are refused with 6700 in clear, which ends the session (AndyQ#24, #25).
    case maxLe224 = "max-le-224"
    /// Q22: more than 160 bytes at a time are refused with 6700 in clear, which ends the session (AndyQ#89).
    case maxLe160 = "max-le-160"
    /// Q22: more than 112 bytes at a time are refused with 6700 in clear, which ends the session (AndyQ#25).
    case maxLe112 = "max-le-112"
    /// Q22: more than 231 bytes at a time are refused with 6CE7 in clear, which ends the session (AndyQ#29).
    case maxLe6CE7 = "max-le-6ce7"
    /// Q22: 256 bytes at a time get 6282 and no data (AndyQ#91).
    case le256Gets6282 = "le-256-6282"
    /// Q22: reading past the end gets 6B00, and from then on everything 6988 (flipperzero#1866, AndyQ#89).
    case pastEnd6B00Then6988 = "past-end-6b00-then-6988"
    /// Q23, Q10: extended length is refused with 6700 in clear, without a step of the counter of secure messaging, so that the
    /// counters diverge; long commands need chaining (gmrtd#457, OpenSC#2486).
    case extendedLength6700 = "extended-length-6700"
    /// Q10: command chaining is refused with 6884; long commands need extended length (OpenSC#2486).
    case noChaining = "no-chaining"
    /// Q24: the MAC of the last block of EF.SOD is wrong where it is read with its exact length (gmrtd#6).
    case lastBlockMACWrong = "last-block-mac-wrong"
    /// Q26: the tag is lost once in the middle of DG2 (AndyQ#183, #226).
    case tagLostInDG2 = "tag-lost-in-dg2"
    /// Q25: the reader carries 195 bytes at most and loses longer commands and answers (LudovicRousseau/PCSC#54).
    case reader195 = "reader-195"
    /// Q25: the reader carries 261 bytes at most and loses longer commands and answers (LudovicRousseau/PCSC#11).
    case reader261 = "reader-261"
    /// Q25: the reader swallows what is longer than 255 bytes of an answer and says nothing (acshk/acsccid#42).
    case readerSwallows = "reader-swallows"

    // MARK: Chip authenticity

    /// Q29: the signature comes in two parts (61xx), whatever Le was (AndyQ#174).
    case aaInTwoParts = "aa-in-two-parts"
    /// Q29: the signature is cut to 200 bytes with 9000 unless Le is extended (AndyQ#194).
    case aaTruncated = "aa-truncated"
    /// Q29: an extended Le gets no data and 9000 (AndyQ#223).
    case aaEmptyForExtended = "aa-empty-for-extended"
    /// Q29: any Le but the exact one gets 6Cxx (AndyQ#113).
    case aa6CXX = "aa-6cxx"
    /// Q30: ECDSA signatures come in DER (gmrtd#187).
    case aaDER = "aa-der"
    /// Q30: DG14 says nothing of the hash of ECDSA (gmrtd#477).
    case aaInfoMissing = "aa-info-missing"
    /// Q31: RSA signatures have lost their leading zeros (gmrtd#104, #106).
    case aaLeadingZerosLost = "aa-leading-zeros-lost"
    /// Q32: INTERNAL AUTHENTICATE answers 6A88, as without a key (vcmrtd `document_reader.dart`).
    case aa6A88 = "aa-6a88"
    /// Q32: INTERNAL AUTHENTICATE answers 6D00, as without a key (vcmrtd `document_reader.dart`).
    case aa6D00 = "aa-6d00"
    /// Q32: INTERNAL AUTHENTICATE answers 6A81, as without a key (vcmrtd `document_reader.dart`).
    case aa6A81 = "aa-6a81"
    /// Q33: DG14 has keys of Chip Authentication and no ChipAuthenticationInfo; MSE:Set KAT with 3DES works (gmrtd#9).
    case caInfoMissing = "ca-info-missing"
    /// Q33: Chip Authentication ends with 6F00 (AndyQ#124).
    case ca6F00 = "ca-6f00"
    /// Q34: EF.CardSecurity has several keys; that of Chip Authentication Mapping has the parameter id as its key id
    /// (gmrtd#447).
    case camSeveralKeys = "cam-several-keys"

    // MARK: Data groups

    /// Q43: EF.COM lists everything, itself and EF.SOD too (AndyQ#202, #209).
    case comListsEverything = "com-lists-everything"
    /// Q43, attack 13: EF.COM does not list DG14 and DG15, which are there.
    case comOmitsSecurityGroups = "com-omits-security-groups"
}

extension ChipQuirk {
    /// Whether it is a reader's: it shows on the in-process channel, and not behind a virtual reader.
    public var belongsToReader: Bool {
        switch self {
        case .reader195, .reader261, .readerSwallows: true
        default: false
        }
    }

    /// Whether it shows in the files, which a chip that serves given files cannot change.
    public var changesFiles: Bool {
        switch self {
        case .cardAccessInApplication, .leadingZeros, .shortDocumentNumber, .longDocumentNumber, .optionalDataDigitZero,
            .issuerOneLetter, .issuerOfAnother, .issuerUserAssigned, .aaInTwoParts, .aaTruncated, .aaEmptyForExtended,
            .aa6CXX, .aaDER, .aaInfoMissing, .aaLeadingZerosLost, .caInfoMissing, .ca6F00, .camSeveralKeys,
            .comListsEverything, .comOmitsSecurityGroups:
            true
        default: false
        }
    }

    /// Sets of quirks of which a chip can have one alone.
    static let alternatives: [Set<ChipQuirk>] = [
        [
            .selectMF6982, .selectMF6A81, .selectMF6A86, .selectMF6A87, .selectMF6D00, .selectMFEmptyIgnored,
            .selectMFNeedsEmptyData,
        ],
        [.selectMF6982, .selectMF6A81, .selectMF6A86, .selectMF6A87, .selectMF6D00, .otherApplicationFirst],
        [.cardAccessInApplication, .cardAccessSelectOnly, .cardAccessNeedsP102], [.extendedLength6700, .noChaining],
        [.paceNeedsParameterId, .paceParameterId6A80, .paceParameterId6A87],
        [.bac6A88, .bac6985, .bac6982],
        [.bac6A88, .firstRead6988], [.bac6985, .firstRead6988], [.bac6982, .firstRead6988],
        [.shortDocumentNumber, .longDocumentNumber],
        [.issuerOneLetter, .issuerOfAnother, .issuerUserAssigned],
        [.maxLe112, .maxLe160, .maxLe224, .maxLe6CE7],
        [.reader195, .reader261, .readerSwallows],
        [.aaInTwoParts, .aaTruncated, .aaEmptyForExtended, .aa6CXX, .aa6A88, .aa6D00, .aa6A81],
        [.aaDER, .aaLeadingZerosLost],
        [.caInfoMissing, .ca6F00],
        [.comListsEverything, .comOmitsSecurityGroups],
    ]

    /// Checks that the quirks can stand in one chip.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption`, naming two that cannot.
    static func check(_ quirks: Set<ChipQuirk>) throws {
        for group in alternatives {
            let both = group.intersection(quirks).map(\.rawValue).sorted()
            guard both.count <= 1 else {
                throw PersonalisationError(
                    .invalidOption, "the quirks \(both.joined(separator: " and ")) exclude each other")
            }
        }
    }
}
