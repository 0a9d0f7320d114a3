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

    var html: String {
        // The results' types are said: left open, a closure of several statements may be taken to make SQL of GRDB's.
        let head = header.enumerated().map { place, name -> String in
            let isNumber = rows.contains { SiteTable.leadingNumber($0[place].text) != nil }
            return "<th scope=\"col\"\(isNumber ? " class=\"number\"" : "")>\(Escaping.markup(name))</th>"
        }.joined()
        let body = rows.map { row -> String in
            "<tr>" + row.enumerated().map { place, cell in element(cell, isFirst: place == 0) }.joined()
                + "</tr>\n"
        }.joined()
        let title = caption.map { "<caption>\(Escaping.markup($0))</caption>" } ?? ""
        let label = Escaping.markup(caption ?? "Table")
        return """
            <div class="scroll" role="region" aria-label="\(label)" tabindex="0"><table class="sortable">\(title)
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>

            """
    }

    private func element(_ cell: Cell, isFirst: Bool) -> String {
        let attribute = SiteTable.leadingNumber(cell.text) == nil ? "" : " class=\"number\""
        return isFirst
            ? "<th scope=\"row\"\(attribute)>\(cell.html)</th>" : "<td\(attribute)>\(cell.html)</td>"
    }

    /// 97.02 of "97.02 (96.56-97.50) / 99.96"; thousands may be parted by commas.
    static func leadingNumber(_ text: String) -> Double? {
        let end = text.firstIndex { $0 == " " || $0 == "/" } ?? text.endIndex
        return WrittenNumber.number(String(text[..<end]).replacing(",", with: ""))
    }
}
