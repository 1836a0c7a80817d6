import EMRTDCrypto

extension PersonalisationOptions {
    /// Whether the application lies behind Extended Access Control version 2.
    var usesEAC2: Bool { terminalAuthentication?.version == .two }

    /// What opens the ordinary files.
    var fileAccess: PersonalisedDocument.FileAccess {
        isPlain ? .always : usesEAC2 ? .afterExtendedAccessControl : .afterAccessControl
    }

    /// The options with what the quirks change in the document itself.
    ///
    /// - Throws: ``PersonalisationError`` `invalidOption` where a quirk has nothing to show itself in.
    func withQuirks() throws -> PersonalisationOptions {
        try ChipQuirk.check(quirks)
        var out = self
        func need(_ quirk: ChipQuirk, _ condition: Bool, _ what: String) throws {
            guard !quirks.contains(quirk) || condition else {
                throw PersonalisationError(.invalidOption, "the quirk \(quirk.rawValue) needs \(what)")
            }
        }
        let hasPACE = !pace.isEmpty
        for quirk in [
            .cardAccessSelectOnly, .cardAccessNeedsP102, .cardAccessInApplication, .cardAccess6283,
            .paceNeedsParameterId,
            .paceParameterId6A80, .paceParameterId6A87, .bac6A88, .bac6985, .bac6982, .slowPACE, .paceFails,
            .chainAfterFailedPACE6883,
        ] as [ChipQuirk] {
            try need(quirk, hasPACE, "PACE")
        }
        try need(
            .cardAccessInApplication, terminalAuthentication == nil, "a chip without EF.CVCA, whose place it takes")
        try need(.firstRead6988, supportsBAC, "BAC")
        for quirk in [.cardSecuritySelect6A80, .camSeveralKeys] as [ChipQuirk] {
            try need(
                quirk, pace.contains { $0.mapping == .chipAuthentication } || (usesEAC2 && quirk != .camSeveralKeys),
                "PACE with Chip Authentication Mapping")
        }
        let identifiers = try pace.map { try $0.objectIdentifier() }
        for quirk in [.paceParameterId6A80, .paceParameterId6A87] as [ChipQuirk] {
            try need(quirk, Set(identifiers).count == identifiers.count, "one parameter id for each protocol of PACE")
        }
        try need(.leadingZeros, hasPACE || !chipAuthentication.isEmpty, "PACE or Chip Authentication")
        for quirk in [.aaInTwoParts, .aaTruncated, .aaEmptyForExtended, .aa6CXX] as [ChipQuirk] {
            try need(quirk, activeAuthentication != nil, "Active Authentication")
        }
        var isRSA = false
        if case .rsa = activeAuthentication { isRSA = true }
        try need(.aaLeadingZerosLost, isRSA, "Active Authentication with RSA")
        for quirk in [.aaDER, .aaInfoMissing] as [ChipQuirk] {
            try need(quirk, activeAuthentication != nil && !isRSA, "Active Authentication with ECDSA")
        }
        for quirk in [.caInfoMissing, .ca6F00] as [ChipQuirk] {
            try need(quirk, !chipAuthentication.isEmpty, "Chip Authentication")
        }
        // Nothing can be inferred for version 2, so nobody could read such a chip.
        try need(.caInfoMissing, !usesEAC2, "Chip Authentication version 1")
        try need(
            .comOmitsSecurityGroups, !chipAuthentication.isEmpty || activeAuthentication != nil || hasPACE,
            "DG14 or DG15")
        if quirks.contains(.caInfoMissing) {
            for index in out.chipAuthentication.indices {
                out.chipAuthentication[index].hasInfo = false
                out.chipAuthentication[index].ciphers = [.tripleDES]
            }
        }
        if !quirks.isDisjoint(with: [.bac6A88, .bac6985, .bac6982]) { out.supportsBAC = false }
        try out.changeHolder()
        return out
    }

    /// The quirks of the machine readable zone.
    private mutating func changeHolder() throws {
        let ofZone: Set<ChipQuirk> = [
            .shortDocumentNumber, .longDocumentNumber, .optionalDataDigitZero, .issuerOneLetter, .issuerOfAnother,
            .issuerUserAssigned,
        ]
        guard let quirk = quirks.intersection(ofZone).map(\.rawValue).min() else { return }
        switch holder {
        case .vietnamese:
            throw PersonalisationError(
                .invalidOption, "the quirk \(quirk) needs a passport or an identity card, whose zone can be changed")
        case .passport(var person):
            guard !quirks.contains(.longDocumentNumber) else {
                throw PersonalisationError(
                    .invalidOption,
                    "the quirk long-document-number needs an identity card: a passport's number has nine")
            }
            person.apply(quirks)
            holder = .passport(person)
        case .identityCard(var person):
            guard !quirks.contains(.optionalDataDigitZero) else {
                throw PersonalisationError(
                    .invalidOption, "the quirk optional-data-digit-zero needs a passport: TD1 has no such digit")
            }
            person.apply(quirks)
            holder = .identityCard(person)
        }
    }
}

extension PassportHolder {
    fileprivate mutating func apply(_ quirks: Set<ChipQuirk>) {
        if quirks.contains(.shortDocumentNumber) { documentNumber = "X417" }
        if quirks.contains(.longDocumentNumber) { documentNumber = "X0000417Q2718" }
        // Doc 9303-3, clause 5 has the one code of a single letter; the code in use that ISO 3166 does not have is RKS.
        if quirks.contains(.issuerOneLetter) { (issuingState, nationality, country) = ("D", "D", "DE") }
        if quirks.contains(.issuerOfAnother) { (issuingState, nationality) = ("DEU", "DEU") }
        if quirks.contains(.issuerUserAssigned) { (issuingState, nationality, country) = ("RKS", "RKS", "KS") }
    }
}
