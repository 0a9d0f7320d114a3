/// A table for a paper: booktabs rules, the best number of each column in bold, intervals below the numbers where they are
/// wanted.
struct LaTeXTable {
    enum Best {
        case largest, smallest
    }

    struct Column {
        var name: String
        /// Which of the column's numbers is printed in bold; nil: none, as in columns of names.
        var best: Best?
        /// Whether its cells are aligned to the right.
        var isNumber: Bool

        init(_ name: String, best: Best? = nil, isNumber: Bool? = nil) {
            (self.name, self.best, self.isNumber) = (name, best, isNumber ?? (best != nil))
        }
    }

    struct Cell {
        /// What is printed; empty where there is nothing.
        var text: String
        /// What cells of a column are compared by, as it is printed: equal prints are equally good.
        var value: Double?
        var interval: String?

        init(_ text: String) { (self.text, value, interval) = (text, nil, nil) }

        /// A metric in percent.
        init(_ estimate: Estimate?) {
            text = percent(estimate?.value) + (estimate?.spread.map { " ± \(percent($0))" } ?? "")
            value = Double(percent(estimate?.value))
            if let low = estimate?.low, let high = estimate?.high {
                interval = "\(percent(low))–\(percent(high))"
            }
        }
    }

    /// Rows between two rules, compared with each other.
    struct Block {
        /// A line of its own above the rows.
        var title: String?
        var rows: [[Cell]]
        /// Whether the best of each column is in bold.
        var isCompared = true
    }

    var caption: String
    var columns: [Column]
    var blocks: [Block]
    /// What stands in small print below the table; empty: nothing.
    var note = ""
}

extension LaTeXTable {
    /// The columns and cells of a table of text; columns of numbers are aligned to the right, and none has a best.
    init(_ table: TextTable, caption: String, note: String = "") {
        self.caption = caption
        self.note = note
        columns = table.header.enumerated().map { place, name in
            let cells = table.rows.map { $0[place] }.filter { !$0.isEmpty }
            return Column(
                name, isNumber: !cells.isEmpty && cells.allSatisfy { SiteTable.leadingNumber($0) != nil })
        }
        blocks = [Block(rows: table.rows.map { $0.map { Cell($0) } })]
    }

    /// The `table` environment, for a document with the packages booktabs and, for quotation marks in names, fontenc with T1.
    ///
    /// - Parameter label: What `\ref` knows it by, after `tab:`.
    func text(label: String, intervals: Bool) -> String {
        let rows = blocks.enumerated().flatMap { place, block in
            (place == 0 ? [] : ["\\midrule"]) + lines(block, intervals: intervals)
        }
        let small = note.isEmpty ? [] : ["\\par\\smallskip\\footnotesize \(Escaping.latex(note))"]
        let body =
            [
                "\\centering", "\\caption{\(Escaping.latex(caption))}", "\\label{tab:\(Self.plain(label))}",
                "\\small", "\\setlength{\\tabcolsep}{3pt}", "\\begin{tabular}{\(columns.map(kind).joined())}",
                "\\toprule",
                columns.map { Escaping.latex(Self.symbol($0.name)) }.joined(separator: " & ") + " \\\\",
                "\\midrule",
            ] + rows + ["\\bottomrule", "\\end{tabular}"] + small
        return "\\begin{table}\n" + body.map { "  \($0)\n" }.joined() + "\\end{table}\n"
    }

    private func lines(_ block: Block, intervals: Bool) -> [String] {
        let best = columns.indices.map { block.isCompared ? self.best($0, block) : nil }
        let title = block.title.map {
            ["\\multicolumn{\(columns.count)}{l}{\\emph{\(Escaping.latex($0))}} \\\\"]
        }
        return (title ?? [])
            + block.rows.flatMap { row -> [String] in
                let cells = row.enumerated().map { place, cell -> String in
                    // TeX would take a star behind a row's end for a part of it.
                    let text = (cell.text.hasPrefix("*") ? "{}" : "") + Escaping.latex(cell.text)
                    return cell.value != nil && cell.value == best[place] ? "\\textbf{\(text)}" : text
                }
                guard intervals, row.contains(where: { $0.interval != nil }) else {
                    return [cells.joined(separator: " & ") + " \\\\"]
                }
                let below = row.map { $0.interval.map { "{\\tiny \(Escaping.latex($0))}" } ?? "" }
                return [
                    cells.joined(separator: " & ") + " \\\\[-3pt]", below.joined(separator: " & ") + " \\\\",
                ]
            }
    }

    private func best(_ place: Int, _ block: Block) -> Double? {
        let values = block.rows.compactMap { $0[place].value }
        // A number alone is no best.
        guard values.count > 1 else { return nil }
        switch columns[place].best {
        case .largest: return values.max()
        case .smallest: return values.min()
        case nil: return nil
        }
    }

    /// A column's letter; long texts are set in lines.
    private func kind(_ column: Column) -> String {
        if column.isNumber { return "r" }
        let place = columns.firstIndex { $0.name == column.name } ?? 0
        let longest = blocks.flatMap(\.rows).map { $0[place].text.count }.max() ?? 0
        return longest > 40 ? "p{0.4\\linewidth}" : "l"
    }

    private static func symbol(_ name: String) -> String {
        ["lambda": "λ", "alpha": "α", "beta": "β"][name] ?? name
    }

    /// A label of letters, digits and hyphens, which mean nothing to TeX.
    private static func plain(_ label: String) -> String {
        String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    }
}
