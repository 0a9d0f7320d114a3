import RankingMetrics

extension TableReport {
    /// The table as a page: what was run, ours beside the paper's, and what to know of both.
    func markdown(title: String) -> String {
        """
        # \(title)

        \(header.map { "- \($0)\n" }.joined())
        Each cell: ours in percent (95 % interval) / the paper's. Nothing before the slash: no finished run.

        \(cells.markdown)
        \(scoreSection)\(footnotes.map { "\($0)\n" }.joined(separator: "\n"))
        """
    }

    private var cells: TextTable {
        let writes = lines.contains { $0.estimates[.invalid] != nil } ? [Metric.invalid] : []
        var table = TextTable(
            header: ["row"] + paper.optionColumns + (paper.metrics + writes).map(\.description))
        table.rows =
            bases.map { base in
                optionCells(base, name: name(ofBase: base))
                    + paper.metrics.map { ours(base.estimates[$0]) + " /" }
                    + writes.map { ours(base.estimates[$0]) }
            }
            + lines.map { line in
                optionCells(line, name: line.paper.id)
                    + paper.metrics.map { "\(ours(line.estimates[$0])) / \(printed(line.paper.numbers[$0]))" }
                    + writes.map { ours(line.estimates[$0]) }
            }
        return table
    }

    private func ours(_ estimate: Estimate?) -> String { estimate?.text ?? "" }

    // MARK: What was run

    private var header: [String] {
        guard let first = finished.first?.runs.first else {
            return [
                "No run of this table has finished\(scale.isEmpty ? "" : " at scale \(Escaping.markdown(scale))")."
            ]
        }
        let runs = finished.flatMap(\.runs)
        let models = distinct(runs.map { ModelName($0).long }, separator: "; ")
        return [
            "Scale: \(Escaping.markdown(scale)); rows finished: \(finished.count) of \(lines.count).",
            "Model: \(Escaping.markdown(models)), trained here, standing in for the paper's Mistral-7B-Instruct-v0.3.",
        ] + baseSentences + [
            "Fine-tuning: \(span(runs.map(\.steps))) steps of "
                + "\(first.options["queriesPerBatch"] ?? "?") queries, each with the documents that its row's "
                + "loss needs. The paper: 10,000 steps of 64 (query, document) points.",
            "Budget seen: \(span(runs.map(\.trainingQueries))) queries, "
                + "\(span(runs.map(\.trainingPoints))) (query, document) points\(pointsPerStep(runs)).",
            "Evaluation: \(span(runs.map(\.evaluationQueries))) queries"
                + (first.options["data.protocol"].map { ", protocol `\($0)`" } ?? "") + ".",
            seedSentence,
            tuningSentence(runs),
        ]
    }

    /// The seeds; where rows differ in them, those of which rows.
    private var seedSentence: String {
        var groups: [(seeds: String, rows: [String])] = []
        for line in finished {
            let seeds = distinct(line.runs.map(\.seed).sorted())
            if let known = groups.firstIndex(where: { $0.seeds == seeds }) {
                groups[known].rows.append("`\(Escaping.markdown(line.paper.id))`")
            } else {
                groups.append((seeds, ["`\(Escaping.markdown(line.paper.id))`"]))
            }
        }
        guard groups.count > 1 else { return "Seeds: \(groups.first?.seeds ?? "")." }
        return "Seeds: "
            + groups.map { "\($0.seeds) of \($0.rows.joined(separator: ", "))" }.joined(separator: "; ") + "."
    }

    private func pointsPerStep(_ runs: [FinishedRun]) -> String {
        let rates = runs.compactMap { run -> Int? in
            guard let points = run.trainingPoints, let steps = run.steps, steps > 0 else { return nil }
            return (points + steps / 2) / steps
        }
        return rates.isEmpty ? "" : ", so \(span(rates)) points a step"
    }

    /// All rows get the same tuning: this is checked, not promised.
    private func tuningSentence(_ runs: [FinishedRun]) -> String {
        let others = RunOptions.varying(runs.map(\.options)).filter {
            !$0.hasPrefix("loss.") && $0 != "seed" && !$0.hasPrefix("seed.")
        }
        return others.isEmpty
            ? "Tuning: the rows' runs differ in their loss alone; every other option is the same for each."
            : "Tuning: beside their loss, the rows' runs differ in \(others.joined(separator: ", "))."
    }

    private var footnotes: [String] {
        var notes = notes + seedNotes
        if lines.contains(where: { $0.estimates[.invalid] != nil }) {
            notes.append(
                "`invalid`: queries for which the model, free to write any token, writes no docID; the paper has no such "
                    + "column.")
        }
        return notes + sharedFootnotes
    }
}
