import Foundation
import GRDB
import Options
import Tensors

/// A finished run as one line of JSON: what a reader needs to query it without training.
public struct PublishedRun: Codable, Sendable, Equatable {
    /// The run's id, the SHA-256 of `configuration`.
    public var id: String
    /// The run's options as canonical JSON, in the text that the id is the hash of.
    public var configuration: String
    /// Where the run stands in sweeps.
    public var memberships: [Membership]
    /// The means of all metrics; at least one.
    public var metrics: [MeasuredMetric]
    /// Values of the run while it trained.
    public var curves: [MeasuredCurve]
    /// Queries trained on, counted each time that they were seen; nil where that is not known.
    public var trainingQueries: Int?
    /// (query, document) points trained on, likewise.
    public var trainingPoints: Int?
    /// Queries evaluated; nil where that is not known.
    public var evaluationQueries: Int?
    /// Where the run was made; nil where that is not known.
    public var environment: RunEnvironment?
    /// When the run was first begun (UTC, ISO 8601); nil where that is not known.
    public var started: String?
    /// When the run finished (UTC, ISO 8601); nil where that is not known.
    public var ended: String?
    /// Wall time of all attempts together, in seconds.
    public var wallSeconds: Double
    /// Processor time of all attempts together, in seconds.
    public var cpuSeconds: Double
    /// The most memory that the run's process held; nil where that is not known.
    public var peakMemoryBytes: Int?
    /// The queries that `queryValues` are of, a JSON array of names under zlib; nil: those of the run above in its file.
    public var queryNames: Data?
    /// Metrics of each query; nil where the run keeps none, as runs from before they were published.
    public var queryValues: [PublishedQueryValues]?
    /// The documents a query of the run's data; nil: what the file's first run on these data says, or nothing, as in files from
    /// before it was published.
    public var documentCounts: [PublishedDocumentCounts]?
    /// The prompt of the split's first query as the model reads it; nil for a model that is asked by none.
    public var examplePrompt: String?
    /// The queries that `queryOrders` and `goldLists` are of, as `queryNames`.
    public var orderQueries: Data?
    /// The predicted orders of these queries; nil where the run keeps none, as runs from before orders were kept.
    public var queryOrders: [PublishedQueryOrders]?
    /// The documents of these queries, said once for each split of the file's data.
    public var goldLists: [PublishedGoldLists]?
}

extension ResultsDatabase {
    /// Writes the sweep's finished runs to `file`, one a line, in the order of running.
    ///
    /// Equal databases give equal bytes; the file is replaced whole.
    /// - Parameter only: The ids of the runs that are wanted; nil: all.
    /// - Returns: How many they are.
    @discardableResult
    public func export(sweep: String, scale: String, only: Set<String>? = nil, to file: URL) throws -> Int {
        let finished = try runs(sweep: sweep, scale: scale).filter {
            $0.state == .finished && (only?.contains($0.id) ?? true)
        }
        guard !finished.isEmpty else { throw ResultsError.nothingToExport(sweep: sweep, scale: scale) }
        let encoder = JSONEncoder()
        // Without sorted keys equal runs would not always give equal bytes.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = Data()
        var (names, orderQueries): (Data?, Data?)
        var described: Set<String> = []
        for run in finished {
            var published = try published(run.id)
            // Runs of a sweep mostly have the same queries: their names stand once, with the first.
            if published.queryNames == names {
                published.queryNames = nil
            } else {
                // A run that keeps no values by query names none, and those after it still refer to the last that were
                // named.
                names = published.queryNames ?? names
            }
            let data = try RunConfiguration(canonicalJSON: published.configuration).dataFingerprint
            if !described.insert(data).inserted { published.documentCounts = nil }
            if published.orderQueries == orderQueries {
                published.orderQueries = nil
            } else {
                orderQueries = published.orderQueries ?? orderQueries
            }
            let lists = published.goldLists?.filter { described.insert("\(data) \($0.split)").inserted }
            published.goldLists = lists?.isEmpty == false ? lists : nil
            text.append(try encoder.encode(published))
            text.append(0x0a)
        }
        try FileFailure.naming(file) {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        }
        try OutputFile(file.path).write(Array(text))
        return finished.count
    }

    private func published(_ id: String) throws -> PublishedRun {
        let memberships = try memberships(of: id)
        return try snapshot { snapshot in
            guard
                let run = try Row.fetchOne(
                    snapshot.database, sql: "SELECT * FROM run WHERE id = ?", arguments: [id])
            else { throw ResultsError.unknownRun(id) }
            // Scores from another machine have the commit that evaluated them, and no machine of ours.
            let known = try (run.checked("host") ?? run.checked("commit_hash")) as String?
            let environment = try known.map { _ in
                RunEnvironment(
                    commit: try run.checked("commit_hash"), dirty: try run.checked("dirty"),
                    host: try run.checked("host") ?? "unknown",
                    cpu: try run.checked("cpu") ?? "", threads: try run.checked("threads") ?? 0,
                    blas: try run.checked("blas") ?? "",
                    precision: try run.checked("precision"))
            }
            let (names, values) = try snapshot.publishedQueryValues(of: id)
            let counts = try snapshot.publishedDocumentCounts(data: run.checked("data_fingerprint"))
            let ordered = try snapshot.publishedOrders(of: id)
            return PublishedRun(
                id: id, configuration: try run.checked("configuration"), memberships: memberships,
                metrics: try snapshot.metrics(of: id), curves: try snapshot.curves(of: id),
                trainingQueries: try run.checked("training_queries"),
                trainingPoints: try run.checked("training_points"),
                evaluationQueries: try run.checked("evaluation_queries"), environment: environment,
                started: try run.checked("started"), ended: try run.checked("ended"),
                wallSeconds: try run.checked("wall_seconds"),
                cpuSeconds: try run.checked("cpu_seconds"),
                peakMemoryBytes: try run.checked("peak_memory_bytes"),
                queryNames: try Self.packed(names),
                queryValues: names.isEmpty ? nil : values, documentCounts: counts.isEmpty ? nil : counts,
                examplePrompt: try run.checked("example_prompt"),
                orderQueries: try Self.packed(ordered.names),
                queryOrders: ordered.orders.isEmpty ? nil : ordered.orders,
                goldLists: ordered.lists.isEmpty ? nil : ordered.lists)
        }
    }

    /// Names as a published run has them; nil for none.
    private static func packed(_ names: [String]) throws -> Data? {
        try names.isEmpty ? nil : Zlib.compressed(JSONEncoder().encode(names))
    }

    /// Takes in a file of published runs, all or none; runs that are finished here already stay as they are, and a row of a
    /// sweep in which one stands that was trained here takes in no other but of its options with another seed.
    ///
    /// - Returns: How many runs were new.
    public func importRuns(from file: URL) throws -> Int {
        var runs: [PublishedRun] = []
        var (queries, ordered): ([String: [String]], [String: [String]]) = ([:], [:])
        var (names, orderNames): ([String]?, [String]?)
        for line in try InputFile(file.path).lines where !line.isBlank {
            do {
                _ = try line.text()
                let run = try JSONDecoder().decode(PublishedRun.self, from: Data(line.bytes))
                try PublishedRun.check(run)
                if let packed = run.queryNames {
                    names = try JSONDecoder().decode([String].self, from: Zlib.expanded(packed))
                }
                try run.checkQueryValues(names)
                for counts in run.documentCounts ?? [] { try counts.check() }
                orderNames = try run.orderNames(above: orderNames)
                try run.checkQueryOrders(orderNames)
                (queries[run.id], ordered[run.id]) = (names, orderNames)
                runs.append(run)
            } catch {
                throw ResultsError.malformedExport(file: file.path, line: line.number, reason: "\(error)")
            }
        }
        // A run of an earlier schema starts from a base of that schema, which has another id than its options give now.
        let configured = try runs.map { ($0, try RunConfiguration(canonicalJSON: $0.configuration)) }
        let ids = Dictionary(configured.map { ($1, $0.id) }) { first, _ in first }
        // A row of the table may refer only to rows that are there.
        let basesFirst = configured.filter { $1.baseRun == nil } + configured.filter { $1.baseRun != nil }
        return try transact { database in
            var new = 0
            let rows = SweepRows(database)
            var placed: Set<[String]> = []
            for (run, configuration) in basesFirst {
                let base = configuration.baseRun
                // A base that the file does not have is entered as pending, since a run's base must be a run.
                if let base, ids[base] == nil { try Self.insertRun(database, base) }
                let baseID = base.map { ids[$0] ?? $0.identity }
                let (data, orderNames) = (configuration.dataFingerprint, ordered[run.id] ?? [])
                try Self.insert(database, run.documentCounts ?? [], data: data)
                try Self.insert(database, run.goldLists ?? [], names: orderNames, data: data)
                try Self.insert(database, run, configuration, base: baseID)
                let isNew = try Self.fillIfOpen(database, run)
                // Only then is it known how many points it was trained on.
                try Self.place(run, from: file, after: &placed, rows, database)
                guard isNew else {
                    continue
                }
                try Self.insert(
                    database, run.queryValues ?? [], names: queries[run.id] ?? [], run: run.id)
                try Self.insert(database, run.queryOrders ?? [], names: orderNames, run: run.id)
                new += 1
            }
            return new
        }
    }

    private static func insert(
        _ database: Database, _ run: PublishedRun, _ configuration: RunConfiguration, base: String?
    ) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO run (id, model, state, seed, configuration, data_fingerprint, base_run, steps)
                VALUES (?, ?, 'pending', ?, ?, ?, ?, ?)
                """,
            arguments: [
                run.id, configuration.model.rawValue, Int64(bitPattern: configuration.seed),
                run.configuration,
                configuration.dataFingerprint, base, configuration.steps,
            ])
    }

    /// Puts a run where its file says that it stood, unless other runs have the row.
    ///
    /// Those are runs that were trained here, those that the file itself has put there before, and where the file is another sweep's, any:
    /// a run that several sweeps share is in the file of each, and what one of them says of another's rows is older where the other
    /// has been published again.
    private static func place(
        _ run: PublishedRun, from file: URL, after placed: inout Set<[String]>, _ rows: SweepRows,
        _ database: Database
    ) throws {
        for place in run.memberships {
            try database.execute(
                sql: "INSERT OR IGNORE INTO sweep (name, scale, spec, created) VALUES (?, ?, '', ?)",
                arguments: [place.sweep, place.scale, timestamp()])
            let isOwnFile = file.lastPathComponent == "\(place.sweep)-\(place.scale).jsonl"
            let strangers = try rows.strangers(to: run.id, at: place)
            let row = [place.sweep, place.scale, place.panel, place.row]
            let isTaken = strangers.contains {
                $0.isBegun && ($0.isOwn || !isOwnFile || placed.contains(row + [$0.id]))
            }
            if isTaken {
                // It may have come into the row before this was asked.
                try rows.remove([run.id], at: place)
            } else {
                try rows.remove(strangers.map(\.id), at: place)
                try insertMembership(database, run: run.id, place)
                placed.insert(row + [run.id])
            }
        }
    }

    /// Gives a run that is not finished here the published results.
    ///
    /// - Returns: Whether it was none.
    private static func fillIfOpen(_ database: Database, _ run: PublishedRun) throws -> Bool {
        let state = try String.fetchOne(
            database, sql: "SELECT state FROM run WHERE id = ?", arguments: [run.id])
        guard state == "pending" || state == "failed" else { return false }
        try fill(database, run)
        return true
    }

    private static func fill(_ database: Database, _ run: PublishedRun) throws {
        try database.execute(
            sql: """
                UPDATE run SET state = 'finished', imported = 1, error = NULL, failed_step = NULL, training_queries = ?,
                    training_points = ?, evaluation_queries = ?, commit_hash = ?, dirty = ?, host = ?, cpu = ?,
                    threads = ?, blas = ?, precision = ?, started = ?, ended = ?, wall_seconds = ?, cpu_seconds = ?,
                    peak_memory_bytes = ?, example_prompt = ? WHERE id = ?
                """,
            arguments: [
                run.trainingQueries, run.trainingPoints, run.evaluationQueries, run.environment?.commit,
                run.environment?.dirty, run.environment?.host, run.environment?.cpu, run.environment?.threads,
                run.environment?.blas, run.environment?.precision, run.started, run.ended, run.wallSeconds,
                run.cpuSeconds, run.peakMemoryBytes, run.examplePrompt, run.id,
            ])
        // A run that failed here may have a curve, which is not part of the published one.
        try deleteMeasurements(database, run: run.id)
        try insert(database, run.metrics, run: run.id)
        for curve in run.curves {
            let points = zip(curve.steps, curve.values).map {
                CurvePoint(step: $0, name: curve.name, value: $1)
            }
            try insert(database, points, run: run.id)
        }
    }
}
