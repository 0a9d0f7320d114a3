import AutoregressiveRanker
import Experiments
import Foundation
import Reports
import Tensors

/// Time and memory of training steps by the length of their prompts, as a CSV and as a picture.
struct PromptMeasurements {
    /// One program's step in one case.
    struct Row {
        let measured: PromptCase
        /// `RankBridge`, or PyTorch with its version.
        let program: String
        /// How PyTorch computes attention; empty for RankBridge.
        let kernel: String
        let step: MeasuredStep
    }

    /// The name of the files.
    let name: String
    /// What the horizontal axis counts, with its unit.
    let axis: String
    let title: String
    let environment: RunEnvironment
    var rows: [Row] = []

    /// A row for each step that was measured.
    var csv: String {
        var table = TextTable(header: [
            axis.replacingOccurrences(of: " ", with: "_"), "tokens_a_query", "attention", "program", "kernel",
            "precision", "milliseconds_a_step", "peak_memory_megabytes", "first_loss", "queries_a_step",
            "processor", "threads", "products", "commit",
        ])
        table.rows = rows.map { row in
            [
                "\(row.measured.size)", String(format: "%.0f", row.step.tokensPerQuery),
                row.measured.attention.rawValue, row.program, row.kernel, row.measured.precision.rawValue,
                String(format: "%.1f", row.step.milliseconds), String(format: "%.1f", row.step.megabytes),
                String(format: "%.5f", row.step.loss), "\(row.step.queries)", environment.cpu,
                "\(environment.threads)", environment.blas, commit,
            ]
        }
        return table.csv
    }

    /// The processor and the threads, for people to read.
    var machine: String {
        "\(environment.cpu), \(environment.threads) \(environment.threads == 1 ? "thread" : "threads")"
    }

    /// The commit, and whether the program differed from it.
    private var commit: String {
        (environment.commit.map { String($0.prefix(12)) } ?? "unknown")
            + (environment.dirty == true ? " with changes" : "")
    }

    /// Writes `name.csv` and `name.svg`.
    ///
    /// - Throws: `ReportError` where gnuplot is missing or fails, after the CSV has been written.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (table, picture) = ("\(folder)/\(name).csv", "\(folder)/\(name).svg")
        try OutputFile(table).write(csv)
        guard let svg = try Gnuplot().svg(plot) else {
            throw ReportError.gnuplotMissing(written: [table])
        }
        try OutputFile(picture).write(svg)
        print("\(table)\n\(picture)")
    }
}

// MARK: The picture

extension PromptMeasurements {
    private struct Series: Hashable {
        let program: String
        let precision: Precision
        let attention: PromptAttention

        init(_ row: Row) {
            (program, precision, attention) = (row.program, row.measured.precision, row.measured.attention)
        }
    }

    /// The gnuplot script: time on the left, memory on the right, all axes logarithmic.
    var plot: String {
        """
        set encoding utf8
        set terminal svg size 1100,560 dynamic noenhanced font "Helvetica,15" background "white"
        set multiplot
        set border 3 lc rgb "#444444"
        set tics nomirror out
        set grid ytics lc rgb "#dddddd"
        set logscale xy
        set format y "%g"
        set label 1 \(Escaping.gnuplot(caption)) at screen 0.5,0.03 center font "Helvetica,13"
        \(series.enumerated().map(data).joined())
        \(panel("milliseconds a step", column: 2, left: 0.1, key: true))
        unset label 1
        \(panel("peak memory of the process (MB)", column: 3, left: 0.61, key: false))
        unset multiplot

        """
    }

    private var caption: String {
        "\(title). \(machine), commit \(commit)"
    }

    private var series: [Series] {
        var seen: [Series] = []
        for row in rows where !seen.contains(Series(row)) { seen.append(Series(row)) }
        return seen
    }

    /// Size, milliseconds and megabytes.
    private func data(_ index: Int, _ series: Series) -> String {
        let lines = rows.filter { Series($0) == series }.map { row in
            String(format: "%d %.3f %.3f\n", row.measured.size, row.step.milliseconds, row.step.megabytes)
        }
        return "$s\(index) << EOD\n\(lines.joined())EOD\n"
    }

    private func panel(_ label: String, column: Int, left: Double, key: Bool) -> String {
        let programs = series.map { $0.program + $0.precision.rawValue }
        let curves = series.enumerated().map { index, series in
            let color = programs.firstIndex(of: programs[index]).map { Set(programs[..<$0]).count } ?? 0
            let isDense = series.attention == .dense
            let name = Escaping.gnuplot(
                "\(series.program), \(series.precision.rawValue), \(series.attention)")
            return "$s\(index) using 1:\(column) with linespoints lc rgb "
                + "\(Escaping.gnuplot(okabeIto[color % okabeIto.count])) lw 1.8 dt \(isDense ? 2 : 1) "
                + "pt \(isDense ? 6 : 7) ps 0.8 title \(name)"
        }
        let sizes = Set(rows.map(\.measured.size)).sorted()
        let ends = (sizes.first ?? 1, sizes.last ?? 1)
        return """
            set lmargin at screen \(left)
            set rmargin at screen \(left + 0.37)
            set bmargin at screen 0.34
            set tmargin at screen 0.95
            set xlabel \(Escaping.gnuplot(axis)) offset 0,0.3
            set ylabel \(Escaping.gnuplot(label)) offset 0.5
            set xrange [\(Double(ends.0) * 0.9):\(Double(ends.1) * 1.1)]
            set xtics (\(sizes.map { "'\($0)' \($0)" }.joined(separator: ", ")))
            \(key ? "set key at screen 0.5,0.2 center top maxrows 4 Left reverse samplen 3" : "unset key")
            plot \(curves.joined(separator: ", \\\n    "))
            """
    }
}
