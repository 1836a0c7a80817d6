import EMRTD
import EMRTDCrypto
import EMRTDProtocol
import ISO7816
import LDS
import Testing

/// Each error of the layers below has one code, and a remedy that fits it: exit codes and what a clerk reads depend on them.
@Suite struct ErrorMappingTests {
    private static let stages: [EMRTDError.Stage] = [.connect, .access, .read, .chip, .verify]

    @Test func channelErrors() {
        let table: [(CardChannelError.Code, EMRTDError.Code, Remedy)] = [
            (.noReader, .noReader, .connectReader), (.readerRemoved, .noReader, .connectReader),
            (.noCard, .noCard, .presentCard), (.cardRemoved, .cardRemoved, .holdCardStill),
            (.cardReset, .cardRemoved, .holdCardStill), (.unresponsiveCard, .cardRemoved, .holdCardStill),
            (.transmissionFailed, .cardRemoved, .holdCardStill), (.accessDenied, .accessDenied, .grantAccess),
            (.readerBusy, .readerBusy, .closeOtherProgram), (.serviceUnavailable, .serviceFailed, .restartService),
            (.other, .serviceFailed, .restartService), (.closed, .cancelled, .tryAgain),
        ]
        #expect(Set(table.map(\.0)).count == 12)
        for (code, expected, remedy) in table {
            for stage in Self.stages {
                let error = EMRTDError(CardChannelError(code, "SCardTransmit failed"), stage: stage)
                #expect(error.code == expected && error.remedy == remedy && error.stage == stage, "\(code)")
                #expect(error.reason.contains("SCardTransmit failed") && error.statusWord == nil)
            }
        }
    }

    @Test func protocolErrors() {
        let table: [(ProtocolError.Code, EMRTDError.Code, EMRTDError.Code, Remedy)] = [
            (.wrongPassword, .wrongPassword, .wrongPassword, .checkPassword),
            (.passwordBlocked, .passwordBlocked, .passwordBlocked, .useMRZ),
            (.notSupported, .accessNotSupported, .accessNotSupported, .useAnotherDocument),
            (.refused, .accessFailed, .protocolViolation, .tryAgain),
            (.malformedResponse, .accessFailed, .protocolViolation, .tryAgain),
            (.authenticationFailed, .accessFailed, .protocolViolation, .tryAgain),
            (.invalidPublicKey, .accessFailed, .protocolViolation, .tryAgain),
            (.secureMessagingFailed, .accessFailed, .protocolViolation, .tryAgain),
            (.unprotectedStatus, .accessFailed, .protocolViolation, .tryAgain),
            (.sessionEnded, .accessFailed, .protocolViolation, .tryAgain),
        ]
        for (code, atAccess, later, remedy) in table {
            let error = ProtocolError(code, "because", step: "PACE: get nonce", statusWord: 0x6A80)
            for (stage, expected) in [(EMRTDError.Stage.access, atAccess), (.read, later), (.chip, later)] {
                let mapped = EMRTDError(error, stage: stage)
                #expect(mapped.code == expected && mapped.remedy == remedy, "\(code) at \(stage)")
                #expect(mapped.statusWord == 0x6A80 && mapped.reason.contains("PACE: get nonce"))
            }
        }
    }

    @Test func otherErrors() {
        struct Unknown: Error { let secret = "X0000417Q" }
        let truncated = EMRTDError(ISO7816Error(.truncated, "at the end", statusWord: 0x6B00), stage: .read)
        #expect(truncated.code == .protocolViolation && truncated.statusWord == 0x6B00)
        #expect(EMRTDError(LDSError(.wrongTag, "tag 31"), stage: .read).code == .fileUnreadable)
        #expect(EMRTDError(CancellationError(), stage: .read).code == .cancelled)
        let ours = EMRTDError(CryptoError(.internalFailure, "libcrypto"), stage: .verify)
        #expect(ours.code == .internalError && ours.remedy == .reportBug)
        let unknown = EMRTDError(Unknown(), stage: .verify)
        #expect(unknown.code == .internalError && unknown.remedy == .reportBug)
        #expect(!unknown.description.contains("X0000417Q"), "an error that is not known may hold anything")
        let own = EMRTDError(.noCard, "none", stage: .connect, remedy: .presentCard)
        #expect(EMRTDError(own, stage: .read).stage == .connect)
    }

    @Test func comparedByCode() {
        let a = EMRTDError(.wrongPassword, "a", stage: .access, remedy: .checkPassword)
        #expect(a == EMRTDError(.wrongPassword, "b", stage: .read, remedy: .tryAgain, statusWord: 0x6300))
        #expect(a != EMRTDError(.passwordBlocked, "a", stage: .access, remedy: .checkPassword))
        #expect(Set([a, a]).count == 1)
        #expect(
            EMRTDError(.wrongPassword, "b", stage: .read, remedy: .tryAgain, statusWord: 0x6300).description
                == "read: wrongPassword: b [6300]")
    }

    @Test func everyRemedyHasAdvice() {
        for remedy in Remedy.allCases {
            #expect(remedy.advice.hasSuffix(".") && remedy.advice.count > 20)
        }
        #expect(Set(Remedy.allCases.map(\.advice)).count == Remedy.allCases.count)
    }
}
