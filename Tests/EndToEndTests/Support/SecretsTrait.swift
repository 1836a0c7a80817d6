import EMRTDCrypto
import Foundation
import Testing

/// Expects after each test that no secret is left in C memory besides those of the documents that are kept.
///
/// The counter is one for the whole process, so it says something only where nothing runs beside the test:
/// `EMRTD_COUNT_SECRETS=1 swift test --no-parallel --filter EndToEndTests`. Otherwise the trait does nothing.
struct SecretsTrait: SuiteTrait, TestTrait, TestScoping {
    static let isOn = ProcessInfo.processInfo.environment["EMRTD_COUNT_SECRETS"] == "1"

    var isRecursive: Bool { true }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> SecretsTrait? {
        Self.isOn && testCase != nil ? self : nil
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        // Documents that several tests share are made once and hold keys.
        try TestDocuments.makeAll()
        _ = Self.announcement
        let left = try await Self.secretsLeft(after: function)
        #expect(left == 0, "\(left) secrets are left after \(test.name)")
    }

    /// How many more secrets there are after `body` than before.
    static func secretsLeft(after body: @concurrent @Sendable () async throws -> Void) async throws -> Int {
        let before = SecretBytes.alive
        try await body()
        // A cancelled task may take a moment to let go of what it holds.
        for _ in 0..<100 where SecretBytes.alive != before { try await Task.sleep(for: .milliseconds(10)) }
        return SecretBytes.alive - before
    }

    /// Said once, so that `Scripts/test` sees that the counting was on.
    private static let announcement: Void = print("Secrets are counted after each test.")
}

extension Trait where Self == SecretsTrait {
    /// See ``SecretsTrait``.
    static var leavesNoSecrets: SecretsTrait { SecretsTrait() }
}
