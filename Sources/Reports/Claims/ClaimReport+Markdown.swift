extension ClaimReport {
    /// A line a claim.
    var summary: TextTable {
        var summary = TextTable(header: ["claim", "verdict", "comparisons that hold", "scale"])
        summary.rows = entries.map {
            [$0.claim.title, $0.verdict.rawValue, holding($0), Escaping.markdown(scale(of: $0.claim))]
        }
        return summary
    }

    /// A line for each claim on which scores of documents bear: the verdict and the comparisons that hold, by score.
    static func byScore(_ reports: [(score: String, report: ClaimReport)]) -> TextTable {
        var table = TextTable(header: ["claim"] + reports.map { "by \($0.score)" })
        for place in reports.first?.report.entries.indices ?? 0..<0 {
            let entries = reports.map { $0.report.entries[place] }
            guard entries.contains(where: { $0.findings != entries[0].findings }) else { continue }
            table.rows.append(
                [entries[0].claim.title]
                    + zip(entries, reports).map { "\($0.verdict.rawValue), \($1.report.holding($0))" })
        }
        return table
    }

    /// A summary of verdicts, then each claim with its differences in percentage points.
    var markdown: String {
        """
        # The paper's claims, by our runs

        Each claim is a set of differences that must be positive. It holds if each is positive with a
        95 % interval that excludes 0, does not hold if one is negative with such an interval, and is
        undecided otherwise. Differences are taken query by query and queries are resampled (a paired
        bootstrap), where runs keep their queries' values; otherwise the rows' own intervals are
        combined. The intervals say nothing of other seeds, nor of another training of the base that rows start from, and are
        not widened for being many. A comparison at a k for which no query has documents (`no such query`) does not count.

        `rankbridge report claims --scale NAME` compares the runs of one scale; without it each claim is of the scale at which
        its table or figure is committed. Documents are ordered by the runs' own score (option `score`), and where runs of a claim differ
        in that, by a score that all were measured by.

        \(summary.markdown)
        \(entries.map(section).joined(separator: "\n"))
        """
    }

    private func holding(_ entry: Entry) -> String {
        let decidable = entry.findings.filter { $0.verdict != .noQuery }
        return "\(decidable.filter { $0.verdict == .holds }.count) of \(decidable.count)"
    }

    private func section(_ entry: Entry) -> String {
        var table = TextTable(header: ["comparison", "difference", "95 % interval", "verdict"])
        table.rows = entry.findings.map { finding in
            let difference = finding.difference
            let bounds = [difference?.low, difference?.high].compactMap { $0 }.map { signed($0) }
            return [
                finding.statement, difference.map { signed($0.value) } ?? "",
                bounds.joined(separator: " to "), finding.verdict.rawValue,
            ]
        }
        let scale = Escaping.markdown(scale(of: entry.claim))
        let missing = entry.missing.map(\.description).joined(separator: ", ")
        return """
            ## \(entry.claim.title)

            The paper: \(entry.claim.source). Here, at scale \(scale): **\(entry.verdict.rawValue)**\
            \(missing.isEmpty ? "" : "; no finished run of \(missing)").\
            \(entry.score.map { " Documents are ordered by the score `\($0)`." } ?? "")

            \(table.markdown)
            """
    }

    private func signed(_ difference: Double) -> String {
        let text = percent(difference)
        return difference > 0 && text != "0.00" ? "+" + text : text
    }
}
