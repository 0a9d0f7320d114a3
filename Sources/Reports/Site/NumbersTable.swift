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

    /// Whether any number links to a run: a report may be of runs that have no page, or of none.
    var hasLinks: Bool {
        columns.contains { linksPrefix($0) != nil } && rows.contains { !runs(of: $0).isEmpty }
    }

    private func runs(of row: [String: String]) -> [String] {
        (row["runs"] ?? "").split(separator: ";").map(String.init).filter(links.has)
    }

    /// What stands before `low`, `high` and `paper` of a column of measured numbers; nil for any other column.
    private func linksPrefix(_ column: String) -> String? {
        if header.contains(column + "_low") { return column + "_" }
        // A figure's CSV, and one of differences, has one metric a line, whose interval needs no name.
        return column == "recall" || column == "difference" ? "" : nil
    }

    func table(caption: String) -> SiteTable {
        SiteTable(
            header: columns,
            rows: rows.map { row in columns.map { cell($0, of: row) } }, caption: caption)
    }

    private func cell(_ column: String, of row: [String: String]) -> SiteTable.Cell {
        let text = row[column] ?? ""
        guard !text.isEmpty, let prefix = linksPrefix(column) else {
            return SiteTable.Cell(html: Escaping.markup(text), text: text)
        }
        let runs = runs(of: row)
        let shown = Escaping.markup(text)
        var html = runs.first.map { "<a href=\"\(RunLinks.page($0))\">\(shown)</a>" } ?? shown
        for (place, run) in runs.enumerated().dropFirst() {
            html +=
                " <a href=\"\(RunLinks.page(run))\" aria-label=\"run \(place + 1) of the \(runs.count) behind it\">+</a>"
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
