import GRDB

/// One state of results.db, read inside one transaction: whatever is asked of a snapshot belongs together, even while
/// other processes write.
public struct ResultsSnapshot {
    let database: Database
}

extension ResultsDatabase {
    /// Hands `body` a snapshot, which is good until `body` returns.
    public func snapshot<Value>(_ body: (ResultsSnapshot) throws -> Value) throws -> Value {
        try read { try body(ResultsSnapshot(database: $0)) }
    }
}
