// swift-tools-version:6.2
import PackageDescription

/// Set EMRTD_WARNINGS_AS_ERRORS=1 (as `.ci/run` does) to make every compiler warning in this package an error.
let warningsAreErrors = Context.environment["EMRTD_WARNINGS_AS_ERRORS"] == "1"

let swift: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

let c: [CSetting] =
    [
        .unsafeFlags(["-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion"])
    ].filter { _ in warningsAreErrors } + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swift)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: ["EMRTDTestSupport"] + dependencies, swiftSettings: swift)
}

let package = Package(
    name: "swift-emrtd",
    products: [
        .library(name: "EMRTD", targets: ["EMRTD"]),
        .library(name: "EMRTDPCSC", targets: ["EMRTDPCSC"]),
        .library(name: "EMRTDSimulator", targets: ["EMRTDSimulator"]),
        .library(name: "VietnamID", targets: ["VietnamID"]),
        .executable(name: "emrtd", targets: ["emrtd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPCSC", pkgConfig: "libpcsclite", providers: [.apt(["libpcsclite-dev"])]),

        // The C seam and everything above it. Imports only go down (docs/architecture.md).
        .target(name: "CEMRTDCrypto", dependencies: ["COpenSSL"], cSettings: c),
        library("EMRTDCrypto", ["CEMRTDCrypto"]),
        library("ISO7816", []),
        library("LDS", ["ISO7816"]),
        library("EMRTDTrust", ["EMRTDCrypto", "ISO7816", "LDS"]),
        library("EMRTDProtocol", ["EMRTDCrypto", "EMRTDTrust", "ISO7816", "LDS"]),
        library("EMRTD", ["EMRTDCrypto", "EMRTDProtocol", "EMRTDTrust", "ISO7816", "LDS"]),
        library("EMRTDPCSC", ["CPCSC", "ISO7816"]),
        library("EMRTDSimulator", ["EMRTDCrypto", "EMRTDProtocol", "EMRTDTrust", "ISO7816", "LDS"]),
        library("VietnamID", ["ISO7816", "LDS"]),
        .executableTarget(
            name: "emrtd",
            dependencies: [
                "EMRTD", "EMRTDCrypto", "EMRTDPCSC", "EMRTDProtocol", "EMRTDSimulator", "EMRTDTrust", "ISO7816", "LDS",
                "VietnamID",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swift),

        // Tests.
        .target(
            name: "EMRTDTestSupport", dependencies: ["CAllocationFailures"], path: "Tests/EMRTDTestSupport",
            swiftSettings: swift),
        .target(
            name: "CAllocationFailures", dependencies: ["COpenSSL"], path: "Tests/CAllocationFailures", cSettings: c),
        tests("ISO7816Tests", ["ISO7816"]),
        tests("EMRTDCryptoTests", ["EMRTDCrypto"]),
        tests("LDSTests", ["LDS", "ISO7816"]),
        tests(
            "EMRTDTrustTests",
            [
                "EMRTDSimulator", "EMRTDTrust", "EMRTDCrypto", "ISO7816", "LDS",
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ]),
        tests("EMRTDProtocolTests", ["EMRTDProtocol", "EMRTDTrust", "EMRTDCrypto", "ISO7816", "LDS"]),
        tests(
            "EMRTDSimulatorTests", ["EMRTDSimulator", "EMRTDTrust", "EMRTDProtocol", "EMRTDCrypto", "ISO7816", "LDS"]),
        tests("VietnamIDTests", ["VietnamID", "ISO7816", "LDS"]),
        tests("VectorTests", ["EMRTDProtocol", "EMRTDTrust", "EMRTDCrypto", "ISO7816", "LDS"]),
        tests(
            "EMRTDTests", ["EMRTD", "EMRTDSimulator", "EMRTDTrust", "EMRTDProtocol", "EMRTDCrypto", "ISO7816", "LDS"]),
        tests(
            "EndToEndTests",
            ["EMRTD", "EMRTDSimulator", "EMRTDTrust", "EMRTDProtocol", "EMRTDCrypto", "ISO7816", "LDS", "VietnamID"]),
        tests("PCSCTests", ["emrtd", "EMRTDCrypto", "EMRTDPCSC", "EMRTDProtocol", "EMRTDSimulator", "ISO7816", "LDS"]),
        tests("CLITests", []),
    ]
)
