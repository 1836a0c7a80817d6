extension MRZ {
    /// MRZ_information from what was typed: document number, date of birth and date of expiry, each followed by its computed
    /// check digit (Doc 9303-11, 4.3.2 and Appendix D.2). The seed of BAC and PACE keys: secret material.
    ///
    /// - Parameters:
    ///   - documentNumber: A-Z, 0-9 and `<`, 1 to 22 characters without fillers at the end; fewer than nine are filled up.
    ///   - dateOfBirth: YYMMDD; unknown parts as `<<`.
    ///   - dateOfExpiry: YYMMDD.
    /// - Throws: ``LDSError`` `invalidLength`, `invalidCharacter` with the position, or `invalidValue` for a date whose month
    ///   or day cannot be.
    public static func mrzInformation(
        documentNumber: String, dateOfBirth: String, dateOfExpiry: String
    ) throws -> [UInt8] {
        var number = try characters(documentNumber, "document number")
        while number.last == filler { number.removeLast() }
        guard (1...22).contains(number.count) else {
            throw LDSError(
                .invalidLength, "\(number.count) characters, 1 to 22 make a number", field: "document number")
        }
        number += [UInt8](repeating: filler, count: max(0, 9 - number.count))
        let birth = try date(dateOfBirth, "date of birth")
        let expiry = try date(dateOfExpiry, "date of expiry")
        return try [(number, "document number"), (birth, "date of birth"), (expiry, "date of expiry")].flatMap {
            field, name in
            guard let check = MRZCheckDigit.compute(over: field) else {
                throw LDSError(.invalidCharacter, "a character that is not A-Z, 0-9 or <", field: name)
            }
            return field + [check]
        }
    }

    private static func characters(_ text: String, _ name: String) throws -> [UInt8] {
        let bytes = Array(text.utf8)
        if let index = bytes.firstIndex(where: { MRZCheckDigit.value(of: $0) == nil }) {
            throw LDSError(.invalidCharacter, "a character that is not A-Z, 0-9 or <", field: name, offset: index)
        }
        return bytes
    }

    private static func date(_ text: String, _ name: String) throws -> [UInt8] {
        let bytes = try characters(text, name)
        guard bytes.count == 6 else {
            throw LDSError(.invalidLength, "\(bytes.count) characters, YYMMDD has 6", field: name)
        }
        for (start, limit) in [(0, 99), (2, 12), (4, 31)] {
            let part = bytes[start..<(start + 2)]
            if part.allSatisfy({ $0 == filler }) { continue }
            guard let number = MRZDate.number(part) else {
                throw LDSError(
                    .invalidCharacter, "a date has digits, or << for an unknown part", field: name, offset: start)
            }
            guard number <= limit else {
                throw LDSError(.invalidValue, "no month or day has this number", field: name, offset: start)
            }
        }
        return bytes
    }
}
