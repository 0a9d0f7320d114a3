import Foundation
import GRDB
import RankingMetrics
import Testing

@testable import Experiments
@testable import Reports

/// A results.db in a temporary folder, filled by hand.
struct ResultsFixture {
    let database: ResultsDatabase
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("reports-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("experiments/paper"), withIntermediateDirectories: true)
        database = try ResultsDatabase(results: folder.appendingPathComponent("results"))
    }

    /// A run's id must have the length of a SHA-256.
    static func id(_ short: String) -> String { short + String(repeating: ".", count: 64 - short.count) }

    /// What one run measured: a metric's name as in the tables, its value, and its interval if any.
    struct Measured {
        var name: String
        var value: Double
        var low: Double?
        var high: Double?
        /// Empty for the run's own score.
        var score: String

        init(
            _ name: String, _ value: Double, _ low: Double? = nil, _ high: Double? = nil, score: String = ""
        ) {
            (self.name, self.value, self.low, self.high, self.score) = (name, value, low, high, score)
        }
    }

    /// A run in a sweep; a run that exists already is only added to the sweep.
    func add(
        _ row: String, to sweep: String, scale: String = "quick", panel: String = "", id: String? = nil,
        seed: Int = 1, model: String = "autoregressive", state: String = "finished",
        configuration: String? = nil, steps: Int = 1800, _ metrics: [Measured] = [],
        perQuery: [String: [Double]] = [:]
    ) throws {
        let plain = #"{"schema": 1, "model": "\#(model)", "seed": \#(seed)}"#
        let id = ResultsFixture.id(id ?? "\(sweep)\(panel)-\(row)-\(scale)-\(seed)")
        try database.transact { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO sweep (name, scale, spec, created) VALUES (?, ?, '', '')",
                arguments: [sweep, scale])
            let known = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE id = ?)", arguments: [id])
            let position = try Int.fetchOne(database, sql: "SELECT count(*) FROM sweep_run")
            if known != true {
                try database.execute(
                    sql: """
                        INSERT INTO run (id, model, state, seed, configuration, data_fingerprint, steps,
                            training_queries, training_points, evaluation_queries, lease_owner)
                        VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, 5000, ?)
                        """,
                    arguments: [
                        id, model, state, seed, configuration ?? plain, steps, steps * 64, steps * 550,
                        state == "running" ? "someone" : nil,
                    ])
                try insert(metrics, perQuery, run: id, into: database)
            }
            try database.execute(
                sql: """
                    INSERT INTO sweep_run (sweep, scale, panel, row, position, seed, run)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [sweep, scale, panel, row, row.hasPrefix("base") ? -1 : position, seed, id])
        }
    }

    private func insert(
        _ metrics: [Measured], _ perQuery: [String: [Double]], run: String, into database: Database
    ) throws {
        for measured in metrics {
            let metric = try #require(Metric(measured.name))
            try database.execute(
                sql: """
                    INSERT INTO metric (run, split, metric, k, score, value, low, high, n)
                    VALUES (?, 'evaluation', ?, ?, ?, ?, ?, ?, 5000)
                    """,
                arguments: [
                    run, metric.name, metric.cutoff, measured.score, measured.value, measured.low,
                    measured.high,
                ])
        }
        for (name, values) in perQuery {
            let metric = try #require(Metric(name))
            for (query, value) in values.enumerated() {
                try database.execute(
                    sql: """
                        INSERT INTO query_value (run, split, query, metric, k, value)
                        SELECT number, 'evaluation', ?, ?, ?, ? FROM run WHERE id = ?
                        """, arguments: ["query\(query).n.01", metric.name, metric.cutoff, value, run])
            }
        }
    }

    /// Gives runs, by the beginnings of their ids, orders of a query, and the query its documents.
    func addOrders(
        _ orders: [(run: String, order: String)], of query: String, _ list: GoldList, data: String = "",
        prompt: String? = nil
    ) throws {
        try database.transact { database in
            try ResultsDatabase.insert(database, list, of: query, split: "evaluation", data: data)
            for (run, order) in orders {
                let id = ResultsFixture.id(run)
                try ResultsDatabase.insert(
                    database, [(query, order)], split: "evaluation", score: "", run: id)
                try database.execute(
                    sql: "UPDATE run SET data_fingerprint = ?, example_prompt = ? WHERE id = ?",
                    arguments: [data, prompt, id])
            }
        }
    }

    /// An autoregressive run's configuration with this loss.
    static func configuration(
        lambda: String, alpha: Double = 2, targets: String = "onehot", beta: Double = 2, width: Int = 128
    ) -> String {
        """
        {"schema": 1, "model": "autoregressive", "seed": 1, "data": {"protocol": "heldOut"}, "autoregressive": {
        "decoder": {"vocabulary": 2048, "width": \(width), "layers": 3, "heads": 4, "keyValueHeads": 2,
        "headDimension": 32, "feedForward": 320, "rotaryBase": 10000, "normEpsilon": 1e-5, "tiedHead": true},
        "queriesPerBatch": 64,
        "loss": {"lambda": "\(lambda)", "alpha": \(alpha), "targets": "\(targets)", "beta": \(beta)}}}
        """
    }

    func paperTable(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent("experiments/paper/\(name).csv"))
    }

    func writer(gnuplot: Gnuplot = Gnuplot()) -> ReportWriter {
        ReportWriter(
            database: database, output: folder.appendingPathComponent("results"),
            experiments: folder.appendingPathComponent("experiments"), gnuplot: gnuplot)
    }

    func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent("results/\(path)"), encoding: .utf8)
    }

    func read<Value>(_ body: (ResultsReader) throws -> Value) throws -> Value {
        try database.snapshot { try body(ResultsReader(snapshot: $0)) }
    }
}
