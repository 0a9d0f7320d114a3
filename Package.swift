// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// Whether oneDNN's headers are there. Debian's package brings neither a pkg-config file nor one for SwiftPM.
let hasOneDNN = ["/usr/include", "/usr/local/include"].contains {
    FileManager.default.fileExists(atPath: $0 + "/oneapi/dnnl/dnnl.h")
}

// No -march: the kernels have a variant for each set of instructions, and the program chooses when it starts.
let kernelSettings: [CSetting] = [
    .unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-fPIC"])
]

/// A library of ours with its tests beside it.
///
/// - Parameters:
///   - resources: Files that the tests read.
///   - embedding: Files of the library that are compiled into it as bytes.
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil,
    testDependencies: [Target.Dependency] = [], settings: [SwiftSetting] = [], embedding: [String] = []
) -> [Target] {
    [
        .target(
            name: name, dependencies: dependencies, resources: embedding.map { .embedInCode($0) },
            swiftSettings: settings),
        .testTarget(
            name: name + "Tests", dependencies: [.byName(name: name)] + dependencies + testDependencies,
            resources: resources ?? [], swiftSettings: settings),
    ]
}

/// All modules, for those that see the options of every kind of ranker: a change of an option's layout must
/// rebuild whoever copies it.
let everything: [Target.Dependency] = [
    "Options", "Tensors", "RankingData", "RankingMetrics", "Rankers", "LookupTables", "DualEncoder",
    "CrossEncoder", "RandomRanker",
    "ReferenceRanker", "LanguageModels", "ProductSearch", "TextSimilarity", "AutoregressiveRanker",
    "Capacity",
]

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")

/// The site's templates, its style and its script.
let siteFiles = [
    "layout.mustache", "index.mustache", "exhibit.mustache", "run.mustache", "queries.mustache", "site.css",
    "site.js",
]

let package = Package(
    name: "RankBridge",
    platforms: [.macOS(.v14)],
    products: [
        .executable(name: "rankbridge", targets: ["rankbridge"]),
        .executable(name: "rankbridge-bench", targets: ["RankBridgeBenchmarks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CRankKernels", cSettings: kernelSettings),
        .executableTarget(
            name: "rankbridge",
            dependencies: everything + [
                "Experiments", "Reports",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "RankBridgeBenchmarks",
            dependencies: everything + [
                "CRankKernels", "Experiments", "Reports",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/RankBridgeBenchmarks"),
        .target(
            name: "TestSupport", dependencies: ["Tensors", "Rankers", "ProductSearch"],
            path: "Tests/TestSupport"),
        .testTarget(
            name: "EndToEndTests",
            dependencies: everything + ["rankbridge", "Experiments", "TestSupport", grdb]),
    ]
        + (hasOneDNN ? [.systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])])] : [])
        + module(
            "Tensors", ["COpenBLAS", "CRankKernels"] + (hasOneDNN ? ["COneDNN"] : []),
            settings: hasOneDNN ? [.define("ONEDNN")] : [])
        + module("Options", [])
        + module("RankingMetrics", resources: [.copy("Fixtures")])
        + module("RankingData", ["Options", "Tensors", "COpenSSL"])
        + module("Rankers", ["Options", "Tensors", "RankingData"])
        + module("LookupTables", ["Options", "Tensors", "RankingData", "Rankers"])
        + module("DualEncoder", ["Options", "Tensors", "RankingData", "Rankers", "LookupTables"])
        + module("CrossEncoder", ["Options", "Tensors", "RankingData", "Rankers", "LookupTables"])
        + module("RandomRanker", ["Options", "Tensors", "RankingData", "Rankers"])
        + module(
            "ReferenceRanker", ["Options", "Tensors", "RankingData", "Rankers"],
            testDependencies: ["RankingMetrics"])
        + module(
            "LanguageModels", ["Tensors", .product(name: "HeapModule", package: "swift-collections")],
            resources: [.copy("Fixtures")], testDependencies: ["TestSupport", "RankingData"])
        + module(
            "ProductSearch", ["Options", "Tensors", "RankingData", "LanguageModels"],
            resources: [.copy("Fixtures")], testDependencies: ["TestSupport"])
        + module(
            "TextSimilarity", ["Options", "Tensors", "RankingData", "Rankers"],
            testDependencies: ["TestSupport"])
        + module(
            "AutoregressiveRanker", ["Options", "Tensors", "RankingData", "Rankers", "LanguageModels"],
            testDependencies: ["TestSupport"])
        + module("Capacity", ["Options", "Tensors", "LanguageModels"])
        + module(
            "Experiments",
            everything + [
                "CZlib", grdb, .product(name: "Yams", package: "Yams"),
            ], resources: [.copy("Fixtures")], testDependencies: ["TestSupport"])
        + module(
            "Reports", everything + ["Experiments", .product(name: "Mustache", package: "swift-mustache")],
            testDependencies: [grdb], embedding: siteFiles.map { "Site/Templates/" + $0 })
)
