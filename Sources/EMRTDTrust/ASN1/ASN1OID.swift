/// An ASN.1 object identifier as its encoded content bytes (ISO/IEC 8825-1, 8.19), with arcs of any size.
///
/// Up to 15 content bytes, which is nearly all there are, lie in the value itself: comparing two is comparing words. Arcs have any
/// size, those of UUIDs (ITU-T X.667) 128 bits.
package struct ASN1OID: Sendable, Hashable, CustomStringConvertible {
    /// The first and the last eight of 16 bytes: the content bytes, zeros, their count. Zero where there are more than 15.
    private let high: UInt64
    private let low: UInt64
    /// The content bytes where there are more than 15.
    private let long: [UInt8]

    /// The content bytes, without tag and length.
    package var contents: [UInt8] {
        guard long.isEmpty else { return long }
        return (0..<Int(low & 0xFF)).map { index in
            UInt8(truncatingIfNeeded: index < 8 ? high >> (56 - 8 * UInt64(index)) : low >> (120 - 8 * UInt64(index)))
        }
    }

    package init(contents: some Collection<UInt8>) {
        var (high, low): (UInt64, UInt64) = (0, 0)
        var count = 0
        for byte in contents {
            if count < 8 {
                high |= UInt64(byte) << (56 - 8 * UInt64(count))
            } else if count < 15 {
                low |= UInt64(byte) << (120 - 8 * UInt64(count))
            }
            count += 1
        }
        guard count <= 15 else {
            (self.high, self.low, long) = (0, 0, Array(contents))
            return
        }
        (self.high, self.low, long) = (high, low | UInt64(count), [])
    }

    /// The content bytes of an element (ISO/IEC 8825-1, 8.19.2): at most 64, the last of which ends an arc, none of which pads one.
    /// `nil` for anything else.
    init?(validating bytes: ArraySlice<UInt8>) {
        // One pass: every structure is full of object identifiers.
        var (high, low): (UInt64, UInt64) = (0, 0)
        let isValid = bytes.withUnsafeBufferPointer { buffer in
            guard (1...64).contains(buffer.count) else { return false }
            var isInside = false
            for (index, byte) in buffer.enumerated() {
                // 80 at the beginning of an arc would make two encodings of one.
                if byte == 0x80, !isInside { return false }
                isInside = byte & 0x80 != 0
                if index < 8 {
                    high = high << 8 | UInt64(byte)
                } else if index < 15 {
                    low = low << 8 | UInt64(byte)
                }
            }
            return !isInside
        }
        guard isValid else { return nil }
        guard bytes.count <= 15 else {
            (self.high, self.low, long) = (0, 0, Array(bytes))
            return
        }
        let (first, second) = (min(bytes.count, 8), max(bytes.count - 8, 0))
        self.high = high << UInt64(64 - 8 * first)
        self.low = low << UInt64(64 - 8 * second) | UInt64(bytes.count)
        long = []
    }

    /// An object identifier of arcs that fit into a word; the first two are encoded together.
    init(_ first: UInt, _ second: UInt, _ others: UInt...) {
        var out = ASN1OID.encode(first &* 40 &+ second)
        for arc in others { out += ASN1OID.encode(arc) }
        self.init(contents: out)
    }

    /// This object identifier with one more arc.
    func appending(_ arc: UInt) -> ASN1OID { ASN1OID(contents: contents + ASN1OID.encode(arc)) }

    private static func encode(_ arc: UInt) -> [UInt8] {
        var bytes = [UInt8(truncatingIfNeeded: arc & 0x7F)]
        var rest = arc >> 7
        while rest > 0 {
            bytes.insert(0x80 | UInt8(truncatingIfNeeded: rest & 0x7F), at: 0)
            rest >>= 7
        }
        return bytes
    }

    /// The dotted form.
    package var description: String {
        var arcs: [String] = []
        var digits: [UInt8] = [0]  // decimal, least significant first
        for byte in contents.prefix(64) {
            ASN1OID.multiplyAdd(&digits, by: 128, plus: UInt32(byte & 0x7F))
            guard byte & 0x80 == 0 else { continue }
            if arcs.isEmpty {
                let root: UInt32 =
                    digits.count == 1 || (digits.count == 2 && digits[1] < 4) ? 0 : ASN1OID.isBelow80(digits) ? 1 : 2
                ASN1OID.subtract(&digits, root * 40)
                arcs.append(String(root))
            }
            arcs.append(String(decoding: digits.reversed().map { $0 + UInt8(ascii: "0") }, as: UTF8.self))
            digits = [0]
        }
        return arcs.joined(separator: ".")
    }

    private static func multiplyAdd(_ digits: inout [UInt8], by factor: UInt32, plus term: UInt32) {
        var carry = term
        for index in digits.indices {
            let value = UInt32(digits[index]) * factor + carry
            digits[index] = UInt8(truncatingIfNeeded: value % 10)
            carry = value / 10
        }
        while carry > 0 {
            digits.append(UInt8(truncatingIfNeeded: carry % 10))
            carry /= 10
        }
    }

    private static func isBelow80(_ digits: [UInt8]) -> Bool { digits.count == 2 && digits[1] < 8 }

    private static func subtract(_ digits: inout [UInt8], _ amount: UInt32) {
        var borrow = Int(amount)
        for index in digits.indices where borrow > 0 {
            let value = Int(digits[index]) - borrow % 10
            borrow /= 10
            if value < 0 { borrow += 1 }
            digits[index] = UInt8(truncatingIfNeeded: (value + 10) % 10)
        }
        while digits.count > 1, digits.last == 0 { digits.removeLast() }
    }
}

extension ASN1OID {
    static let signedData = ASN1OID(1, 2, 840, 113_549, 1, 7, 2)
    static let contentType = ASN1OID(1, 2, 840, 113_549, 1, 9, 3)
    static let messageDigest = ASN1OID(1, 2, 840, 113_549, 1, 9, 4)
    static let signingTime = ASN1OID(1, 2, 840, 113_549, 1, 9, 5)
    /// id-aa-CMSAlgorithmProtection (RFC 6211, 2).
    static let algorithmProtection = ASN1OID(1, 2, 840, 113_549, 1, 9, 52)

    /// id-SecurityObject: the content of EF.CardSecurity (Doc 9303-11, 9.2.11; TR-03110-3, A.1.2.5).
    static let securityObject = ASN1OID(0, 4, 0, 127, 0, 7, 3, 2, 1)
    /// id-icao-mrtd-security-ldsSecurityObject (Doc 9303-10, 4.6.2.3).
    static let ldsSecurityObject = ASN1OID(2, 23, 136, 1, 1, 1)
    /// The object identifier that some issuers used before ICAO had its own arc.
    static let oldLDSSecurityObject = ASN1OID(1, 3, 27, 1, 1, 1)
    /// A type arc of the company SDU, seen on early documents.
    static let sduLDSSecurityObject = ASN1OID(1, 2, 528, 1, 1006, 1, 20, 1)
    /// id-icao-cscaMasterList (Doc 9303-12, 9).
    static let cscaMasterList = ASN1OID(2, 23, 136, 1, 1, 2)
    /// id-icao-cscaMasterListSigningKey (Doc 9303-12, 7.1.1).
    static let cscaMasterListSigning = ASN1OID(2, 23, 136, 1, 1, 3)
    /// id-icao-DeviationList (Doc 9303-12, 10.2).
    static let deviationList = ASN1OID(2, 23, 136, 1, 1, 7)
    /// id-icao-DeviationListSigningKey (Doc 9303-12, 10.2).
    static let deviationListSigning = ASN1OID(2, 23, 136, 1, 1, 8)
    /// The purpose of CSCAs for health proofs alone (VDS-NC).
    static let healthCSCA = ASN1OID(2, 23, 136, 1, 1, 14, 1)
    /// id-DefectList (TR-03129).
    static let defectList = ASN1OID(0, 4, 0, 127, 0, 7, 3, 1, 5)
    /// id-data, seen as content type of an LDS security object.
    static let data = ASN1OID(1, 2, 840, 113_549, 1, 7, 1)

    static let rsaEncryption = ASN1OID(1, 2, 840, 113_549, 1, 1, 1)
    static let rsaPSS = ASN1OID(1, 2, 840, 113_549, 1, 1, 10)
    static let mgf1 = ASN1OID(1, 2, 840, 113_549, 1, 1, 8)
    static let ecPublicKey = ASN1OID(1, 2, 840, 10045, 2, 1)
    static let primeField = ASN1OID(1, 2, 840, 10045, 1, 1)

    static let authorityKeyIdentifier = ASN1OID(2, 5, 29, 35)
    static let subjectKeyIdentifier = ASN1OID(2, 5, 29, 14)
    static let keyUsage = ASN1OID(2, 5, 29, 15)
    static let privateKeyUsagePeriod = ASN1OID(2, 5, 29, 16)
    static let subjectAlternativeName = ASN1OID(2, 5, 29, 17)
    static let issuerAlternativeName = ASN1OID(2, 5, 29, 18)
    static let basicConstraints = ASN1OID(2, 5, 29, 19)
    static let cRLNumber = ASN1OID(2, 5, 29, 20)
    static let reasonCode = ASN1OID(2, 5, 29, 21)
    static let invalidityDate = ASN1OID(2, 5, 29, 24)
    static let deltaCRLIndicator = ASN1OID(2, 5, 29, 27)
    static let issuingDistributionPoint = ASN1OID(2, 5, 29, 28)
    static let certificateIssuer = ASN1OID(2, 5, 29, 29)
    static let extendedKeyUsage = ASN1OID(2, 5, 29, 37)
    static let crlDistributionPoints = ASN1OID(2, 5, 29, 31)
    static let certificatePolicies = ASN1OID(2, 5, 29, 32)
    /// id-icao-mrtd-security-extensions-documentTypeList (Doc 9303-12, 7.1.1).
    static let documentTypeList = ASN1OID(2, 23, 136, 1, 1, 6, 2)
    /// id-icao-mrtd-security-extensions-nameChange (Doc 9303-12, 7.1.1).
    static let nameChange = ASN1OID(2, 23, 136, 1, 1, 6, 1)
}
