import EMRTDProtocol
public import LDS

extension PersonalisationOptions {
    /// Has the document offer PACE with Generic Mapping and ECDH on one curve, and no other PACE.
    ///
    /// - Parameters:
    ///   - parameterId: the standardised domain parameter id, 8 to 18 (Doc 9303-11, table 12).
    ///   - cipher: the cipher of secure messaging after PACE.
    /// - Throws: ``PersonalisationError`` `invalidOption` for an id that is no curve's.
    public mutating func offerPACE(parameterId: UInt8, cipher: SessionCipher) throws {
        let offer = PACEOffer(.generic, .ecdh, cipher.blockCipher, parameterId: parameterId)
        _ = try offer.objectIdentifier()
        pace = [offer]
    }
}
