import Foundation
import ProductSearch

/// DuckDB's command-line program, by which tests write Parquet files.
public enum DuckDB {
    /// Where it is installed or has been fetched; nil where it is not here.
    public static let path: String? = {
        let fetched = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("models/duckdb/duckdb").path
        return Program.inPath("duckdb")
            ?? (FileManager.default.isExecutableFile(atPath: fetched) ? fetched : nil)
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
        guard let path else { throw Failure.notFound }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-init", "/dev/null", "-bail", "-c", sql]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure.status(process.terminationStatus) }
    }
}
