import EMRTDTestSupport
import Foundation
import Testing

@testable import EMRTDTrust

/// The signatures on the lists of the field.
@Suite("Signatures of lists in the field")
struct FieldListSignatureTests {
    /// A day after the last of the three was signed.
    static let date = Timestamp(secondsSince1970: 1_767_225_600)  // 2026-01-01

    /// The CSCA to trust for a list: the one that issued its signer, as a person would name it.
    func anchor(_ list: MasterList) throws -> Certificate {
        let finding = SignedListCheck(store: .empty, anchors: [], date: Self.date).check(list)
        guard case .anchorUnknown(let signer, _, let wanted) = finding else {
            Issue.record("\(finding)")
            throw TrustError(.malformed)
        }
        #expect(signer != nil)
        return try #require(wanted)
    }

    @Test func verifiedWithANamedAnchorInsideAndRefusedWithout() throws {
        guard let field = try FieldLists.shared.get() else { return }
        for (name, _, list) in field.lists {
            let anchor = try anchor(list)
            let check = SignedListCheck(store: .empty, anchors: [anchor.fingerprint], date: Self.date)
            guard case .verified(let found) = check.check(list) else {
                Issue.record("\(name): \(check.check(list))")
                continue
            }
            print(
                "\(name): signed by \(found.signer.subject), anchor \(found.anchor.subject), \(found.leniencies), \(found.remarks.map(\.code))"
            )
            #expect(found.anchor == anchor && found.signer != anchor)
            #expect(found.signer.extensions.extendedKeyUsage == [.cscaMasterListSigning])
            // The same CSCA in the store, and the union of the lists as a store.
            for store in [TrustStore(certificates: [anchor]), field.store] {
                guard case .verified = SignedListCheck(store: store, anchors: [], date: Self.date).check(list) else {
                    Issue.record("\(name) with a store")
                    continue
                }
            }
            // A list vouches neither for itself nor for another one.
            let other = try #require(field.union.first { $0.country != anchor.country && $0.isSelfIssued })
            for check in [
                SignedListCheck(store: TrustStore(certificates: [other]), anchors: [], date: Self.date),
                SignedListCheck(store: .empty, anchors: [other.fingerprint], date: Self.date),
            ] {
                guard case .anchorUnknown = check.check(list) else {
                    Issue.record("\(name) with a foreign anchor")
                    continue
                }
            }
        }
    }

    /// `openssl cms -verify -noverify`: the signature alone, over the same bytes.
    @Test func opensslAgrees() throws {
        guard let field = try FieldLists.shared.get() else { return }
        let directory = try OpenSSL.Directory()
        for (name, bytes, _) in field.lists {
            let file = try directory.write("list.ml", bytes)
            let result = try OpenSSL.run([
                "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", file, "-out", "/dev/null",
            ])
            print("openssl cms -verify \(name): \(result.status)")
            #expect(result.status == 0, "\(name)")
        }
    }

    /// One bit anywhere that is signed, or in what the signature rests on, and the list is refused.
    @Test func flippedBits() throws {
        guard let field = try FieldLists.shared.get() else { return }
        for (name, bytes, list) in field.lists {
            let anchor = try anchor(list)
            let check = SignedListCheck(store: TrustStore(certificates: [anchor]), anchors: [], date: Self.date)
            guard case .verified(let found) = check.check(list) else {
                Issue.record("\(name)")
                continue
            }
            let info = try #require(list.signedData.signers.first)
            let attributes = try #require(info.signedAttributes?.signedForm)
            let digest = try #require(info.signedAttributes?.messageDigests.first)
            var generator = SplitMix(seed: 20_260_101)
            var refused = 0
            let whole = SignedListCheck.Subject(
                signedData: list.signedData, certificates: [], purposes: [.cscaMasterListSigning], isDefectList: false)
            guard case .verified = check.judge(whole) else {
                Issue.record("\(name) without its content")
                continue
            }
            // Where each part lies in the file; the attributes' tag differs from the form that is hashed.
            let parts: [(String, ArraySlice<UInt8>, Int)] = [
                ("content", list.signedData.content, 60), ("signed attributes", attributes.dropFirst(), 40),
                ("digest", digest, 10), ("signature", info.signature, 40),
                ("signer's certificate", found.signer.encoded[...], 60),
            ]
            for (part, value, flips) in parts {
                let start = try #require(bytes.lastRange(of: value), "\(name): \(part)")
                for flip in 0..<flips {
                    let position = start + Int(generator.next() % UInt64(value.count))
                    var damaged = bytes
                    damaged[position] ^= 1 << UInt8(generator.next() % 8)
                    // Parsing six hundred certificates each time would take minutes; the check needs the message alone, since
                    // its anchor is in the store.
                    if flip == 0, let read = try? MasterList(encoded: damaged), case .verified = check.check(read) {
                        Issue.record("\(name): a bit of the \(part) at \(position)")
                    }
                    guard let message = try? CMSSignedData(damaged[...], name: "list", maximumSize: 1 << 25) else {
                        continue
                    }
                    let subject = SignedListCheck.Subject(
                        signedData: message, certificates: [], purposes: [.cscaMasterListSigning], isDefectList: false)
                    if case .verified = check.judge(subject) {
                        Issue.record("\(name): a bit of the \(part) at \(position)")
                    }
                    refused += 1
                }
            }
            #expect(refused > 60)
        }
    }
}

/// A generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension [UInt8] {
    /// Where a part starts that occurs in these bytes, looked for from the end.
    func lastRange(of part: ArraySlice<UInt8>) -> Int? {
        Data(self).range(of: Data(part), options: .backwards).map(\.lowerBound)
    }
}
