// swift-tools-version:6.2
import PackageDescription

/// A package of its own, so that nobody who uses the library gets the tools for measuring. The traits of the benchmark
/// package are off: its malloc counts then read 0 and say nothing.
let package = Package(
    name: "emrtd-benchmarks",
    dependencies: [
        .package(name: "swift-emrtd", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CLibcrypto", path: "Benchmarks/CLibcrypto", pkgConfig: "libcrypto"),
        .target(name: "CPeer", dependencies: ["CLibcrypto"], path: "Benchmarks/CPeer"),
        .executableTarget(
            name: "EMRTDBenchmarks",
            dependencies: [
                "CPeer",
                .product(name: "EMRTD", package: "swift-emrtd"),
                .product(name: "EMRTDSimulator", package: "swift-emrtd"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/EMRTDBenchmarks",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
