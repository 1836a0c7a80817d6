import CEMRTDCrypto

/// The hash functions of Doc 9303.
package enum DigestAlgorithm: String, Sendable, CaseIterable {
    case sha1, sha224, sha256, sha384, sha512

    var id: emrtd_digest_id {
        switch self {
        case .sha1: EMRTD_SHA1
        case .sha224: EMRTD_SHA224
        case .sha256: EMRTD_SHA256
        case .sha384: EMRTD_SHA384
        case .sha512: EMRTD_SHA512
        }
    }

    /// Bytes of a digest: 20 to 64.
    package var length: Int { emrtd_digest_length(id) }

    /// The hash of a message.
    package func digest(_ bytes: some Collection<UInt8>) throws -> [UInt8] {
        try filled(length) { out in
            try bytes.withPointer { pointer, count in
                try check(emrtd_digest(id, pointer, count, out), input: .internalFailure, rawValue)
            }
        }
    }

    /// The hash of a message as a secret, for example K = SHA-1(MRZ_information).
    package func secretDigest(_ bytes: some Collection<UInt8>) throws -> SecretBytes {
        try SecretBytes(count: length) { out in
            try bytes.withPointer { pointer, count in
                try check(emrtd_digest(id, pointer, count, out), input: .internalFailure, rawValue)
            }
        }
    }
}
