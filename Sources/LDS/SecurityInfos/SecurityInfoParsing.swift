import ISO7816

extension SecurityInfo {
    /// Parses one SecurityInfo. Never fails: what cannot be parsed is kept raw with the reason.
    init(_ object: TLV) {
        var identifier: OID?
        do {
            self = try parsing(nil) {
                var fields = try DERSequence(object, "SecurityInfo")
                let oid = try fields.next(.objectIdentifier, "protocol").objectIdentifier("protocol")
                identifier = oid
                return try SecurityInfo.known(oid, &fields)
                    ?? .other(RawSecurityInfo(encoded: Array(object.encoded), protocolIdentifier: oid, error: nil))
            }
        } catch {
            self = .other(
                RawSecurityInfo(
                    encoded: Array(object.encoded), protocolIdentifier: identifier, error: error as? LDSError))
        }
    }

    private static func known(_ oid: OID, _ fields: inout DERSequence) throws -> SecurityInfo? {
        if let variant = PACEProtocol(objectIdentifier: oid) {
            let version = try fields.next("version").smallInteger("version")
            let parameterId = try fields.nextIfPresent()?.smallInteger("parameterId")
            try fields.finish()
            return .pace(PACEInfo(protocol: variant, version: version, parameterId: parameterId))
        }
        if let variant = ChipAuthenticationProtocol(objectIdentifier: oid) {
            let version = try fields.next("version").smallInteger("version")
            let keyId = try fields.nextIfPresent()?.unsignedInteger("keyId")
            try fields.finish()
            return .chipAuthentication(ChipAuthenticationInfo(protocol: variant, version: version, keyId: keyId))
        }
        switch oid {
        case SecurityObjectIdentifier.publicKeyDH: return try publicKey(.dh, &fields)
        case SecurityObjectIdentifier.publicKeyECDH: return try publicKey(.ecdh, &fields)
        case SecurityObjectIdentifier.activeAuthentication:
            let version = try fields.next("version").smallInteger("version")
            let algorithm = try fields.next("signatureAlgorithm").objectIdentifier("signatureAlgorithm")
            try fields.finish()
            return .activeAuthentication(ActiveAuthenticationInfo(version: version, signatureAlgorithm: algorithm))
        case SecurityObjectIdentifier.terminalAuthentication: return try terminalAuthentication(&fields)
        case SecurityObjectIdentifier.efDIR:
            let content = try fields.next(.octetString, "eFDIR")
            try fields.finish()
            return .efDIR(EFDIRInfo(efDIR: Array(content.value)))
        default: break
        }
        for mapping in PACEMapping.allCases {
            for agreement in KeyAgreement.allCases where PACEProtocol.family(mapping, agreement) == oid {
                guard mapping != .chipAuthentication || agreement == .ecdh else { continue }
                let parameter = try AlgorithmIdentifier(fields.next("domainParameter"))
                let parameterId = try fields.nextIfPresent()?.smallInteger("parameterId")
                try fields.finish()
                return .paceDomainParameter(
                    PACEDomainParameterInfo(
                        mapping: mapping, agreement: agreement, domainParameter: parameter, parameterId: parameterId))
            }
        }
        return nil
    }

    private static func publicKey(_ agreement: KeyAgreement, _ fields: inout DERSequence) throws -> SecurityInfo {
        let key = try SubjectPublicKeyInfo(fields.next("chipAuthenticationPublicKey"))
        let keyId = try fields.nextIfPresent()?.unsignedInteger("keyId")
        try fields.finish()
        return .chipAuthenticationPublicKey(
            ChipAuthenticationPublicKeyInfo(agreement: agreement, publicKey: key, keyId: keyId))
    }

    private static func terminalAuthentication(_ fields: inout DERSequence) throws -> SecurityInfo {
        let version = try fields.next("version").smallInteger("version")
        var identifier: [UInt8]?
        var shortIdentifier: UInt8?
        if let efCVCA = fields.nextIfPresent() {
            var file = try DERSequence(efCVCA, "efCVCA")
            let fid = try file.next(.octetString, "fid")
            guard fid.value.count == 2 else {
                throw LDSError(.invalidLength, "\(fid.value.count) bytes", field: "fid", offset: fid.encoded.startIndex)
            }
            identifier = Array(fid.value)
            if let sfid = file.nextIfPresent(.octetString) {
                guard sfid.value.count == 1 else {
                    throw LDSError(
                        .invalidLength, "\(sfid.value.count) bytes", field: "sfid", offset: sfid.encoded.startIndex)
                }
                shortIdentifier = sfid.value.first
            }
            try file.finish()
        }
        try fields.finish()
        return .terminalAuthentication(
            TerminalAuthenticationInfo(
                version: version, cvcaFileIdentifier: identifier, cvcaShortFileIdentifier: shortIdentifier))
    }
}
