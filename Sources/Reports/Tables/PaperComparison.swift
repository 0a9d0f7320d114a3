import RankingMetrics

/// One of the paper's tables: its rows and columns, with the runs that reproduce each row.
protocol PaperComparison {
    /// What the paper printed.
    var paper: PaperTable { get }
    /// The scale of the runs.
    var scale: String { get }
    /// The paper's rows in the paper's order, then rows that it lacks.
    var lines: [PaperComparisonLine] { get }
    /// The models that the rows fine-tune, as they are.
    var bases: [PaperComparisonLine] { get }
}

/// A row of such a table.
struct PaperComparisonLine {
    /// The row as the paper has it, or without numbers where it does not.
    var paper: PaperTable.Row
    /// The finished runs, by seed; empty while none has finished.
    var runs: [FinishedRun]
    /// Means over the runs.
    var estimates: [Metric: Estimate]
    /// The same by other scores of the documents, where every run was measured by them.
    var byScore: [String: [Metric: Estimate]] = [:]
    /// Queries that each metric is over, where a report counts them.
    var counts: [Metric: Int] = [:]
    /// Whether the paper has this row.
    var isPapers = true
}

// MARK: CSV

extension PaperComparison {
    /// The first columns of such a table's CSV, from `row` to `runs`.
    var sharedColumns: [String] {
        let bounds = paper.metrics.flatMap { ["\($0)_low", "\($0)_high", "\($0)_paper"] }
        return ["row"] + paper.optionColumns + paper.metrics.map(\.description) + bounds + [
            "model", "scale", "seeds", "steps", "training_queries", "training_points", "evaluation_queries",
            "runs",
        ]
    }

    /// A line's cells in `sharedColumns`; where no run has finished, those of the paper alone.
    func sharedCells(_ line: PaperComparisonLine) -> [String] {
        let bounds = paper.metrics.flatMap { metric in
            let estimate = line.estimates[metric]
            return [percent(estimate?.low), percent(estimate?.high), line.paper.numbers[metric]?.text ?? ""]
        }
        return optionCells(line, name: line.paper.id)
            + paper.metrics.map { percent(line.estimates[$0]?.value) }
            + bounds + provenance(line.runs)
    }

    private func provenance(_ runs: [FinishedRun]) -> [String] {
        guard !runs.isEmpty else { return [String](repeating: "", count: 8) }
        return [
            distinct(runs.map { ModelName($0).short }), scale, String(runs.count),
            distinct(runs.map(\.steps)),
            distinct(runs.map(\.trainingQueries)), distinct(runs.map(\.trainingPoints)),
            distinct(runs.map(\.evaluationQueries)), runs.map(\.id).joined(separator: ";"),
        ]
    }

    /// A line's name and the paper's options of it.
    func optionCells(_ line: PaperComparisonLine, name: String) -> [String] {
        [name] + paper.optionColumns.map { line.paper.options[$0] ?? "" }
    }
}

// MARK: Pages

extension PaperComparison {
    var finished: [PaperComparisonLine] { lines.filter { !$0.runs.isEmpty } }

    /// The paper's number with its star; empty where it has none.
    func printed(_ number: PaperTable.Number?) -> String {
        number.map { $0.text + ($0.isStarred ? "*" : "") } ?? ""
    }

    /// What ± means, where a row has several seeds.
    var seedNotes: [String] {
        guard finished.contains(where: { $0.runs.count > 1 }) else { return [] }
        return [
            "Several seeds: the mean over seeds ± their standard deviation; the interval resamples queries, each "
                + "with its mean over seeds, so it holds for these seeds."
                + (bases.contains { $0.runs.count == 1 }
                    ? " All seeds of a row start from one run of its base, so what another training of the base would change is in neither."
                    : "")
        ]
    }

    /// What stands below every such table.
    var sharedFootnotes: [String] {
        var notes = ["Intervals: bootstrap over the evaluation queries, 95 %."]
        if paper.rows.contains(where: { $0.numbers.values.contains(where: \.isStarred) }) {
            notes.append(
                "A star marks a number of the paper whose column is missing in the paper's text version, "
                    + "so that it could not be checked against it.")
        }
        return notes
    }

    /// Our rows with the paper's below them, each block with its own best.
    func latex(caption: String) -> LaTeXTable {
        func cells(_ line: PaperComparisonLine, _ name: String) -> [LaTeXTable.Cell] {
            optionCells(line, name: name).map { LaTeXTable.Cell($0) }
                + paper.metrics.map { LaTeXTable.Cell(line.estimates[$0]) }
        }
        let paperRows = paper.rows.map { row in
            ([row.id] + paper.optionColumns.map { row.options[$0] ?? "" }).map { LaTeXTable.Cell($0) }
                + paper.metrics.map { metric in
                    var cell = LaTeXTable.Cell(printed(row.numbers[metric]))
                    // The star is not part of the number that is compared.
                    cell.value = row.numbers[metric].flatMap { Double($0.text) }
                    return cell
                }
        }
        // On other data, or of no model: a best over both would compare what cannot be compared.
        let others = lines.filter { !$0.isPapers }.map { cells($0, $0.paper.id) }
        let baseRows = bases.map { cells($0, name(ofBase: $0, note: note($0))) }
        return LaTeXTable(
            caption: caption,
            columns: (["row"] + paper.optionColumns).map { LaTeXTable.Column($0) }
                + paper.metrics.map {
                    LaTeXTable.Column("\($0)", best: $0.isBetterSmaller ? .smallest : .largest)
                },
            blocks: [
                LaTeXTable.Block(rows: baseRows, isCompared: false),
                LaTeXTable.Block(rows: lines.filter(\.isPapers).map { cells($0, $0.paper.id) }),
                // Where the paper has rows of its own, these stand beside them and are not what is compared.
                LaTeXTable.Block(rows: others, isCompared: paperRows.isEmpty),
                LaTeXTable.Block(title: "The paper's numbers", rows: paperRows),
            ].filter { !$0.rows.isEmpty },
            note: "Percent. Scale \(scale), seeds \(span(finished.map(\.runs.count))) a row, "
                + "\(span(finished.flatMap(\.runs).map(\.evaluationQueries))) evaluation queries.")
    }
}

extension PaperComparison {
    /// ` on glosses`, and how prompts hold texts where it is no tokens: what tells a base from others, where there are several.
    private func note(_ base: PaperComparisonLine) -> String {
        guard bases.count > 1 else { return "" }
        let data = " on " + distinct(base.runs.map { $0.options["data.source"] })
        let vectors = encoders(base, "textVectors")
        return vectors.isEmpty ? data : data + ", vectors of \(vectors)"
    }

    /// What each base was trained with, which the rows' own budgets leave out.
    var baseSentences: [String] {
        guard !bases.isEmpty else { return ["Base: no run of one has finished."] }
        return bases.map { base in
            let name =
                bases.count == 1
                ? "Base: one for all rows"
                : "Base `\(Escaping.markdown(base.paper.id))`\(Escaping.markdown(note(base)))"
            let runs = base.runs
            return
                "\(name), \(span(runs.map(\.steps))) steps, \(span(runs.map(\.trainingQueries))) queries, "
                + "\(span(runs.map(\.trainingPoints))) points, \(knowledge(base))\(texts(base)) (run "
                + "\(runs.map { Escaping.markdown(String($0.id.prefix(12))) }.joined(separator: ", "))); the row `\(Escaping.markdown(self.name(ofBase: base)))` "
                + "is its own."
        }
    }

    /// A base in the rows' place. What was trained on the first documents of queries is not called zero-shot.
    func name(ofBase base: PaperComparisonLine, note: String = "") -> String {
        "\(base.paper.id)\(note), \(knowsFirst(base) ? "by itself" : "zero-shot")"
    }

    private func knowsFirst(_ base: PaperComparisonLine) -> Bool {
        base.runs.contains { $0.options["matchingQuestions"] == "queries" }
    }

    /// What the base's training tells of ranks, as its options say it.
    private func knowledge(_ base: PaperComparisonLine) -> String {
        knowsFirst(base)
            ? "trained on which document is the first of training queries, and on nothing that tells other ranks"
            : "trained on nothing that tells ranks"
    }

    /// The text encoder whose vectors prompts hold, or that the base's token embeddings start from, where there is one.
    private func texts(_ base: PaperComparisonLine) -> String {
        let (vectors, start) = (encoders(base, "textVectors"), encoders(base, "initialEmbeddings"))
        if !vectors.isEmpty { return ", each query and title one vector of \(Escaping.markdown(vectors))" }
        return start.isEmpty ? "" : ", token embeddings from those of \(Escaping.markdown(start))"
    }

    private func encoders(_ base: PaperComparisonLine, _ option: String) -> String {
        Set(base.runs.compactMap { $0.options[option] }).filter { !$0.isEmpty }.sorted()
            .joined(separator: ", ")
    }
}
