import EMRTDProtocol

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
}
