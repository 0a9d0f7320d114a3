import CZlib
import Foundation
import GRDB

/// A metric of each query of a published run, small enough to commit: 5,000 queries take about a kilobyte.
public struct PublishedQueryValues: Codable, Sendable, Equatable {
    /// The split that was evaluated: `evaluation` or `development`.
    public var split: String
    /// The metric's name without its cutoff, which is `k`, 0 for none.
    public var metric: String
    /// The cutoff, or 0 for a metric without one.
    public var k: Int
    /// As in `MeasuredMetric`.
    public var score: String?
    /// The different values and, for each query of the run's list, which of them it has: see `Codes`.
    public var values: Data
}

extension PublishedQueryValues {
    /// What can be wrong with a published run's values.
    enum Fault: Error, CustomStringConvertible {
        case damaged
        case tooLarge(bytes: Int, most: Int)
        case wrongCount(values: Int, queries: Int)
        case noNames

        var description: String {
            switch self {
            case .damaged: "its values by query are damaged"
            case .tooLarge(let bytes, let most):
                "what it keeps by query takes \(bytes) bytes, and a published run may have \(most) of a metric"
            case .wrongCount(let values, let queries):
                "it has values of \(values) queries, and names of \(queries)"
            case .noNames: "it has values by query, and neither it nor a run above it names the queries"
            }
        }
    }

    /// Values as numbers of a dictionary, in little-endian bytes under zlib (RFC 1950): how many different values there
    /// are (32 bits), those in growing order (64 bits each), then for each query which it has (16 bits, or 32 where there
    /// are 65,535 different values or more), the largest code for no value.
    ///
    /// - Throws: `Fault.tooLarge` for more than can be read again: some 33 million values, or 5 million different ones.
    static func packed(_ values: [Double?]) throws -> Data {
        let known = Set(values.compactMap { $0 }).sorted()
        var bytes = Data()
        append(UInt32(known.count), to: &bytes)
        for value in known { append(value.bitPattern, to: &bytes) }
        if known.count < Int(UInt16.max) {
            append(values, as: UInt16.self, of: known, to: &bytes)
        } else {
            append(values, as: UInt32.self, of: known, to: &bytes)
        }
        return try Zlib.compressed(bytes)
    }

    private static func append<Code: FixedWidthInteger>(
        _ values: [Double?], as code: Code.Type, of known: [Double], to bytes: inout Data
    ) {
        let place = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, Code($0)) })
        for value in values { append(value.flatMap { place[$0] } ?? Code.max, to: &bytes) }
    }

    /// - Throws: `Fault.damaged` where the bytes are none that `packed` gives.
    static func unpacked(_ data: Data) throws -> [Double?] {
        var bytes = try Zlib.expanded(data)[...]
        let count = Int(try take(UInt32.self, &bytes))
        guard bytes.count >= 8 * count else { throw Fault.damaged }
        let known = try (0..<count).map { _ in Double(bitPattern: try take(UInt64.self, &bytes)) }
        guard known.allSatisfy(\.isFinite) else { throw Fault.damaged }
        return count < Int(UInt16.max)
            ? try values(of: known, by: UInt16.self, in: &bytes)
            : try values(of: known, by: UInt32.self, in: &bytes)
    }

    private static func values<Code: FixedWidthInteger>(
        of known: [Double], by code: Code.Type, in bytes: inout Data.SubSequence
    ) throws -> [Double?] {
        let (count, rest) = bytes.count.quotientAndRemainder(dividingBy: Code.bitWidth / 8)
        guard rest == 0 else { throw Fault.damaged }
        return try (0..<count).map { _ in
            let code = try take(Code.self, &bytes)
            guard code != Code.max else { return nil }
            guard Int(code) < known.count else { throw Fault.damaged }
            return known[Int(code)]
        }
    }

    private static func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout Data) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func take<Number: FixedWidthInteger>(_ type: Number.Type, _ bytes: inout Data) throws
        -> Number
    {
        let width = Number.bitWidth / 8
        guard bytes.count >= width else { throw Fault.damaged }
        var number = Number.zero
        // Byte by byte: a slice of data need not begin where a number may lie in memory.
        for (index, byte) in bytes.prefix(width).enumerated() {
            number |= Number(truncatingIfNeeded: byte) << Number(8 * index)
        }
        bytes = bytes.dropFirst(width)
        return number
    }
}

/// zlib's own format (RFC 1950).
enum Zlib {
    /// Bytes beyond which nothing is expanded: 5,000 queries need 30,000.
    static let most = 1 << 26

    /// - Throws: `PublishedQueryValues.Fault.tooLarge` for what `expanded` would refuse.
    static func compressed(_ data: Data) throws -> Data {
        guard data.count <= most else {
            throw PublishedQueryValues.Fault.tooLarge(bytes: data.count, most: most)
        }
        var length = compressBound(uLong(data.count))
        var result = Data(count: Int(length))
        let status = result.withUnsafeMutableBytes { target in
            data.withUnsafeBytes { source in
                compress2(
                    target.bindMemory(to: UInt8.self).baseAddress, &length,
                    source.bindMemory(to: UInt8.self).baseAddress, uLong(source.count), Z_BEST_COMPRESSION)
            }
        }
        guard status == Z_OK else { throw PublishedQueryValues.Fault.damaged }
        return result.prefix(Int(length))
    }

    /// - Throws: `PublishedQueryValues.Fault.damaged` where `data` is no whole stream, or expands beyond all measure.
    static func expanded(_ data: Data) throws -> Data {
        // A zlib stream does not say how long its content is: the buffer grows until all of it fits.
        var capacity = min(max(1 << 12, 8 * data.count), most)
        while true {
            var length = uLong(capacity)
            var result = Data(count: capacity)
            let status = result.withUnsafeMutableBytes { target in
                data.withUnsafeBytes { source in
                    uncompress(
                        target.bindMemory(to: UInt8.self).baseAddress, &length,
                        source.bindMemory(to: UInt8.self).baseAddress, uLong(source.count))
                }
            }
            if status == Z_OK { return result.prefix(Int(length)) }
            guard status == Z_BUF_ERROR, capacity < most else { throw PublishedQueryValues.Fault.damaged }
            capacity = min(4 * capacity, most)
        }
    }
}

// MARK: Of a database

extension ResultsSnapshot {
    /// The names of the queries that a run keeps values of, in the order of their bytes, and each metric's values by
    /// that order.
    func publishedQueryValues(of run: String) throws -> (names: [String], values: [PublishedQueryValues]) {
        let number = try Int.fetchOne(database, sql: "SELECT number FROM run WHERE id = ?", arguments: [run])
        let names = try String.fetchAll(
            database, sql: "SELECT DISTINCT query FROM query_value WHERE run = ? ORDER BY query",
            arguments: [number])
        let metrics = try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT split, metric, k, score FROM query_value WHERE run = ?
                ORDER BY split, metric, k, score
                """, arguments: [number])
        // By bytes, as SQLite orders and compares texts: two names may be equal for Swift's String.
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { (Data($1.utf8), $0) })
        let values = try metrics.map { metric -> PublishedQueryValues in
            let (split, name, k, score): (String, String, Int, String) =
                (metric["split"], metric["metric"], metric["k"], metric["score"])
            var values = [Double?](repeating: nil, count: names.count)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT query, value FROM query_value
                    WHERE run = ? AND split = ? AND metric = ? AND k = ? AND score = ?
                    """, arguments: [number, split, name, k, score])
            while let row = try rows.next() {
                let query: String = row["query"]
                if let place = places[Data(query.utf8)] { values[place] = row["value"] }
            }
            return PublishedQueryValues(
                split: split, metric: name, k: k, score: score.isEmpty ? nil : score,
                values: try PublishedQueryValues.packed(values))
        }
        return (names, values)
    }
}

extension ResultsDatabase {
    /// Puts a published run's values by query into the database.
    ///
    /// - Parameter names: The queries in the order of the values.
    static func insert(
        _ database: Database, _ published: [PublishedQueryValues], names: [String], run: String
    ) throws {
        let number = try Int.fetchOne(database, sql: "SELECT number FROM run WHERE id = ?", arguments: [run])
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO query_value (run, split, metric, k, score, query, value)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        for metric in published {
            for (name, value) in zip(names, try PublishedQueryValues.unpacked(metric.values)) {
                guard let value else { continue }
                try statement.execute(arguments: [
                    number, metric.split, metric.metric, metric.k, metric.score ?? "", name, value,
                ])
            }
        }
    }
}
