import Foundation

extension FigureReport {
    /// The gnuplot script that draws the three panels side by side, legends below them.
    var plot: String {
        let titles = ["a": "(a) DE, CE and ARR", "b": "(b) DE over α", "c": "(c) CE over α"]
        let panels = FigureReport.panels.enumerated().map { column, panel in
            panelScript(panel, title: titles[panel] ?? panel, column: column)
        }
        return """
            set encoding utf8
            set terminal svg size 1500,600 dynamic noenhanced font "Helvetica,15" background "white"
            set multiplot
            set border 3 lc rgb "#444444"
            set tics nomirror out
            set grid ytics lc rgb "#dddddd"
            set xlabel "k" offset 0,0.4
            set xrange [0.5:10.5]
            set xtics 1,1,10
            set yrange [\(floor):100.5]
            set bars 0.6
            \(panels.joined(separator: "\n"))
            unset multiplot

            """
    }

    /// Where the axes start, in percent: the same for all panels, so that they compare.
    private var floor: Int {
        let lowest = series.flatMap(\.points).map { $0.recall.low ?? $0.recall.value }.min() ?? 0
        return max(0, Int(lowest * 100) / 10 * 10)
    }

    private func panelScript(_ panel: String, title: String, column: Int) -> String {
        let members = series.filter { $0.panel == panel }
        let left = 0.06 + Double(column) * 0.32
        let margins = """
            set lmargin at screen \(left)
            set rmargin at screen \(left + 0.27)
            set tmargin at screen 0.91
            set bmargin at screen 0.25
            set ylabel \(Escaping.gnuplot(column == 0 ? "R@k (%)" : "")) offset 1
            set title \(Escaping.gnuplot(title))
            set key at screen \(left + 0.135),0.14 center top maxrows 3 Left reverse width 2 samplen 3
            """
        guard !members.isEmpty else {
            // gnuplot draws titles and labels only beside a plot; NaN is a plot without a curve.
            return margins
                + "\nset label 1 \"not run\" at graph 0.5,0.5 center\nplot NaN notitle\nunset label 1"
        }
        let blocks = members.enumerated().map { index, series in
            "$\(panel)\(index) << EOD\n" + series.points.map { dataLine($0, index, members.count) }.joined()
                + "EOD"
        }
        let curves = members.enumerated().map { index, series in
            let style =
                "lc rgb \(Escaping.gnuplot(okabeIto[index % okabeIto.count])) lw 1.6 pt \(pointType(index)) ps 0.6"
            return
                "$\(panel)\(index) using 1:2:3:4 with yerrorlines \(style) title \(Escaping.gnuplot(series.label))"
        }
        return ([margins] + blocks + ["plot " + curves.joined(separator: ", \\\n    ")]).joined(
            separator: "\n")
    }

    /// x, value, low, high; series stand a little apart, so that their intervals can be told apart.
    private func dataLine(_ point: Point, _ index: Int, _ count: Int) -> String {
        let x = Double(point.k) + 0.05 * (Double(index) - Double(count - 1) / 2)
        let low = point.recall.low ?? point.recall.value
        let high = point.recall.high ?? point.recall.value
        return String(
            format: "%.3f %.4f %.4f %.4f\n", x, point.recall.value * 100, low * 100, high * 100)
    }

    /// Filled circle, square, triangle, inverted triangle, diamond, pentagon; then open ones.
    private func pointType(_ index: Int) -> Int { [7, 5, 9, 11, 13, 15, 6][index % 7] }
}
