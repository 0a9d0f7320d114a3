import RankingMetrics

/// A report's CSV as a table to read: a metric with its interval and the paper's number in one cell, each number a link to
/// the page of the run that made it.
struct NumbersTable {
    private let header: [String]
    private let rows: [[String: String]]
    private let links: RunLinks

    /// - Parameters:
    ///   - csv: RFC 4180, as `TextTable` writes it.
    ///   - links: The runs that have a page.
    init(_ csv: String, links: RunLinks) {
        self.links = links
        let lines = NumbersTable.cells(csv)
        header = lines.first ?? []
        let names = header
        rows = lines.dropFirst().map {
            Dictionary(zip(names, $0), uniquingKeysWith: { first, _ in first })
        }
    }

    /// The columns that stand by themselves: others belong to a metric, or name the runs.
    private var columns: [String] {
        let parts = ["low", "high", "paper", "spread"]
        return header.filter { name in
            name != "runs" && name != "low" && name != "high" && name != "spread"
                && !parts.contains {
                    name.hasSuffix("_" + $0) && header.contains(String(name.dropLast($0.count + 1)))
                }
        }
    }

    func table(caption: String) -> SiteTable {
        SiteTable(
            header: columns,
            rows: rows.map { row in columns.map { cell($0, of: row) } }, caption: caption)
    }

    private func cell(_ column: String, of row: [String: String]) -> SiteTable.Cell {
        let text = row[column] ?? ""
        // A figure's CSV has one metric a line, whose interval needs no name.
        let prefix = header.contains(column + "_low") ? column + "_" : column == "recall" ? "" : nil
        guard !text.isEmpty, let prefix else {
            return SiteTable.Cell(html: Escaping.markup(text), text: text)
        }
        let runs = (row["runs"] ?? "").split(separator: ";").map(String.init).filter(links.has)
        let shown = Escaping.markup(text)
        var html = runs.first.map { "<a href=\"\(RunLinks.page($0))\">\(shown)</a>" } ?? shown
        for (place, run) in runs.enumerated().dropFirst() {
            html +=
                " <a href=\"\(RunLinks.page(run))\" aria-label=\"the same with seed \(place + 1) of \(runs.count)\">+</a>"
        }
        if let low = row[prefix + "low"], let high = row[prefix + "high"], !low.isEmpty {
            html += " <small>\(Escaping.markup(low)) to \(Escaping.markup(high))</small>"
        }
        if let paper = row[prefix + "paper"], !paper.isEmpty {
            html += " <small class=\"paper\">paper \(Escaping.markup(paper))</small>"
        }
        return SiteTable.Cell(html: html, text: text)
    }

    /// The cells of each line; a quoted cell may hold commas, doubled quotes and line feeds.
    static func cells(_ csv: String) -> [[String]] {
        var lines: [[String]] = []
        var (line, cell) = ([String](), "")
        var (isQuoted, wasQuote) = (false, false)
        for scalar in csv.unicodeScalars {
            if isQuoted, scalar != "\"" {
                cell.unicodeScalars.append(scalar)
                continue
            }
            switch scalar {
            case "\"":
                // Two quotation marks in a row stand for one.
                if wasQuote, !isQuoted { cell += "\"" }
                isQuoted.toggle()
                wasQuote = !isQuoted
                continue
            case ",": (line, cell) = (line + [cell], "")
            case "\n": (lines, line, cell) = (lines + [line + [cell]], [], "")
            default: cell.unicodeScalars.append(scalar)
            }
            wasQuote = false
        }
        return lines
    }
}
