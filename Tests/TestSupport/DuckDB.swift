import Foundation
import Tensors

/// DuckDB's command-line program, by which tests write Parquet files.
public enum DuckDB {
    /// Where it is installed or has been fetched; nil where it is not here.
    public static let path: String? = {
        let fetched = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("models/duckdb/duckdb").path
        return (Program("duckdb") ?? Program(fetched))?.path
    }()

    /// Why statements were not done.
    public enum Failure: Error {
        case notFound
        case status(Int32)
    }

    /// Does `sql`, statement by statement.
    ///
    /// - Throws: `Failure`, or what starting a program throws.
    public static func run(_ sql: String) throws {
        guard let program = path.flatMap({ Program($0) }) else { throw Failure.notFound }
        let said = try program.run(["-init", "/dev/null", "-bail", "-c", sql])
        guard said.succeeded else { throw Failure.status(said.status) }
    }
}
