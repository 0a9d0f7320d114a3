import Foundation
import Options

/// A table of a page: it scrolls by itself where it is wider than the screen, and each column can be sorted.
struct SiteTable {
    struct Cell {
        /// What is shown.
        var html: String
        /// What is shown, without links and remarks.
        var text: String
    }

    var header: [String]
    var rows: [[Cell]]
    /// What the table shows, for those who do not see it.
    var caption: String?
    /// Whether columns of numbers stand on the right; not where each row is a thing of its own kind.
    var alignsNumbers = true

    var html: String {
        // The results' types are said: left open, a closure of several statements may be taken to make SQL of GRDB's.
        // Cells are numbers unless they or their table say otherwise, as most are: the word on each of them was an eighth of a
        // whole site.
        let numbers = header.indices.map(isNumber)
        let heads = numbers.map { $0 ? " class=\"number\"" : "" }
        let isText = !numbers.contains(true)
        let cells = numbers.map { $0 || isText ? "" : " class=\"text\"" }
        let head = zip(header, heads).map { name, attribute -> String in
            "<th scope=\"col\"\(attribute)>\(Escaping.markup(name))</th>"
        }.joined()
        let body = rows.map { row -> String in
            let line = row.indices.map { place -> String in
                place == 0
                    ? "<th scope=\"row\"\(heads[place])>\(row[place].html)</th>"
                    : "<td\(cells[place])>\(row[place].html)</td>"
            }
            return "<tr>\(line.joined())</tr>\n"
        }.joined()
        let title = caption.map { "<caption>\(Escaping.markup($0))</caption>" } ?? ""
        let label = Escaping.markup(caption ?? "Table")
        return """
            <div class="scroll" role="region" aria-label="\(label)" tabindex="0"><table class="sortable\(isText ? " text" : "")">\(title)
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>

            """
    }

    /// Whether most of a column's cells that are not empty are numbers: an id may look like one.
    private func isNumber(_ column: Int) -> Bool {
        guard alignsNumbers else { return false }
        let texts = rows.map { $0[column].text }.filter { !$0.isEmpty }
        return 2 * texts.count { SiteTable.leadingNumber($0) != nil } > texts.count
    }

    /// 97.02 of "97.02 (96.56-97.50) / 99.96"; thousands may be parted by commas.
    static func leadingNumber(_ text: String) -> Double? {
        let end = text.firstIndex { $0 == " " || $0 == "/" } ?? text.endIndex
        return WrittenNumber.number(String(text[..<end]).replacing(",", with: ""))
    }
}
