import Foundation
import RankingData
import Tensors

@testable import Experiments

/// A results folder with imported data, a binary tree of 40 names, on which a sweep's runs take milliseconds.
struct SmallData {
    let results: TemporaryResults
    let inputs: InputLibrary
    let plan: SweepPlan

    /// - Parameters:
    ///   - settings: The kind of ranker and its options in YAML, `model: random` for example.
    ///   - seeds: The seeds of the sweep's runs.
    init(_ settings: String, seeds: ClosedRange<Int> = 1...1) throws {
        results = try TemporaryResults()
        let names = (0..<40).map { "\"n\($0)\"" }.joined(separator: ",")
        let parents = (0..<40).map { $0 == 0 ? "[]" : "[\(($0 - 1) / 2)]" }.joined(separator: ",")
        let tree = try JSONDecoder().decode(
            Taxonomy.self, from: Data("{\"names\": [\(names)], \"parents\": [\(parents)]}".utf8))
        try ImportedData.write(tree, as: "tree", in: results.folder)
        inputs = InputLibrary(
            wordNetFolder: "", folder: results.folder, models: ModelStore(results.folder.root))
        let spec = try ExperimentSpec(
            text: """
                name: small
                \(settings)
                settings: {data: {source: tree, evaluationQueries: 8, developmentQueries: 2, protocol: all}}
                """, file: "small.yaml")
        let list = seeds.map(String.init).joined(separator: ",")
        let points = try spec.points(scale: "quick", overrides: ["seed=\(list)"]).map(inputs.resolve)
        plan = try results.database.enter(spec, scale: "quick", points: points)
    }

    var database: ResultsDatabase { results.database }
    var folder: ResultsFolder { results.folder }

    /// Claims the next run.
    ///
    /// - Returns: The run, and an executor under the same lease.
    func claimed(leaseRenewal: Double = RunLease.renewal) throws -> (run: RunRecord, executor: RunExecutor)? {
        let lease = RunLease()
        return try database.claim(plan, lease: lease).map {
            ($0, executor(lease, leaseRenewal: leaseRenewal))
        }
    }

    /// An executor whose checkpoints are those of the last step alone.
    func executor(
        _ lease: RunLease = RunLease(), leaseRenewal: Double = RunLease.renewal,
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) -> RunExecutor {
        RunExecutor(
            database: database, folder: folder, inputs: inputs, workers: WorkerPool(threads: 1),
            environment: .current(threads: 1), lease: lease, checkpointInterval: 1e6, shouldStop: shouldStop,
            leaseRenewal: leaseRenewal)
    }

    /// Scores and losses of a run as another machine sends them.
    func imported(_ run: RunRecord, points: Int) throws -> ImportedScores {
        let count = try inputs.task(of: run).evaluation.reduce(0) { $0 + $1.candidates.count }
        let file = folder.root.appendingPathComponent("scores.safetensors")
        let losses = (0..<run.configuration.steps).map { 1 / Float($0 + 1) }
        try TensorArchive(
            tensors: [
                "scores": .init(shape: [count], values: (0..<count).map(Float.init)),
                "losses": .init(shape: [losses.count], values: losses),
            ], metadata: ["run": run.id, "points": "\(points)"]
        ).write(to: file)
        return try ImportedScores(contentsOf: file)
    }

    /// Makes every statement fail that sets a column of a run to a value, as a process does that is killed there.
    func fail(setting column: String, to value: String) throws {
        try results.execute(
            """
            CREATE TRIGGER killed BEFORE UPDATE OF \(column) ON run WHEN NEW.\(column) = \(value)
            BEGIN SELECT RAISE(ABORT, 'killed'); END
            """)
    }
}
