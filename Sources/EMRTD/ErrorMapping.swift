import EMRTDCrypto
import EMRTDProtocol
import ISO7816
import LDS

extension EMRTDError {
    /// Any error of the layers below, such as a `CardChannelError` while waiting for a card, as one with stage and remedy. An
    /// `EMRTDError` stays what it is; an error that is not known becomes `internalError`.
    public init(_ error: any Error, stage: Stage) {
        switch error {
        case let error as EMRTDError: self = error
        case let error as CardChannelError: self.init(channel: error, stage: stage)
        case let error as ProtocolError: self.init(protocol: error, stage: stage)
        case let error as ISO7816Error:
            self.init(
                .protocolViolation, error.reason.isEmpty ? error.code.description : error.reason, stage: stage,
                remedy: .tryAgain, statusWord: error.statusWord)
        case let error as LDSError:
            self.init(.fileUnreadable, error.description, stage: stage, remedy: .useAnotherDocument)
        case is CancellationError:
            self.init(.cancelled, "the reading was cancelled", stage: stage, remedy: .tryAgain)
        case let error as CryptoError:
            self.init(.internalError, error.description, stage: stage, remedy: .reportBug)
        default:
            self.init(.internalError, "an error of the type \(type(of: error))", stage: stage, remedy: .reportBug)
        }
    }

    private init(channel error: CardChannelError, stage: Stage) {
        let (code, remedy): (Code, Remedy)
        switch error.code {
        case .noReader, .readerRemoved: (code, remedy) = (.noReader, .connectReader)
        case .noCard: (code, remedy) = (.noCard, .presentCard)
        case .cardRemoved, .cardReset: (code, remedy) = (.cardRemoved, .holdCardStill)
        case .accessDenied: (code, remedy) = (.accessDenied, .grantAccess)
        case .readerBusy: (code, remedy) = (.readerBusy, .closeOtherProgram)
        case .closed: (code, remedy) = (.cancelled, .tryAgain)
        case .unresponsiveCard, .transmissionFailed: (code, remedy) = (.cardRemoved, .holdCardStill)
        default: (code, remedy) = (.serviceFailed, .restartService)
        }
        self.init(code, error.reason.isEmpty ? error.code.description : error.reason, stage: stage, remedy: remedy)
    }

    private init(protocol error: ProtocolError, stage: Stage) {
        let (code, remedy): (Code, Remedy)
        switch error.code {
        case .wrongPassword: (code, remedy) = (.wrongPassword, .checkPassword)
        case .passwordBlocked: (code, remedy) = (.passwordBlocked, .useMRZ)
        case .passwordSuspended: (code, remedy) = (.passwordSuspended, .allowLastTry)
        case .notSupported: (code, remedy) = (.accessNotSupported, .useAnotherDocument)
        default: (code, remedy) = (stage == .access ? .accessFailed : .protocolViolation, .tryAgain)
        }
        let left = error.retriesLeft.map { ", \($0) tries left" } ?? ""
        self.init(
            code, "\(error.step): \(error.reason)\(left)", stage: stage, remedy: remedy, statusWord: error.statusWord)
    }
}
