/// A header and rows of cells of any text, and its spellings: CSV for programs, Markdown for readers.
public struct TextTable {
    /// The names of the columns.
    public var header: [String]
    /// As many cells each as there are columns.
    public var rows: [[String]]

    /// A table of cells as they are.
    public init(header: [String], rows: [[String]] = []) {
        self.header = header
        self.rows = rows
    }

    /// RFC 4180, with a bare line feed after each line.
    public var csv: String {
        ([header] + rows).map { $0.map(Escaping.csv).joined(separator: ",") + "\n" }.joined()
    }

    /// Padded, so that it reads as a table in a terminal too.
    public var markdown: String {
        let header = header.map(Escaping.markdown)
        let rows = rows.map { $0.map(Escaping.markdown) }
        let widths = header.indices.map { column in
            max(3, ([header] + rows).map { $0[column].count }.max() ?? 0)
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return "| " + padded.joined(separator: " | ") + " |\n"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|\n"
        return line(header) + rule + rows.map(line).joined()
    }
}
