import Options

/// The names that a file's columns may have. A first line of them is a header.
struct ColumnNames {
    /// For each column its names, in lower case.
    private let columns: [Set<String>]

    init(_ columns: Set<String>...) { self.columns = columns }

    /// Whether a line's fields name the columns.
    ///
    /// - Throws: `BadLine` where they do in another order: the file's columns would be taken for one another.
    func name(_ fields: [String], _ line: InputLine) throws(BadLine) -> Bool {
        guard fields.count == columns.count else { return false }
        let fields = fields.map { $0.lowercased() }
        if zip(columns, fields).allSatisfy({ $0.contains($1) }) { return true }
        guard Self.areNamed(columns, by: fields[...]) else { return false }
        let expected = columns.map { $0.sorted().joined(separator: " or ") }.joined(separator: ", then ")
        throw BadLine(line, "the columns have another order than is read; expected \(expected)")
    }

    /// Whether the fields, in some order, name a column each.
    private static func areNamed(_ columns: [Set<String>], by fields: ArraySlice<String>) -> Bool {
        guard let field = fields.first else { return columns.isEmpty }
        return columns.indices.contains { place in
            guard columns[place].contains(field) else { return false }
            var others = columns
            others.remove(at: place)
            return areNamed(others, by: fields.dropFirst())
        }
    }
}
