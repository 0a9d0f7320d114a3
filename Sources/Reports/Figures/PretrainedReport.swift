import RankingMetrics

/// Learning curves of experiments/pretrained.yaml: each metric against training queries and processor time, a pretrained
/// model under several losses beside the compact decoder.
struct PretrainedReport {
    static let sweep = "pretrained"
    static let metrics = [
        Metric.rAt(1), .rAt(2), .rAt(5), .ndcg, .cvr, .invalid,
    ]

    /// One row of the sweep: a model after so many training queries.
    struct Point {
        var row: String
        var runs: [FinishedRun]
        var estimates: [Metric: Estimate]

        /// Whether the model was changed at all.
        var isTrained: Bool { runs.contains { $0.steps != 0 } }
        /// Queries trained on, with repetition; 0 for a model as it is, nil where they are not known.
        var queries: Int? { isTrained ? runs.first?.trainingQueries : 0 }
        /// Mean processor hours of a run; nil where another machine's are not known.
        var hours: Double? {
            // A run that another machine trained has no processor time: its 0 stands for what is not known.
            guard !runs.isEmpty, runs.allSatisfy({ $0.cpuSeconds > 0 }) else { return nil }
            return runs.reduce(0) { $0 + $1.cpuSeconds } / Double(runs.count) / 3600
        }
    }

    /// A model and a loss, after growing numbers of queries.
    struct Series {
        var model: String
        var loss: String
        var points: [Point]

        var label: String { loss.isEmpty ? "\(model), as it is" : "\(model), \(loss)" }
    }

    let scale: String
    let series: [Series]
    /// Rows of the sweep that have not been run.
    let missing: [String]
    let failures: [String]

    init(_ results: SweepResults, reader: ResultsReader) throws {
        scale = results.scale
        let rows = results.rows.filter { !$0.isBase }
        missing = results.rowsNotRun
        failures = results.failureNotes
        var series: [Series] = []
        for row in rows {
            guard let first = row.runs.first else { continue }
            var point = Point(row: row.id, runs: row.runs, estimates: [:])
            for metric in PretrainedReport.metrics {
                point.estimates[metric] = try reader.estimate(.mean(row.runs, metric))
            }
            let model = ModelName(first).short
            let loss = point.isTrained ? PretrainedReport.lossName(first.options) : ""
            if let index = series.firstIndex(where: { $0.model == model && $0.loss == loss }) {
                series[index].points.append(point)
            } else {
                series.append(Series(model: model, loss: loss, points: [point]))
            }
        }
        for index in series.indices {
            series[index].points.sort { $0.queries ?? .max < $1.queries ?? .max }
        }
        self.series = series
    }

    private static func lossName(_ options: RunOptions) -> String {
        let weighting =
            switch options["loss.lambda"] {
            case "top1": options["loss.targets"] == "trie" ? "" : "next token"
            case "fractional": "fractional α = \(options["loss.alpha"] ?? "?")"
            case let other: other ?? "?"
            }
        guard options["loss.targets"] == "trie" else { return weighting }
        return (weighting.isEmpty ? "" : weighting + ", ") + "trie β = \(options["loss.beta"] ?? "?")"
    }
}

extension PretrainedReport {
    /// The form that other people's programs read; a change of it needs a line in CHANGELOG.md.
    var csv: String {
        var table = TextTable(
            header: ["row", "model", "loss", "queries", "processor_hours", "steps", "evaluation_queries"]
                + PretrainedReport.metrics.flatMap { ["\($0)", "\($0)_low", "\($0)_high"] }
                + ["seeds", "scale", "runs"])
        for series in series {
            for point in series.points {
                let queries: String = point.queries.map { "\($0)" } ?? ""
                let hours: String = point.hours.map { decimal($0, 4) } ?? ""
                var row: [String] = [point.row, series.model, series.loss, queries, hours]
                row += [distinct(point.runs.map(\.steps)), distinct(point.runs.map(\.evaluationQueries))]
                for metric in PretrainedReport.metrics {
                    let estimate = point.estimates[metric]
                    row += [percent(estimate?.value), percent(estimate?.low), percent(estimate?.high)]
                }
                row += [String(point.runs.count), scale, point.runs.map(\.id).joined(separator: ";")]
                table.rows.append(row)
            }
        }
        return table.csv
    }

    var markdown: String {
        var table = TextTable(
            header: ["model", "loss", "queries", "processor hours"]
                + PretrainedReport.metrics.map(\.description))
        for series in series {
            for point in series.points {
                let values = PretrainedReport.metrics.map { point.estimates[$0]?.text ?? "" }
                table.rows.append(budget(series, point) + values)
            }
        }
        return """
            # A pretrained language model as the autoregressive ranker

            \(header.map { "- \($0)\n" }.joined())
            Percent (95 % interval, bootstrap over the evaluation queries). `invalid` is the share of queries whose greedy
            output is no docID. The picture is pretrained.svg.

            \(table.markdown)
            """
    }

    /// A row's cells before its metrics: model, loss, queries and processor hours.
    private func budget(_ series: Series, _ point: Point) -> [String] {
        let queries: String = point.queries.map { grouped($0) } ?? ""
        let hours: String = point.hours.map { decimal($0, 2) } ?? ""
        return [series.model, series.loss, queries, hours]
    }

    var latex: LaTeXTable {
        let rows = series.flatMap { series in
            series.points.map { point in
                budget(series, point).map { LaTeXTable.Cell($0) }
                    + PretrainedReport.metrics.map { LaTeXTable.Cell(point.estimates[$0]) }
            }
        }
        return LaTeXTable(
            caption: "A pretrained language model as the autoregressive ranker",
            columns: [
                .init("model"), .init("loss"), .init("queries", isNumber: true),
                .init("hours", isNumber: true),
            ]
                + PretrainedReport.metrics.map {
                    .init("\($0)", best: $0.isBetterSmaller ? .smallest : .largest)
                },
            blocks: [.init(rows: rows)], note: "Percent; hours are processor hours. Scale \(scale).")
    }

    private var header: [String] {
        let runs = series.flatMap(\.points).flatMap(\.runs)
        guard !runs.isEmpty else { return ["No run of this experiment has finished."] + failures }
        return [
            "Scale: \(Escaping.markdown(scale)); rows finished: \(series.reduce(0) { $0 + $1.points.count })"
                + (missing.isEmpty
                    ? "." : "; not run: \(Escaping.markdown(missing.joined(separator: ", ")))."),
            "Models: \(Escaping.markdown(distinct(runs.map { ModelName($0).long }, separator: "; "))). The paper's is Mistral-7B-Instruct-v0.3, trained on "
                + "640,000 (query, document) points.",
            "Queries are training queries, with repetition, each with all documents that its loss weighs; processor hours "
                + "are those of a run with its evaluation and, for the compact decoder, its base.",
            "Evaluation: \(span(runs.map(\.evaluationQueries))) queries, protocol "
                + "`\(distinct(runs.map { $0.options["data.protocol"] }))`. Seeds: \(distinct(runs.map(\.seed).sorted())).",
            products,
        ] + failures
    }

    /// The precision of products, which costs and may move a row: most rows' alone, and that of the others with their names.
    private var products: String {
        let byPrecision = Dictionary(grouping: series.flatMap(\.points)) {
            distinct($0.runs.map { $0.options["precision"] })
        }
        let parts = byPrecision.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.enumerated()
            .map {
                index, part in
                let rows = part.value.map(\.row).sorted().joined(separator: ", ")
                return index == 0 ? part.key : "\(part.key) in \(Escaping.markdown(rows))"
            }
        return "Products of matrices: \(parts.joined(separator: "; "))."
    }
}
