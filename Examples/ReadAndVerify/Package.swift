// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "ReadAndVerify",
    dependencies: [.package(name: "swift-emrtd", path: "../..")],
    targets: [
        .executableTarget(
            name: "ReadAndVerify",
            dependencies: [
                .product(name: "EMRTD", package: "swift-emrtd"),
                .product(name: "EMRTDPCSC", package: "swift-emrtd"),
                .product(name: "EMRTDSimulator", package: "swift-emrtd"),
            ])
    ]
)
