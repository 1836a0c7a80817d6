import ISO7816

/// The certificates of country verifying CAs that a chip starts Terminal Authentication from.
enum TrustPoints {
    /// The names under which the chip knows its trust points: their certificate holder references, 3 to 16 bytes each
    /// (TR-03110-3, A.6.1 and D.2).
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption` where there are not one or two, or one is no CV certificate.
    static func references(_ option: PersonalisationOptions.TerminalAuthenticationOption) throws -> [[UInt8]] {
        guard (1...2).contains(option.trustPoints.count) else {
            throw PersonalisationError(.invalidOption, "Terminal Authentication needs one or two trust points")
        }
        return try option.trustPoints.map { certificate in
            guard let outer = try? TLV(exactly: certificate), outer.tag == 0x7F21,
                let name = try? outer.child(0x7F4E).child(0x5F20).value, (3...16).contains(name.count)
            else {
                throw PersonalisationError(
                    .invalidOption, "a trust point of Terminal Authentication is no card verifiable certificate")
            }
            return Array(name)
        }
    }
}
