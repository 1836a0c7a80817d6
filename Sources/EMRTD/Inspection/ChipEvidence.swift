import EMRTDCrypto
import EMRTDProtocol

/// What a run of Chip Authentication version 2 came to.
enum ExtendedProof {
    /// The chip has the private key of a key that EF.CardSecurity holds.
    case proven(ChipAuthentication2Parameters, KeyAgreementPublicKey)
    /// Its proof is wrong; why.
    case failed(String)
}

/// What the chip did to prove itself, before it is judged against passive authentication.
struct ChipEvidence {
    enum ActiveAuthenticationState {
        case notRun
        case done(ActiveAuthentication.Result)
        case aborted(String)
    }

    /// Whether there was a chip at all.
    var isPresent = false
    var chipAuthentication = ReadingSession.ChipAuthenticationState.idle
    var activeAuthentication = ActiveAuthenticationState.notRun
    /// What each run of PACE with Chip Authentication Mapping left.
    var mappingProofs: [ChipAuthenticationMappingData] = []
    /// What Chip Authentication version 2 came to: the proof of the session in force, and every failure.
    var extendedProofs: [ExtendedProof] = []
}
