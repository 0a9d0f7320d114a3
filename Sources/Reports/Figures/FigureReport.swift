import RankingMetrics

/// Figure 4: recall at k = 1...10 of dual encoders, cross encoders and the autoregressive ranker.
struct FigureReport {
    struct Point {
        var k: Int
        var recall: Estimate
    }

    /// One line of a panel.
    struct Series {
        var panel: String
        /// The row id in experiments/figure4.yaml.
        var id: String
        /// What the legend says.
        var label: String
        var dimension: String
        var alpha: String
        var runs: [FinishedRun]
        var points: [Point]
    }

    static let cutoffs = 1...10
    static let panels = ["a", "b", "c"]

    let scale: String
    let series: [Series]
    /// Rows of the sweep that have not been run, as `panel/row`.
    let missing: [String]
    let failures: [String]
    /// Rows of the sweep, whatever became of them.
    let rowCount: Int

    init(_ results: SweepResults, reader: ResultsReader) throws {
        scale = results.scale
        let rows = results.rows.filter { !$0.isBase }
        missing = results.rowsNotRun.sorted()
        failures = results.failureNotes
        rowCount = rows.count
        series = try rows.compactMap { row in
            guard let first = row.runs.first else { return nil }
            let points = try FigureReport.cutoffs.compactMap { k in
                try reader.estimate(.mean(row.runs, Metric.rAt(k))).map { Point(k: k, recall: $0) }
            }
            return FigureReport.series(row, first, points)
        }.sorted(by: FigureReport.comesFirst)
    }

    private static func series(_ row: SweepRow, _ run: FinishedRun, _ points: [Point]) -> Series {
        let dimension = run.options["dimension"] ?? ""
        let alpha = run.options["alpha"] ?? run.options["loss.alpha"] ?? ""
        let label =
            switch (row.panel, run.model) {
            case ("a", "dual-encoder"): "DE, n = \(dimension)"
            case ("a", "cross-encoder"): "CE, n = \(dimension)"
            case ("a", "autoregressive"): "ARR"
            default: "α = \(alpha)"
            }
        return Series(
            panel: row.panel, id: row.id, label: label, dimension: dimension, alpha: alpha, runs: row.runs,
            points: points)
    }

    /// By panel; in a panel dual encoders, cross encoders, then the rest, each by dimension and alpha.
    private static func comesFirst(_ left: Series, _ right: Series) -> Bool {
        left.sortKey.lexicographicallyPrecedes(right.sortKey)
    }
}

extension FigureReport.Series {
    fileprivate var sortKey: [Double] {
        let panel = FigureReport.panels.firstIndex(of: panel) ?? FigureReport.panels.count
        let kind = ["dual-encoder", "cross-encoder"].firstIndex(of: runs.first?.model ?? "") ?? 2
        return [Double(panel), Double(kind), Double(dimension) ?? 0, Double(alpha) ?? 0]
    }
}

extension FigureReport {
    /// The form that other people's programs read; a change of it needs a line in CHANGELOG.md.
    var csv: String {
        var table = TextTable(header: [
            "panel", "series", "dimension", "alpha", "k", "recall", "low", "high", "seeds", "scale", "runs",
            "spread",
        ])
        for series in series {
            table.rows += series.points.map { point in
                [
                    series.panel, series.id, series.dimension, series.alpha, String(point.k),
                    percent(point.recall.value), percent(point.recall.low), percent(point.recall.high),
                    String(series.runs.count), scale, series.runs.map(\.id).joined(separator: ";"),
                    percent(point.recall.spread),
                ]
            }
        }
        return table.csv
    }

    var markdown: String {
        let titles = [
            "a": "(a) Dual encoders of four widths, the cross encoder, the autoregressive ranker",
            "b": "(b) Dual encoders over alpha", "c": "(c) Cross encoders over alpha",
        ]
        let panels = FigureReport.panels.map { panel in
            "## \(titles[panel] ?? panel)\n\n" + table(panel)
        }
        return """
            # Figure 4: R@k on WordNet

            \(header.map { "- \($0)\n" }.joined())
            R@k in percent, ± standard deviation over seeds where there are several (95 % interval, bootstrap over the
            evaluation queries).
            The picture is figure4.svg; the paper gives this figure without numbers.

            \(panels.joined(separator: "\n"))
            """
    }

    /// R@k of each series at as many k as fit a page, a block for each panel.
    var latex: LaTeXTable {
        let cutoffs = [1, 3, 5, 10]
        let blocks = FigureReport.panels.compactMap { panel -> LaTeXTable.Block? in
            let members = series.filter { $0.panel == panel }
            let rows = members.map { series in
                [LaTeXTable.Cell(series.label)]
                    + cutoffs.map { k in
                        LaTeXTable.Cell(series.points.first { $0.k == k }?.recall)
                    }
            }
            return rows.isEmpty ? nil : LaTeXTable.Block(title: "Panel \(panel)", rows: rows)
        }
        return LaTeXTable(
            caption: "R@k on WordNet",
            columns: [LaTeXTable.Column("series")]
                + cutoffs.map { LaTeXTable.Column("R@\($0)", best: .largest) },
            blocks: blocks, note: "Percent. Scale \(scale).")
    }

    private func table(_ panel: String) -> String {
        let members = series.filter { $0.panel == panel }
        guard !members.isEmpty else { return "Not run.\n" }
        var table = TextTable(
            header: ["series", "model", "steps", "seeds"] + FigureReport.cutoffs.map { "R@\($0)" })
        table.rows = members.map { series in
            [
                series.label, distinct(series.runs.map { ModelName($0).short }),
                span(series.runs.map(\.steps)),
                String(series.runs.count),
            ]
                + FigureReport.cutoffs.map { k in
                    series.points.first { $0.k == k }?.recall.text ?? ""
                }
        }
        return table.markdown
    }

    private var header: [String] {
        guard !series.isEmpty else { return ["No run of this figure has finished."] + failures }
        let runs = series.flatMap(\.runs)
        let lookup = runs.filter { $0.model != "autoregressive" }
        let generative = runs.filter { $0.model == "autoregressive" }
        return [
            "Scale: \(Escaping.markdown(scale)); series finished: \(series.count) of \(rowCount)"
                + (missing.isEmpty
                    ? "." : "; not run: \(Escaping.markdown(missing.joined(separator: ", ")))."),
            "Evaluation: \(span(runs.map(\.evaluationQueries))) queries. Dual and cross encoders: protocol "
                + "`\(distinct(lookup.map { $0.options["data.protocol"] }))`, because a lookup table knows nothing "
                + "of a query that it was not trained on; the autoregressive ranker: protocol "
                + "`\(distinct(generative.map { $0.options["data.protocol"] }))`.",
            "The autoregressive ranker is \(Escaping.markdown(distinct(generative.map { ModelName($0).long }))), standing in for "
                + "the paper's Mistral-7B-Instruct-v0.3.",
            "Seeds: \(distinct(runs.map(\.seed).sorted())).",
        ] + failures
    }
}
