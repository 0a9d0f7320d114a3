import Foundation
import RankingMetrics

/// One metric over the one or two options in which a sweep's runs differ.
struct GridReport {
    /// The options that vary, sorted by name: down the table, and across it; nil where only one varies.
    let down: String
    let across: String?
    let downValues: [String]
    /// One empty value where only one option varies.
    let acrossValues: [String]
    let metric: Metric
    let results: SweepResults
    private let cells: [Place: Cell]

    struct Place: Hashable {
        var down: String
        var across: String
    }

    struct Cell {
        var runs: [FinishedRun]
        var estimate: Estimate?
    }

    init(_ sweep: String, _ metric: Metric, scale: String?, reader: ResultsReader) throws {
        results = try reader.results(sweep, scale: scale)
        let rows = results.rows.filter { !$0.isBase && !$0.runs.isEmpty }
        guard !rows.isEmpty else {
            throw ReportError.noRuns(
                sweep: sweep, scale: results.scale, available: try reader.finishedScales(sweep))
        }
        let axes = GridReport.axes(rows.flatMap(\.runs).map(\.options))
        guard (1...2).contains(axes.count) else { throw ReportError.notTwoAxes(sweep: sweep, varying: axes) }
        down = axes[0]
        across = axes.count == 2 ? axes[1] : nil
        self.metric = metric
        var cells: [Place: Cell] = [:]
        for row in rows {
            guard let options = row.runs.first?.options else { continue }
            let place = Place(down: options[axes[0]] ?? "", across: across.flatMap { options[$0] } ?? "")
            cells[place] = Cell(runs: row.runs, estimate: try reader.estimate(.mean(row.runs, metric)))
        }
        guard cells.values.contains(where: { $0.estimate != nil }) else {
            throw ReportError.unmeasured(metric, sweep: sweep)
        }
        downValues = GridReport.ordered(cells.keys.map(\.down))
        acrossValues = GridReport.ordered(cells.keys.map(\.across))
        self.cells = cells
    }

    /// The options that differ between runs and that somebody chose, and not those that follow from them: the data's
    /// fingerprint from the options of the data, a pretrained model's fingerprint and shape from its name, and what counts
    /// in some rows alone, with one value, from the option that makes it count. Where data or a model were changed under
    /// one name, the fingerprint is what differs.
    private static func axes(_ options: [RunOptions]) -> [String] {
        let all = RunOptions.varying(options)
        let varying = all.filter { $0 != "seed" && ($0 != "steps" || !stepsFollow(options, from: all)) }
        let dataVary = varying.contains { $0.hasPrefix("data.") }
        let (namesVary, modelsVary) = (varying.contains("pretrained"), varying.contains("modelFingerprint"))
        let chosen = varying.filter { name in
            switch name {
            case "dataFingerprint": !dataVary
            case "modelFingerprint": !namesVary
            default: !(modelsVary && name.hasPrefix("decoder."))
            }
        }
        let deciding = chosen.filter { name in
            let values = Set(options.map { $0[name] })
            return !values.contains(nil) || values.count > 2
        }
        return deciding.isEmpty ? chosen : deciding
    }

    /// Whether the other options that vary, the seed among them, say the number of steps: it follows from a budget in points then.
    private static func stepsFollow(_ options: [RunOptions], from varying: [String]) -> Bool {
        let others = varying.filter { $0 != "steps" }
        guard !others.isEmpty else { return false }
        func different(_ names: [String]) -> Int { Set(options.map { run in names.map { run[$0] } }).count }
        return different(others) == different(others + ["steps"])
    }

    /// The different values, numbers by size and before words.
    private static func ordered(_ values: [String]) -> [String] {
        Set(values).sorted { left, right in
            switch (Double(left), Double(right)) {
            case (let left?, let right?): left < right
            case (nil, nil): left < right
            case (let left, _): left != nil
            }
        }
    }

    private func cell(_ down: String, _ across: String) -> Cell? { cells[Place(down: down, across: across)] }
}

extension GridReport {
    /// One line for each finished grid point.
    var csv: String {
        var table = TextTable(header: [
            metric.description, "\(metric)_low", "\(metric)_high", "model", "scale", "seeds", "steps", "runs",
        ])
        table.header = [down] + (across.map { [$0] } ?? []) + table.header
        for y in downValues {
            for x in acrossValues {
                guard let cell = cell(y, x) else { continue }
                table.rows.append(
                    (across == nil ? [y] : [y, x]) + [
                        percent(cell.estimate?.value), percent(cell.estimate?.low),
                        percent(cell.estimate?.high), distinct(cell.runs.map { ModelName($0).short }),
                        results.scale, String(cell.runs.count), distinct(cell.runs.map(\.steps)),
                        cell.runs.map(\.id).joined(separator: ";"),
                    ])
            }
        }
        return table.csv
    }

    private var matrix: TextTable {
        var table = TextTable(
            header: across.map { ["\(down) \\ \($0)"] + acrossValues } ?? [down, metric.description])
        table.rows = downValues.map { y in [y] + acrossValues.map { percent(cell(y, $0)?.estimate?.value) } }
        return table
    }

    private var heading: String {
        let over = [down, across].compactMap { $0 }.joined(separator: " and ")
        return "\(results.sweep): \(metric) in percent over \(over)"
    }

    var latex: LaTeXTable { LaTeXTable(matrix, caption: heading, note: "Scale \(results.scale).") }

    var markdown: String {
        """
        # \(Escaping.markdown(heading))

        Scale: \(Escaping.markdown(results.scale)). An empty cell has no finished run. Intervals and runs are in the CSV.
        \(results.failureNotes.map { "\n\($0)\n" }.joined())
        \(matrix.markdown)
        """
    }

    /// The gnuplot script of the heat map: darker is more, and each cell shows its number.
    var plot: String {
        // gnuplot's matrices are rows of numbers: a cell without a run must be there, as a number that is not drawn.
        let numbers = downValues.map { y in
            acrossValues.map { x in
                cell(y, x)?.estimate.map { String(format: "%.4f", $0.value * 100) } ?? "NaN"
            }.joined(separator: " ")
        }
        return """
            $grid << EOD
            \(numbers.joined(separator: "\n"))
            EOD
            $labels << EOD
            \(labels.joined(separator: "\n"))
            EOD
            set encoding utf8
            set datafile missing "NaN"
            set terminal svg size \(260 + 90 * acrossValues.count),\(190 + 60 * downValues.count) dynamic \
            noenhanced font "Helvetica,15" background "white"
            set title \(Escaping.gnuplot("\(results.sweep) (\(results.scale)): \(metric) (%)"))
            set xlabel \(Escaping.gnuplot(across ?? ""))
            set ylabel \(Escaping.gnuplot(down))
            set xtics (\(tics(acrossValues))) scale 0
            set ytics (\(tics(downValues))) scale 0
            set xrange [-0.5:\(Double(acrossValues.count) - 0.5)]
            set yrange [-0.5:\(Double(downValues.count) - 0.5)]
            set palette defined (0 "#f7fbff", 1 "#56a0d3")
            unset key
            plot $grid matrix with image pixels, \
            $labels using 1:2:3 with labels

            """
    }

    private var labels: [String] {
        downValues.enumerated().flatMap { y, down in
            acrossValues.enumerated().compactMap { x, across in
                cell(down, across)?.estimate.map { "\(x) \(y) \(percent($0.value))" }
            }
        }
    }

    private func tics(_ values: [String]) -> String {
        values.enumerated().map { "\(Escaping.gnuplotFormat($1)) \($0)" }.joined(separator: ", ")
    }
}
