import Foundation
import GRDB

@testable import Experiments

/// A results folder of its own for one test, with a sweep of two dual encoders entered.
struct TemporaryResults {
    let folder: ResultsFolder
    let database: ResultsDatabase
    let points: [SweepPoint]
    let plan: SweepPlan

    static let spec = "{name: s, model: dual-encoder, settings: {steps: 5}, grid: {dimension: [4, 8]}}"

    init(_ text: String = Self.spec) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-\(UUID().uuidString)")
        folder = ResultsFolder(root)
        database = try ResultsDatabase(results: root)
        let spec = try ExperimentSpec(text: text, file: "spec.yaml")
        points = try spec.points(scale: "quick")
        plan = try database.enter(spec, scale: "quick", points: points)
    }

    func claim(_ lease: RunLease) throws -> RunRecord? {
        try database.claim(plan, lease: lease)
    }

    /// Gives a run orders by two scores, of queries with three documents and a negative, and a prompt.
    func addOrders(_ id: String, queries: [String] = ["deer.n.01", "elk.n.01"]) throws {
        let data = points[0].configuration.dataFingerprint
        try database.transact { database in
            for (place, query) in queries.enumerated() {
                for (score, order) in [("", place % 3 == 0 ? "1 2=3 -1" : "-1 2 1 3"), ("sum", "1 2 3 -1")] {
                    try ResultsDatabase.insert(
                        database, [(query, order)], split: "evaluation", score: score, run: id)
                }
                let list = GoldList(
                    relevant: ["ruminant", "mammal", "animal"].map { "\($0) of \(query)" },
                    negatives: ["stone"])
                try ResultsDatabase.insert(database, list, of: query, split: "evaluation", data: data)
            }
            try database.execute(
                sql: "UPDATE run SET example_prompt = 'deer <documents> mammal <answer>' WHERE id = ?",
                arguments: [id])
        }
    }

    func state(_ id: String) throws -> RunRecord.State { try database.run(id).state }

    func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try database.transact { try $0.execute(sql: sql, arguments: arguments) }
    }

    /// Enters a run that stands in no sweep.
    ///
    /// - Returns: Its id.
    func addedRun() throws -> String {
        var configuration = points[0].configuration
        configuration.seed = 1_000
        try database.transact { try ResultsDatabase.insertRun($0, configuration) }
        return configuration.identity
    }

    /// Makes a run finished, with one metric and a curve of two points.
    func finish(_ id: String) throws {
        try execute(
            "UPDATE run SET state = 'finished', lease_owner = NULL, lease_expires = NULL WHERE id = ?", [id])
        try execute(
            "INSERT INTO metric (run, split, metric, k, value, low, high, n) VALUES (?, 'evaluation', 'R', 1, 0.5, 0.4, 0.6, 10)",
            [id])
        try execute("INSERT INTO curve VALUES (?, 1, 'loss', 3.25), (?, 5, 'loss', 1.0625)", [id, id])
    }
}
