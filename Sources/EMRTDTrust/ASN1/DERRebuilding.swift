import ISO7816

extension ASN1Element {
    /// The element in DER as far as lengths go: definite, minimal lengths, children in the order they came in, or with the
    /// children of this element (a SET OF) in the order of DER. `firstByte` replaces the identifier byte of this element.
    ///
    /// A signer computes the signature over the DER form of the signed attributes even where the message carries them in BER
    /// (RFC 5652, 5.4), so this form is the one to hash when the received bytes are not DER.
    func rebuiltInDER(firstByte: UInt8? = nil, sorted: Bool = false) -> [UInt8] {
        var value: [UInt8] = []
        if isConstructed {
            var parts: [[UInt8]] = []
            var fields = children
            while let child = fields.next() { parts.append(child.rebuiltInDER()) }
            if sorted { parts.sort { $0.lexicographicallyPrecedes($1) } }
            value = parts.flatMap { $0 }
        } else {
            value = Array(content)
        }
        let identifierBytes = encoded.prefix(ASN1Element.identifierLength(encoded))
        var out = firstByte.map { [$0] } ?? Array(identifierBytes)
        out += TLV.encodeLength(value.count)
        return out + value
    }

    private static func identifierLength(_ bytes: ArraySlice<UInt8>) -> Int {
        guard let first = bytes.first, first & 0x1F == 0x1F else { return 1 }
        return 2 + bytes.dropFirst().prefix { $0 & 0x80 != 0 }.count
    }
}
