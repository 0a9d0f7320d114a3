import Experiments
import RankingMetrics
import ReferenceRanker
import TextSimilarity

extension SearchTable {
    /// The table as a page: what was run on what, ours beside the paper's, and what to know of both.
    func markdown(heading: String) -> String {
        """
        # \(heading)

        \(header.map { "- \($0)\n" }.joined())
        \(cellSentence) R@k is over the queries that have k documents; how many those are stands in the last line.

        \(cells.markdown)
        \(readingSection)\(footnotes.map { "\($0)\n" }.joined(separator: "\n"))
        """
    }

    private var cellSentence: String {
        paper.rows.isEmpty
            ? "Each cell: percent (95 % interval)."
            : "Each cell: ours in percent (95 % interval) / the paper's. Nothing before the slash: no finished run, or "
                + "no query with so many documents."
    }

    private var trained: [FinishedRun] {
        lines.flatMap(\.runs).filter { ($0.steps ?? 0) > 0 }
    }

    /// The kind of ranker that needs no training.
    private static let reference = ReferenceConfiguration.name

    private var cells: TextTable {
        var table = TextTable(
            header: ["row", "data"] + paper.optionColumns + paper.metrics.map(\.description))
        func cells(_ line: PaperComparisonLine, name: String) -> [String] {
            [name, distinct(line.runs.map { $0.options["data.source"] })]
                + paper.optionColumns.map { line.paper.options[$0] ?? "" }
                + paper.metrics.map { metric in
                    let ours = line.estimates[metric]?.text ?? ""
                    return line.isPapers ? "\(ours) / \(printed(line.paper.numbers[metric]))" : ours
                }
        }
        table.rows = bases.map { cells($0, name: name(ofBase: $0)) }
        table.rows += lines.map { cells($0, name: $0.paper.id) }
        if let counted = lines.first(where: { !$0.runs.isEmpty }) {
            table.rows.append(
                ["queries", ""] + paper.optionColumns.map { _ in "" }
                    + paper.metrics.map { counted.counts[$0].map(grouped) ?? "" })
        }
        return table
    }

    private var header: [String] {
        guard !finished.isEmpty else { return ["No run of this table has finished."] }
        let models = distinct(trained.map { ModelName($0).long }, separator: "; ")
        var lines = [
            "Scale: \(Escaping.markdown(scale)); rows finished: \(finished.count)\(ofPapers).",
            models.isEmpty
                ? "No trained row has finished."
                : "Model: \(Escaping.markdown(models)), standing in for the paper's Mistral-7B-Instruct-v0.3.",
        ]
        lines.append(
            "Training: \(span(trained.map(\.steps))) steps, \(span(trained.map(\.trainingQueries))) queries, "
                + "\(span(trained.map(\.trainingPoints))) (query, document) points. The paper: 10,000 steps of 32."
        )
        if !trained.isEmpty { lines += baseSentences }
        lines += documents.map(documentSentence)
        lines.append(
            "The paper's data are the Shopping Queries data with embeddings of Gecko, which is closed; how many documents "
                + "its 310 evaluated queries have it does not print.")
        let seeds = Set(finished.flatMap { $0.runs.map(\.seed) }).sorted()
        lines.append("Seeds: \(distinct(seeds)).")
        return lines
    }

    /// How many of the paper's rows are among those that have finished; others that are still to be run have no line.
    private var ofPapers: String {
        let papers = lines.filter(\.isPapers)
        return papers.isEmpty
            ? "" : "; of the paper's \(papers.count) rows: \(papers.count { !$0.runs.isEmpty })"
    }

    private func documentSentence(_ data: (source: String, counts: DocumentCounts)) -> String {
        let range = data.counts.range.map { span([$0.lowerBound, $0.upperBound]) } ?? "no"
        return
            "Data `\(Escaping.markdown(data.source))`: \(grouped(data.counts.total)) evaluated queries of \(range) "
            + "documents, \(decimal(data.counts.mean, 1)) ± \(decimal(data.counts.deviation, 1)) on average."
    }

    private var footnotes: [String] {
        var notes = notes + seedNotes
        if lines.contains(where: { $0.runs.contains { $0.model == Self.reference } }) {
            notes.append(
                "Rows without a model: `random` orders documents by chance; `first` has the first docID right and the "
                    + "others by chance; `ceiling` has each docID at the place of its most relevant document, and documents "
                    + "that share a docID score equal. No model that writes docIDs can have a higher R@1; at later ranks an order can be "
                    + "a little better that puts a docID further back which a distant document shares. All three are expectations over "
                    + "the orders of equal scores.")
        }
        let ofVectors = trained.filter { !($0.options["textVectors"] ?? "").isEmpty }
        if !ofVectors.isEmpty {
            let rows = ofVectors.count == trained.count ? "All rows" : "Rows `vectors_...`"
            let byCosine = lines.contains { $0.paper.id == "encoder_128" && !$0.runs.isEmpty }
            notes.append(
                "\(rows): a prompt holds one vector of a text encoder in the place of each query's and each title's tokens "
                    + "(as in PE-Rank, arXiv 2406.14848), so that what is compared does not depend on how well titles are read. Where the "
                    + "lists were made with that encoder, so is what these rows see of the texts."
                    + (byCosine ? " `encoder_128` orders documents by the cosines of these vectors." : ""))
        }
        if lines.contains(where: { $0.runs.contains { $0.model == TextSimilarityConfiguration.name } }) {
            notes.append(
                "Rows of texts alone: `bm25` orders documents by the words that they share with the query; `encoder` by the inner "
                    + "product of a text encoder's embeddings of what the prompt shows. Where the lists were made with that encoder, this is "
                    + "what a model could reach that reads the prompt as the encoder does: the lists were made from whole titles."
            )
        }
        return notes + sharedFootnotes
    }
}
