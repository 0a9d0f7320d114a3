import Foundation
import GRDB
import Tensors

/// results.db: the one owner of its schema and its connections.
public final class ResultsDatabase: Sendable {
    public let path: String
    /// A pool that reads while another writes, or, where the file system has no write-ahead log, one connection.
    public let connections: any DatabaseWriter

    /// Opens or creates the database of a results folder.
    public convenience init(results: URL) throws {
        try FileFailure.naming(results) {
            try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
        }
        try self.init(path: results.appendingPathComponent("results.db").path)
    }

    public init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(30)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            connections = try ResultsDatabase.alone(in: folder) {
                try ResultsDatabase.open(path, configuration)
            }
        } catch let error as DatabaseError
            where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
        {
            throw ResultsError.notWritable(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }

    /// The database with all migrations done.
    private static func open(_ path: String, _ configuration: Configuration) throws -> any DatabaseWriter {
        let connections: any DatabaseWriter =
            if try usesWriteAheadLog(path) {
                try DatabasePool(path: path, configuration: configuration)
            } else {
                try DatabaseQueue(path: path, configuration: configuration)
            }
        let migrator = ResultsDatabase.migrator
        if try connections.read({ try migrator.hasBeenSuperseded($0) }) {
            throw ResultsError.newerDatabase(path: path)
        }
        try migrator.migrate(connections)
        return connections
    }

    /// Whether the database has a write-ahead log or, if it is still to be made, could have one.
    ///
    /// Some network and user-space file systems cannot map a file into several processes; SQLite finds out only after
    /// it has marked the database. So the first of them all is a database that is thrown away.
    private static func usesWriteAheadLog(_ path: String) throws -> Bool {
        if let file = FileHandle(forReadingAtPath: path) {
            defer { try? file.close() }
            // Bytes 18 and 19 of a database tell its journal: 1 for a rollback journal, 2 for a write-ahead log.
            if let header = try file.read(upToCount: 20), header.count == 20 { return header[18] == 2 }
        }
        let probe = URL(fileURLWithPath: path).deletingLastPathComponent()
            .appendingPathComponent(".journal-probe-\(ProcessInfo.processInfo.processIdentifier).db").path
        defer {
            for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: probe + end) }
        }
        do {
            try DatabasePool(path: probe).write { try $0.execute(sql: "CREATE TABLE probe (value)") }
            return true
        } catch { return false }
    }

    /// Runs `body` while no other process does in the same folder: of two that create a database at once, the one
    /// would find the other's tables half made. The lock is the folder's own, and goes with the process.
    private static func alone<Value>(in folder: URL, _ body: () throws -> Value) throws -> Value {
        let descriptor = Foundation.open(folder.path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        // Where folders cannot be locked, SQLite's own locks must do.
        if descriptor >= 0 { _ = flock(descriptor, LOCK_EX) }
        return try body()
    }

    /// A transaction that holds the write lock from its first statement, so that what it read still holds when it writes.
    func transact<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try connections.writeWithoutTransaction { database in
            var result: Value?
            try database.inTransaction(.immediate) {
                result = try body(database)
                return .commit
            }
            return result!
        }
    }
}

/// What can be wrong with a results folder or what is asked of it.
public enum ResultsError: Error, Equatable, CustomStringConvertible {
    case newerDatabase(path: String)
    case notWritable(path: String, reason: String)
    case unknownRun(String)
    case ambiguousRun(String, matches: [String])
    case notFinished(run: String, state: String)
    case noModel(run: String, file: String)
    case unknownQuery(String)
    case nothingToExport(sweep: String, scale: String)
    case malformedExport(file: String, line: Int, reason: String)

    public var description: String {
        switch self {
        case .newerDatabase(let path):
            "\(path) was written by a newer version of rankbridge: update this one, or use another --results folder"
        case .notWritable(let path, let reason):
            "\(path) cannot be opened for writing (\(reason)): is its disk read-only, or its folder not yours? "
                + "name another with --results"
        case .unknownRun(let id): "no run's id begins with '\(id)': see rankbridge runs list"
        case .ambiguousRun(let id, let matches):
            "'\(id)' could be \(matches.map { String($0.prefix(12)) }.joined(separator: ", ")): give more of the id"
        case .notFinished(let run, let state): "run \(run.prefix(12)) is \(state), not finished"
        case .noModel(let run, let file):
            "run \(run.prefix(12)) has no model at \(file): it was imported or thinned by gc; "
                + "train it again with rankbridge sweep --mode force"
        case .unknownQuery(let name): "'\(name)' is no query of this run's task: names look like deer.n.01"
        case .nothingToExport(let sweep, let scale):
            "sweep '\(sweep)' has no finished run at scale '\(scale)'"
        case .malformedExport(let file, let line, let reason): "\(file):\(line): \(reason)"
        }
    }
}
