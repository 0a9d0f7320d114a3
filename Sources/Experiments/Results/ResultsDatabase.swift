import Foundation
import GRDB
import Tensors

/// results.db: the one owner of its schema, its connections and every statement that reads or writes it.
///
/// What may be asked of it stands in the files `ResultsDatabase+Concern.swift` and `ResultsSnapshot+Concern.swift`
/// beside this one, as named functions over typed rows; no other folder holds SQL.
public final class ResultsDatabase: Sendable {
    /// The file's path.
    public let path: String
    /// Whether the database lies where nothing can be written, so that it can only be read.
    public let isReadOnly: Bool
    /// A pool that reads while another writes, or, where the file system has no write-ahead log, one connection.
    private let writer: any DatabaseWriter

    /// Opens or creates the database of a results folder.
    ///
    /// - Throws: `ResultsError` if the folder cannot be written or holds a newer version's database.
    public convenience init(results: URL) throws {
        try FileFailure.naming(results) {
            try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
        }
        try self.init(path: results.appendingPathComponent("results.db").path)
    }

    /// Opens or creates the database at `path`; its folder must be there.
    public init(path: String) throws {
        self.path = path
        isReadOnly = false
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            writer = try ResultsDatabase.alone(in: folder) { try ResultsDatabase.open(path) }
        } catch let error as DatabaseError
            where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
        {
            throw ResultsError.notWritable(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }

    /// Opens a database that may only be read, on a read-only disk or in somebody else's folder.
    ///
    /// What an older version wrote is brought up to date in memory; the file stays as it is.
    public init(readOnly path: String) throws {
        self.path = path
        isReadOnly = true
        guard FileManager.default.fileExists(atPath: path) else { throw ResultsError.noDatabase(path: path) }
        writer = try ResultsDatabase.openReadOnly(path)
    }

    /// Opens the database of a results folder for listing and reporting: for writing where that can be, else for
    /// reading alone.
    ///
    /// - Throws: `ResultsError.noDatabase` where there is none: a report of nothing would hide that the folder is another.
    ///
    /// - Parameter creating: Whether one that is not there is made, as for the list of its runs.
    public static func reading(results: URL, creating: Bool = false) throws -> ResultsDatabase {
        let path = results.appendingPathComponent("results.db").path
        guard FileManager.default.fileExists(atPath: path) else {
            guard creating else { throw ResultsError.noDatabase(path: path) }
            return try ResultsDatabase(results: results)
        }
        do { return try ResultsDatabase(path: path) } catch ResultsError.notWritable {
            return try ResultsDatabase(readOnly: path)
        }
    }

    /// Reads inside one transaction.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value { try writer.read(body) }

    /// A transaction that holds the write lock from its first statement, so that what it read still holds when it writes.
    func transact<Value>(_ body: (Database) throws -> Value) throws -> Value {
        guard !isReadOnly else { throw ResultsError.notWritable(path: path, reason: "read-only") }
        return try writer.writeWithoutTransaction { database in
            // GRDB's transactions return nothing: what `body` gives is carried out of them here.
            var result: Value?
            // A transaction that reads before it takes the lock fails, without waiting, if another has written in
            // between.
            try database.inTransaction(.immediate) {
                result = try body(database)
                return .commit
            }
            return result!
        }
    }
}

// MARK: Opening

extension ResultsDatabase {
    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(30)
        return configuration
    }

    /// The database with all migrations done.
    private static func open(_ path: String) throws -> any DatabaseWriter {
        let connections: any DatabaseWriter =
            if try usesWriteAheadLog(path) {
                try DatabasePool(path: path, configuration: configuration)
            } else {
                try DatabaseQueue(path: path, configuration: configuration)
            }
        try migrate(connections, path)
        return connections
    }

    private static func migrate(_ connections: any DatabaseWriter, _ path: String) throws {
        let migrator = ResultsDatabase.migrator
        if try connections.read({ try migrator.hasBeenSuperseded($0) }) {
            throw ResultsError.newerDatabase(path: path)
        }
        try migrator.migrate(connections)
    }

    private static func openReadOnly(_ path: String) throws -> any DatabaseWriter {
        var readOnly = configuration
        readOnly.readonly = true
        let source: DatabaseQueue
        do {
            source = try DatabaseQueue(path: path, configuration: readOnly)
            // SQLite opens a file at its first use, so that only a read shows whether it can be read.
            _ = try source.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
            if try source.read({ try migrator.hasCompletedMigrations($0) && !migrator.hasBeenSuperseded($0) })
            {
                return source
            }
        } catch let error as DatabaseError
            where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
        {
            // A write-ahead log needs a file beside it even to be read. Where none can be made nobody writes either.
            return try upToDateCopy(DatabaseQueue(path: unchanging(path), configuration: readOnly), path)
        }
        return try upToDateCopy(source, path)
    }

    private static func upToDateCopy(_ source: DatabaseQueue, _ path: String) throws -> any DatabaseWriter {
        // A database without a path lies in memory.
        let copy = try DatabaseQueue(configuration: configuration)
        try source.backup(to: copy)
        try migrate(copy, path)
        return copy
    }

    /// The path as a URI that tells SQLite that nobody writes the file.
    private static func unchanging(_ path: String) -> String {
        URL(fileURLWithPath: path).absoluteString + "?immutable=1"
    }

    /// Whether the database has a write-ahead log or, if it is still to be made, should have one.
    ///
    /// The processes of a write-ahead log share memory, so they must be on one machine: on a network's file system, which several
    /// may use, there is none. Some network and user-space file systems cannot map a file into several processes; SQLite finds out only after
    /// it has marked the database. So the first of them all is a database that is thrown away.
    private static func usesWriteAheadLog(_ path: String) throws -> Bool {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        if let file = FileHandle(forReadingAtPath: path) {
            defer { try? file.close() }
            // Bytes 18 and 19 of a database tell its journal: 1 for a rollback journal, 2 for a write-ahead log.
            if let header = try file.read(upToCount: 20), header.count == 20 {
                guard header[18] == 2 else { return false }
                return try !NetworkFileSystem.holds(folder) || !leavesWriteAheadLog(path)
            }
        }
        guard !NetworkFileSystem.holds(folder) else { return false }
        let probe = folder.appendingPathComponent(
            ".journal-probe-\(ProcessInfo.processInfo.processIdentifier).db"
        ).path
        defer {
            for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: probe + end) }
        }
        do {
            try DatabasePool(path: probe).write { try $0.execute(sql: "CREATE TABLE probe (value)") }
            return true
        } catch { return false }
    }

    /// Gives a database that was made elsewhere a rollback journal; false where that cannot be, as another process has it open.
    static func leavesWriteAheadLog(_ path: String) throws -> Bool {
        do {
            let journal = try DatabaseQueue(path: path).writeWithoutTransaction {
                try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE")
            }
            return journal == "delete"
        } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
            return false
        }
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
}
