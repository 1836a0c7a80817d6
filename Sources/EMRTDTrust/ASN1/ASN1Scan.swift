/// Finds the elements of a buffer, in DER or BER (ISO/IEC 8825-1, 8.1 and 10.1), without making anything of them.
///
/// One pass says whether a whole buffer is well formed; afterwards its elements are found again where they are needed. No list of
/// nodes is built: certificates have about a hundred elements of which some thirty are looked at.
enum ASN1Scan {
    /// What a buffer is.
    enum Encoding: Sendable {
        /// One element with definite, minimal lengths throughout. Values are not looked at.
        case der
        /// One element, somewhere with an indefinite length or one that could be shorter.
        case ber
    }

    /// The deepest nesting that is read.
    static let maximumDepth = 50

    /// Identifier and length of an element.
    struct Header {
        let identifier: ASN1Identifier
        let isConstructed: Bool
        /// Bytes of identifier and length: at most 14.
        let length: Int
        /// Bytes of the value, which fit into the buffer, or `nil` where the length is indefinite.
        let valueLength: Int?
        /// Whether the length is definite and minimal.
        let isDER: Bool
    }

    /// What the one element that fills a buffer is encoded in, or `nil` where there is no such element.
    static func encoding(of bytes: ArraySlice<UInt8>) -> Encoding? {
        bytes.withUnsafeBufferPointer { buffer in
            var isDER = true
            guard end(buffer, 0, buffer.count, depth: 1, &isDER) == buffer.count else { return nil }
            return isDER ? .der : .ber
        }
    }

    /// The element at the start of a buffer: its header and its size with the value and the end-of-contents. `nil` where the
    /// bytes are not well formed.
    static func first(in bytes: ArraySlice<UInt8>) -> (header: Header, size: Int)? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let header = header(buffer, 0, buffer.count) else { return nil }
            if let valueLength = header.valueLength { return (header, header.length + valueLength) }
            var isDER = true
            return end(buffer, 0, buffer.count, depth: 1, &isDER).map { (header, $0) }
        }
    }

    /// The header of the element at the start of a buffer.
    static func header(of bytes: ArraySlice<UInt8>) -> Header? {
        bytes.withUnsafeBufferPointer { header($0, 0, $0.count) }
    }

    /// The index after the element at `start`, all of which is before `limit`; `nil` where it is not well formed.
    static func end(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ limit: Int, depth: Int, _ isDER: inout Bool
    ) -> Int? {
        guard depth <= maximumDepth, let header = header(bytes, start, limit) else { return nil }
        if !header.isDER { isDER = false }
        var index = start + header.length
        if let valueLength = header.valueLength {
            let end = index + valueLength
            guard header.isConstructed else { return end }
            while index < end {
                guard let next = self.end(bytes, index, end, depth: depth + 1, &isDER) else { return nil }
                index = next
            }
            return end
        }
        guard header.isConstructed else { return nil }
        while limit - index < 2 || bytes[index] != 0 || bytes[index + 1] != 0 {
            guard let next = self.end(bytes, index, limit, depth: depth + 1, &isDER) else { return nil }
            index = next
        }
        return index + 2
    }

    /// The header at `start`. Its value, if the length is definite, ends at `limit` or before.
    static func header(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ limit: Int) -> Header? {
        var index = start
        guard limit - index >= 2 else { return nil }
        let first = bytes[index]
        // Nearly all elements have two bytes before the value. 00 and 20 would be the end-of-contents.
        if first & 0x1F != 0x1F, first & 0xDF != 0, bytes[index + 1] < 0x80 {
            let length = Int(bytes[index + 1])
            guard length <= limit - index - 2 else { return nil }
            return Header(
                identifier: ASN1Identifier(byte: first), isConstructed: first & 0x20 != 0, length: 2,
                valueLength: length, isDER: true)
        }
        var number = UInt(first & 0x1F)
        index += 1
        if number == 0x1F {
            number = 0
            var byte: UInt8
            repeat {
                // No more than four bytes, the first of which is no padding (8.1.2.4.2).
                guard index < limit, index - start <= 4, bytes[index] != 0x80 || number > 0 else { return nil }
                byte = bytes[index]
                number = number << 7 | UInt(byte & 0x7F)
                index += 1
            } while byte & 0x80 != 0
            guard number >= 0x1F, index < limit else { return nil }
        }
        guard let tagClass = ASN1Identifier.TagClass(rawValue: first >> 6),
            // The end-of-contents is no element.
            number != 0 || tagClass != .universal
        else { return nil }
        let identifier = ASN1Identifier(tagWithNumber: number, tagClass: tagClass)
        let isConstructed = first & 0x20 != 0

        let lengthByte = bytes[index]
        index += 1
        var length = Int(lengthByte)
        var isDER = true
        if lengthByte == 0x80 {
            return Header(
                identifier: identifier, isConstructed: isConstructed, length: index - start, valueLength: nil,
                isDER: false)
        }
        if lengthByte > 0x80 {
            let count = Int(lengthByte & 0x7F)
            guard count <= 8, count <= limit - index else { return nil }
            var value: UInt64 = 0
            for offset in 0..<count { value = value << 8 | UInt64(bytes[index + offset]) }
            isDER = value >= 0x80 && bytes[index] != 0
            index += count
            guard value <= UInt64(limit - index) else { return nil }
            length = Int(value)
        }
        guard length <= limit - index else { return nil }
        return Header(
            identifier: identifier, isConstructed: isConstructed, length: index - start, valueLength: length,
            isDER: isDER)
    }
}
