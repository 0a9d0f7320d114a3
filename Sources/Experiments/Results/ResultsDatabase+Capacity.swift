import Capacity
import Foundation
import GRDB
import Options
import Tensors

extension ResultsDatabase {
    static let capacityTable = """
        CREATE TABLE capacity (
            experiment TEXT NOT NULL, variant TEXT NOT NULL, documents INTEGER NOT NULL,
            dimension INTEGER NOT NULL, seed INTEGER NOT NULL, budget TEXT NOT NULL,
            orders INTEGER NOT NULL, right_orders INTEGER NOT NULL,
            reachable INTEGER, unreachable INTEGER, unknown INTEGER,
            PRIMARY KEY (experiment, variant, documents, dimension, seed, budget),
            CHECK (right_orders BETWEEN 0 AND orders)) WITHOUT ROWID;
        """

    /// Keeps measurements, all or none; a cell that has been measured stays as it is.
    ///
    /// - Returns: How many were new.
    @discardableResult
    public func record(_ measurements: [CapacityMeasurement]) throws -> Int {
        try transact { database in
            // A row that is ignored is no change, so the difference counts those that are new.
            let before = database.totalChangesCount
            for measurement in measurements {
                let (cell, certified) = (measurement.cell, measurement.certified)
                try database.execute(
                    sql: "INSERT OR IGNORE INTO capacity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        cell.experiment.rawValue, cell.variant, cell.documents, cell.dimension, cell.seed,
                        cell.budget, measurement.orders, measurement.right, certified?.reachable,
                        certified?.unreachable, certified?.unknown,
                    ])
            }
            return database.totalChangesCount - before
        }
    }
}

extension ResultsSnapshot {
    /// All measurements of the capacity lab, by cell; those of experiments that this version does not know are left out.
    public func capacity() throws -> [CapacityMeasurement] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM capacity ORDER BY experiment, variant, documents, dimension, seed, budget"
        ).compactMap { try CapacityMeasurement($0) }
    }
}

extension CapacityMeasurement {
    /// Nil for an experiment that this version does not know.
    fileprivate init?(_ row: Row) throws {
        guard let experiment = CapacityCell.Experiment(rawValue: try row.checked("experiment")) else {
            return nil
        }
        let cell = CapacityCell(
            experiment, variant: try row.checked("variant"), documents: try row.checked("documents"),
            dimension: try row.checked("dimension"), seed: try row.checked("seed"),
            budget: try row.checked("budget"))
        let certified = try (row.checked("reachable") as Int?).map {
            OrderCertifier.Tally(
                reachable: $0, unreachable: try row.checked("unreachable") ?? 0,
                unknown: try row.checked("unknown") ?? 0)
        }
        self.init(
            cell, orders: try row.checked("orders"), right: try row.checked("right_orders"),
            certified: certified)
    }
}

// MARK: Published

extension ResultsFolder {
    /// The capacity lab's measurements in a form small enough to commit.
    public var publishedCapacity: URL { published.appendingPathComponent("capacity.jsonl") }
}

extension ResultsDatabase {
    /// Writes all measurements of the capacity lab to `file`, one a line as JSON.
    ///
    /// Equal measurements give equal bytes; the file is replaced whole.
    public func exportCapacity(to file: URL) throws -> Int {
        let measurements = try snapshot { try $0.capacity() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = Data()
        for measurement in measurements {
            text.append(try encoder.encode(measurement))
            text.append(0x0a)
        }
        try FileFailure.naming(file) {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        }
        try OutputFile(file.path).write(Array(text))
        return measurements.count
    }

    /// Takes in a file that `exportCapacity` wrote, all or nothing.
    ///
    /// - Returns: How many measurements were new.
    /// - Throws: `InputError`; `ResultsError.malformedExport` at the first line that holds no measurement, or one with
    ///   numbers that none has.
    public func importCapacity(from file: URL) throws -> Int {
        try record(Self.publishedCapacity(in: file))
    }

    static func publishedCapacity(in file: URL) throws -> [CapacityMeasurement] {
        var measurements: [CapacityMeasurement] = []
        for line in try InputFile(file.path).lines where !line.isBlank {
            do {
                let measurement = try JSONDecoder().decode(
                    CapacityMeasurement.self, from: Data(line.bytes))
                // Reports compute with these numbers, where impossible ones would end the program.
                try measurement.validate()
                measurements.append(measurement)
            } catch {
                throw ResultsError.malformedExport(
                    file: file.path, line: line.number, reason: "\(error)")
            }
        }
        return measurements
    }
}
