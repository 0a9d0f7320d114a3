import GRDB

extension Row {
    /// A column's value, if it is of the type that is asked for.
    ///
    /// SQLite's columns take values of any type, so that a person with `sqlite3` can put a text where a number belongs.
    /// GRDB's own subscripts end the program there.
    ///
    /// - Throws: `ResultsError.wrongType` with the column, and with the run where the row names one.
    func checked<Value: DatabaseValueConvertible>(_ column: String) throws(ResultsError) -> Value {
        let stored: DatabaseValue = self[column]
        guard let value = Value.fromDatabaseValue(stored) else {
            throw .wrongType(run: run, column: column, value: stored.description)
        }
        return value
    }

    /// The id in the row's column `id` or `run`.
    private var run: String? {
        for column in ["id", "run"] where hasColumn(column) {
            if let id = String.fromDatabaseValue(self[column]) { return id }
        }
        return nil
    }
}
