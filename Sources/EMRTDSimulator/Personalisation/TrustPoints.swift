import EMRTDTrust
import LDS

/// The country verifying CAs that a chip starts Terminal Authentication from.
enum TrustPoints {
    /// The trust points as the chip keeps them from session to session.
    ///
    /// - Parameter date: the day of personalisation, where the chip's idea of the date begins.
    /// - Throws: ``PersonalisationError`` `invalidOption` where there are not one or two, or one is no card verifiable
    ///   certificate that a chip can trust.
    static func make(
        _ option: PersonalisationOptions.TerminalAuthenticationOption, date: CalendarDate
    ) throws -> CVTrustPoints {
        do {
            return try CVTrustPoints(option.trustPoints.map { try CVCertificate(parsing: $0) }, date: date)
        } catch let error as TrustError {
            throw PersonalisationError(
                .invalidOption,
                "Terminal Authentication needs one or two card verifiable certificates as trust points: \(error.reason)"
            )
        }
    }
}
