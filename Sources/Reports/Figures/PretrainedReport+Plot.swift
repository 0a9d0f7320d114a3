import Foundation
import RankingMetrics

extension PretrainedReport {
    private static let plotted = [
        Metric.rAt(1), .rAt(5), .ndcg, .cvr,
    ]

    /// The gnuplot script: a column for each metric, above against queries, below against processor hours.
    var plot: String {
        let panels = PretrainedReport.plotted.enumerated().flatMap { column, metric in
            [panel(metric, column, row: 0), panel(metric, column, row: 1)]
        }
        return """
            set encoding utf8
            set terminal svg size 1700,900 dynamic noenhanced font "Helvetica,15" background "white"
            set multiplot
            set border 3 lc rgb "#444444"
            set tics nomirror out
            set grid ytics lc rgb "#dddddd"
            set logscale x
            set format x "%g"
            set bars 0.6
            \(panels.joined(separator: "\n"))
            unset multiplot

            """
    }

    private func panel(_ metric: Metric, _ column: Int, row: Int) -> String {
        let left = 0.05 + Double(column) * 0.24
        let bottom = row == 0 ? 0.64 : 0.22
        let name = "m\(column)\(row)"
        let trained = series.filter { !$0.loss.isEmpty }
        let blocks = trained.enumerated().map { index, series in
            "$\(name)s\(index) << EOD\n" + series.points.map { dataLine($0, metric, row) }.joined() + "EOD"
        }
        var curves = trained.enumerated().map { index, series in
            let colour = Escaping.gnuplot(okabeIto[index % okabeIto.count])
            return "$\(name)s\(index) using 1:2:3:4 with yerrorlines lc rgb \(colour) lw 1.6 pt "
                + "\([7, 5, 9, 11, 13, 15, 6][index % 7]) ps 0.6 title \(Escaping.gnuplot(series.label))"
        }
        for series in series where series.loss.isEmpty {
            guard let value = series.points.first?.estimates[metric]?.value else { continue }
            // On a logarithmic axis there is no place for 0 queries: a model as it is becomes a level line.
            curves.append(
                String(format: "%.4f with lines dt 2 lc rgb \"#888888\" title ", value * 100)
                    + Escaping.gnuplot(series.label))
        }
        guard !curves.isEmpty else { return "" }
        // All panels have the same curves, so one of them holds the legend of all.
        let key =
            column == 0 && row == 1
            ? "set key at screen 0.5,0.09 center top maxrows 2 Left reverse width 2 samplen 3" : "unset key"
        return
            ([
                """
                set lmargin at screen \(left)
                set rmargin at screen \(left + 0.19)
                set bmargin at screen \(bottom)
                set tmargin at screen \(bottom + 0.30)
                set title \(Escaping.gnuplot(row == 0 ? "\(metric) (%)" : "")) offset 0,-0.5
                set xlabel \(Escaping.gnuplot(row == 0 ? "training queries" : "processor hours")) offset 0,0.4
                \(key)
                """
            ] + blocks + ["plot " + curves.joined(separator: ", \\\n    ")]).joined(separator: "\n")
    }

    /// x, value, low, high.
    private func dataLine(_ point: Point, _ metric: Metric, _ row: Int) -> String {
        guard let estimate = point.estimates[metric] else { return "" }
        guard let x = row == 0 ? point.queries.map(Double.init) : point.hours else { return "" }
        return String(
            format: "%.6f %.4f %.4f %.4f\n", x, estimate.value * 100, (estimate.low ?? estimate.value) * 100,
            (estimate.high ?? estimate.value) * 100)
    }
}
