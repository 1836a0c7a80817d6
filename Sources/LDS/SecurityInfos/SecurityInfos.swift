import ISO7816

/// A SecurityInfos set (Doc 9303-11, 9.2), as EF.CardAccess, EF.CardSecurity and DG14 hold it.
///
/// Infos that are unknown or malformed never hide the others: they are kept as ``SecurityInfo/other(_:)`` with the reason.
public struct SecurityInfos: Sendable, Hashable {
    /// The most elements of a set that are looked at.
    public static let maximumCount = 256

    /// The SET as it came, tag and length included, without bytes after it.
    public let rawBytes: [UInt8]
    /// The elements in the order of the file.
    public let infos: [SecurityInfo]
    /// Departures from the standard that were tolerated.
    public let leniencies: [LDSLeniency]

    /// Parses a SET (31) of SecurityInfo by its outer length. Bytes after it are tolerated and reported: public samples
    /// carry them.
    ///
    /// - Throws: ``LDSError`` for a wrong outer tag, a malformed or cut off outer object, or more than ``maximumCount``
    ///   elements.
    public init(parsing bytes: [UInt8], in file: ElementaryFile? = nil) throws {
        self = try LDS.parsing(file) { try SecurityInfos(prefixOf: bytes[...], in: file) }
    }

    init(prefixOf bytes: ArraySlice<UInt8>, in file: ElementaryFile?) throws {
        let outer = try TLVHeader(prefixOf: bytes)
        guard outer.tag == .set else {
            throw LDSError(.wrongTag, "outer tag is \(outer.tag), 31 was expected", offset: bytes.startIndex)
        }
        let set = try TLV(prefixOf: bytes)
        var infos: [SecurityInfo] = []
        var leniencies: [LDSLeniency] = []
        var rest = set.value
        while !rest.isEmpty {
            guard infos.count < SecurityInfos.maximumCount else {
                throw LDSError(
                    .limitExceeded, "more than \(SecurityInfos.maximumCount) elements", field: "SecurityInfos",
                    offset: rest.startIndex)
            }
            let info: SecurityInfo
            do {
                let object = try TLV(prefixOf: rest)
                info = SecurityInfo(object)
                rest = rest[object.encoded.endIndex...]
            } catch {
                let error = (error as? ISO7816Error).map { LDSError($0, file: file) }
                info = .other(RawSecurityInfo(encoded: Array(rest), protocolIdentifier: nil, error: error))
                rest = []
            }
            if case .other(let raw) = info, let error = raw.error {
                leniencies.append(LDSLeniency(.malformedSecurityInfo, file: file, error.description))
            }
            infos.append(info)
        }
        let extra = bytes.endIndex - set.encoded.endIndex
        if extra > 0 {
            leniencies.append(LDSLeniency(.trailingBytes, file: file, "\(extra) bytes after the outer object"))
        }
        rawBytes = Array(set.encoded)
        self.infos = infos
        self.leniencies = leniencies
    }

    /// The PACE variants.
    public var paceInfos: [PACEInfo] { infos.compactMap { if case .pace(let info) = $0 { info } else { nil } } }

    /// The domain parameters for PACE.
    public var paceDomainParameterInfos: [PACEDomainParameterInfo] {
        infos.compactMap { if case .paceDomainParameter(let info) = $0 { info } else { nil } }
    }

    /// The Chip Authentication variants.
    public var chipAuthenticationInfos: [ChipAuthenticationInfo] {
        infos.compactMap { if case .chipAuthentication(let info) = $0 { info } else { nil } }
    }

    /// The Chip Authentication public keys.
    public var chipAuthenticationPublicKeyInfos: [ChipAuthenticationPublicKeyInfo] {
        infos.compactMap { if case .chipAuthenticationPublicKey(let info) = $0 { info } else { nil } }
    }

    /// The Active Authentication infos.
    public var activeAuthenticationInfos: [ActiveAuthenticationInfo] {
        infos.compactMap { if case .activeAuthentication(let info) = $0 { info } else { nil } }
    }

    /// The Terminal Authentication infos.
    public var terminalAuthenticationInfos: [TerminalAuthenticationInfo] {
        infos.compactMap { if case .terminalAuthentication(let info) = $0 { info } else { nil } }
    }

    /// The infos that are unknown or malformed.
    public var otherInfos: [RawSecurityInfo] {
        infos.compactMap { if case .other(let info) = $0 { info } else { nil } }
    }
}
