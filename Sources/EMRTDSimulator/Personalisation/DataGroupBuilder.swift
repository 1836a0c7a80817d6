import ISO7816

/// Encodes the files of the LDS that are neither signed structures nor SecurityInfos: EF.COM, DG1, DG2 and DG3.
package enum DataGroupBuilder {
    /// The outer tag of a data group (Doc 9303-10, 4.7), or `nil` outside 1 to 16.
    package static func tag(ofDataGroup number: Int) -> UInt8? {
        let tags: [UInt8] = [
            0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70,
        ]
        return (1...16).contains(number) ? tags[number - 1] : nil
    }

    /// EF.COM (Doc 9303-10, 4.6.1): LDS version, Unicode version, and the tags of the data groups in ascending order.
    ///
    /// - Parameter version: `0107` or `0108`; `unicode`: `040000`.
    /// - Throws: ``PersonalisationError`` `invalidOption` for a data group that does not exist.
    package static func com(dataGroups: [Int], version: String = "0107", unicode: String = "040000") throws -> [UInt8] {
        let tags = try dataGroups.sorted().map { number in
            guard let tag = tag(ofDataGroup: number) else {
                throw PersonalisationError(.invalidOption, "data groups are numbered from 1 to 16")
            }
            return tag
        }
        return com(tags: tags, version: version, unicode: unicode)
    }

    private static func com(tags: [UInt8], version: String, unicode: String) -> [UInt8] {
        TLV.encode(
            0x60,
            children: [
                TLV.encode(0x5F01, Array(version.utf8)), TLV.encode(0x5F36, Array(unicode.utf8)),
                TLV.encode(0x5C, tags),
            ])
    }

    /// EF.COM for data groups, with what quirks make of its list.
    static func com(quirks: Set<ChipQuirk>, _ groups: [Int: [UInt8]], version: String) throws -> [UInt8] {
        if quirks.contains(.comListsEverything) {
            let all = (1...16).compactMap { tag(ofDataGroup: $0) }
            return com(tags: [0x60, 0x77] + all + [0x71, 0x72, 0x73], version: version, unicode: "040000")
        }
        let hidden = quirks.contains(.comOmitsSecurityGroups) ? [14, 15] : []
        return try com(dataGroups: groups.keys.filter { !hidden.contains($0) }, version: version)
    }

    /// DG1 (Doc 9303-10, 4.7.1): the lines of the MRZ under 5F1F.
    ///
    /// - Throws: ``PersonalisationError`` `invalidLength` where the lines are no TD1, TD2 or TD3.
    package static func dg1(mrz lines: [String]) throws -> [UInt8] {
        let text = lines.joined()
        let shapes = [[30, 30, 30], [36, 36], [44, 44]]
        guard shapes.contains(lines.map(\.utf8.count)) else {
            throw PersonalisationError(.invalidLength, "an MRZ has 3 lines of 30, 2 of 36 or 2 of 44 characters")
        }
        return TLV.encode(0x61, TLV.encode(0x5F1F, Array(text.utf8)))
    }

    /// The kind of image in a facial record (ISO/IEC 19794-5, 5.7.2).
    package enum FaceImageType: UInt8, Sendable {
        /// JPEG.
        case jpeg = 0
        /// JPEG 2000.
        case jpeg2000 = 1
    }

    /// DG2 (Doc 9303-10, 4.7.2): one biometric template with one facial record of one image (ISO/IEC 19794-5:2005).
    ///
    /// - Throws: ``PersonalisationError`` `invalidLength` where the image is empty or beyond 60,000 bytes.
    package static func dg2(
        image: [UInt8], width: UInt16, height: UInt16, type: FaceImageType = .jpeg, sex: MRZSex = .unspecified
    ) throws -> [UInt8] {
        guard (1...60_000).contains(image.count) else {
            throw PersonalisationError(.invalidLength, "a portrait has 1 to 60,000 bytes")
        }
        let gender: UInt8 = sex == .male ? 1 : sex == .female ? 2 : 0
        // Facial information (5.5): block length, no feature points, gender, then eyes, hair, mask, expression, pose: unspecified.
        let information = big(UInt32(20 + 12 + image.count)) + [0, 0, gender] + [UInt8](repeating: 0, count: 13)
        // Image information (5.7): full frontal, RGB24, from a digital camera, no device named, quality unspecified.
        let imageInformation = [1, type.rawValue] + big(width) + big(height) + [1, 2, 0, 0, 0, 0]
        let header = Array("FAC\u{0}010\u{0}".utf8) + big(UInt32(14 + 20 + 12 + image.count)) + big(UInt16(1))
        return template(
            groupTag: 0x75, biometricType: 0x02, format: 0x0008,
            record: header + information + imageInformation + image)
    }

    /// DG3 (Doc 9303-10, 4.7.3): two biometric templates, each an invented finger image (ISO/IEC 19794-4:2005) of concentric
    /// rings, which no finger has; raw pixels, 8 bits each.
    ///
    /// - Parameter size: the side of the square image in pixels, 8 to 160.
    /// - Throws: ``PersonalisationError`` `invalidLength`.
    package static func dg3(size: Int = 96) throws -> [UInt8] {
        guard (8...160).contains(size) else {
            throw PersonalisationError(.invalidLength, "a finger image of the simulator has 8 to 160 pixels a side")
        }
        let instances = [UInt8(2), 7].map { position -> [UInt8] in
            let pixels = (0..<(size * size)).map { index -> UInt8 in
                let x = index % size - size / 2
                let y = index / size - size / 2
                return (x * x + y * y + Int(position)) / 64 % 2 == 0 ? 0x30 : 0xD0
            }
            // Finger view (8.3): length, position, one view, view 1, quality unreported, live-scan plain.
            let view =
                big(UInt32(14 + pixels.count)) + [position, 1, 1, 0xFE, 0] + big(UInt16(size)) + big(UInt16(size)) + [0]
            // General record header (8.2): length in six bytes, no device, level 31 (500 ppi), one finger, pixels per inch.
            let header =
                Array("FIR\u{0}010\u{0}".utf8) + [0, 0] + big(UInt32(32 + view.count + pixels.count)) + [0, 0]
                + big(UInt16(31)) + [1, 1] + big(UInt16(500)) + big(UInt16(500)) + big(UInt16(500)) + big(UInt16(500))
                + [8, 0, 0, 0]
            return instance(
                biometricType: 0x08, subtype: position == 2 ? 0x09 : 0x0A, format: 0x0007,
                record: header + view + pixels)
        }
        return TLV.encode(0x63, TLV.encode(0x7F61, children: [TLV.encode(0x02, [2])] + instances))
    }

    /// DG4 (Doc 9303-10, 4.7.4): one biometric template with an invented iris image (ISO/IEC 19794-6:2005) of rings; raw
    /// pixels, 8 bits each.
    package static func dg4() throws -> [UInt8] {
        let size = 48
        let pixels = (0..<(size * size)).map { index -> UInt8 in
            let (x, y) = (index % size - size / 2, index / size - size / 2)
            return (x * x + y * y) / 48 % 2 == 0 ? 0x20 : 0xC0
        }
        // Image header (6.5.3): number, quality, rotation, its uncertainty, length. Feature header (6.5.2): right eye, one image.
        let image: [UInt8] =
            big(UInt16(1)) + [0xFE] + big(UInt16(0xFFFF)) + big(UInt16(0xFFFF)) + big(UInt32(pixels.count))
        let feature: [UInt8] = [1] + big(UInt16(1))
        // Record header (6.5.1), 45 bytes: one eye, no properties, diameter unknown, raw grey pixels, no device named.
        let total = UInt32(45 + feature.count + image.count + pixels.count)
        let start: [UInt8] = Array("IIR\u{0}010\u{0}".utf8) + big(total) + big(UInt16(0)) + [1] + big(UInt16(45))
        let format: [UInt8] =
            big(UInt16(0)) + big(UInt16(0)) + big(UInt16(2)) + big(UInt16(size)) + big(UInt16(size)) + [8, 0]
        let header = start + format + [UInt8](repeating: 0, count: 16)
        return template(
            groupTag: 0x76, biometricType: 0x10, format: 0x0009, record: header + feature + image + pixels)
    }

    private static func template(groupTag: Tag, biometricType: UInt8, format: UInt16, record: [UInt8]) -> [UInt8] {
        let instance = instance(biometricType: biometricType, subtype: nil, format: format, record: record)
        return TLV.encode(groupTag, TLV.encode(0x7F61, children: [TLV.encode(0x02, [1]), instance]))
    }

    /// A biometric information template (Doc 9303-10, Table 36): patron header version 1.1, type, format owner JTC1/SC37.
    private static func instance(
        biometricType: UInt8, subtype: UInt8?, format: UInt16, record: [UInt8]
    ) -> [UInt8] {
        var header = [TLV.encode(0x80, [0x01, 0x01]), TLV.encode(0x81, [biometricType])]
        if let subtype { header.append(TLV.encode(0x82, [subtype])) }
        header.append(TLV.encode(0x87, [0x01, 0x01]))
        header.append(TLV.encode(0x88, big(format)))
        return TLV.encode(0x7F60, children: [TLV.encode(0xA1, children: header), TLV.encode(0x5F2E, record)])
    }

    private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    private static func big(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}
