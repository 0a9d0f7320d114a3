extension DocumentHistograms {
    /// The gnuplot script that draws the panels side by side: the share of queries over the number of documents.
    var plot: String {
        let parts = panels.enumerated().map { column, panel in script(panel, column: column) }
        return """
            set encoding utf8
            set terminal svg size \(100 + 500 * panels.count),420 dynamic noenhanced font "Helvetica,15" background "white"
            set multiplot
            set border 3 lc rgb "#444444"
            set tics nomirror out
            set grid ytics lc rgb "#dddddd"
            set style fill solid 0.85 noborder
            set xlabel "documents a query" offset 0,0.4
            unset key
            \(parts.joined(separator: "\n"))
            unset multiplot

            """
    }

    private func script(_ panel: Panel, column: Int) -> String {
        let width = 1.0 / Double(panels.count)
        let left = Double(column) * width + 0.17 * width
        let most = panel.counts.range?.upperBound ?? 1
        let largest = panel.counts.queries.values.max() ?? 1
        let total = Double(max(1, panel.counts.total))
        let bars = panel.counts.queries.sorted { $0.key < $1.key }.map { documents, queries in
            "\(documents) \(decimal(100 * Double(queries) / total, 4))\n"
        }
        let title =
            "\(panel.name): \(grouped(panel.counts.total)) queries, \(decimal(panel.counts.mean, 1)) on average"
        let color = okabeIto[column % okabeIto.count]
        return """
            set lmargin at screen \(decimal(left, 4))
            set rmargin at screen \(decimal(Double(column + 1) * width - 0.03, 4))
            set tmargin at screen 0.89
            set bmargin at screen 0.17
            set title \(Escaping.gnuplot(title))
            set ylabel \(Escaping.gnuplot(column == 0 ? "queries (%)" : "")) offset 1
            set xrange [0:\(most + 1)]
            set yrange [0:\(decimal(110 * Double(largest) / total, 4))]
            $panel\(column) << EOD
            \(bars.joined())EOD
            plot $panel\(column) using 1:2:(0.85) with boxes lc rgb \(Escaping.gnuplot(color))
            """
    }
}
