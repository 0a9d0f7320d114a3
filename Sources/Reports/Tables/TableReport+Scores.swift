import RankingMetrics

/// The same runs by other scores of their documents: every evaluation measures all three in one pass.
extension TableReport {
    /// The scores beside the one that the runs are shown by, in the order of the table.
    private var otherScores: [String] {
        let shown = Set(lines.flatMap(\.runs).map(\.ownScore))
        return Self.scores.filter { shown != [$0] }
    }

    /// All scores that an evaluation measures.
    static let scores = ["mean", "sum", "counted"]

    /// Whether any row was measured by one of them: runs from before there was a choice were not.
    private var hasOtherScores: Bool {
        lines.contains { line in otherScores.contains { line.byScore[$0] != nil } }
    }

    /// The CSV's last columns, and what a line has in them; none where no row was measured so.
    var scoreColumns: [String] {
        guard hasOtherScores else { return [] }
        return otherScores.flatMap { score in paper.metrics.map { "\($0)_\(score)" } }
    }

    func scoreCells(_ line: PaperComparisonLine) -> [String] {
        guard hasOtherScores else { return [] }
        return otherScores.flatMap { score in
            paper.metrics.map { percent(line.byScore[score]?[$0]?.value) }
        }
    }

    /// The page's second table, with what to know of it; empty where no row was measured so.
    var scoreSection: String {
        guard hasOtherScores else { return "" }
        var table = TextTable(header: ["row", "score"] + paper.metrics.map(\.description))
        for line in lines {
            for score in otherScores {
                guard let estimates = line.byScore[score] else { continue }
                table.rows.append(
                    [line.paper.id, score]
                        + paper.metrics.map {
                            "\(estimates[$0]?.text ?? "") / \(printed(line.paper.numbers[$0]))"
                        })
            }
        }
        return """
            ## By other scores

            The same models and the same log-probabilities. `sum`: the log-probability of the whole docID. `mean`: the sum over the
            number of its tokens. `counted`: the sum over the number of tokens that the docID has where its sense suffix (`.n.01`)
            is spelled as language models' tokenizers spell it, a token for each character.

            \(table.markdown)

            """
    }
}
