/// A header and rows of cells, and its two spellings: CSV for programs, Markdown for readers.
struct TextTable {
    var header: [String]
    var rows: [[String]] = []

    /// RFC 4180, with a bare line feed after each line.
    var csv: String {
        ([header] + rows).map { $0.map(TextTable.quoted).joined(separator: ",") + "\n" }.joined()
    }

    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }

    /// Padded, so that it reads as a table in a terminal too.
    var markdown: String {
        // A bar would end its cell.
        let header = header.map { $0.replacing("|", with: "\\|") }
        let rows = rows.map { $0.map { $0.replacing("|", with: "\\|") } }
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
