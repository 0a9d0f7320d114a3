extension ClaimReport {
    /// A line a claim.
    var summary: TextTable {
        var summary = TextTable(header: ["claim", "verdict", "comparisons that hold"])
        summary.rows = entries.map { [$0.claim.title, $0.verdict.rawValue, holding($0)] }
        return summary
    }

    /// A summary of verdicts, then each claim with its differences in percentage points.
    var markdown: String {
        """
        # The paper's claims, by our runs

        Each claim is a set of differences that must be positive. It holds if each is positive with a
        95 % interval that excludes 0, does not hold if one is negative with such an interval, and is
        undecided otherwise. Differences are taken query by query and queries are resampled (a paired
        bootstrap), where runs keep their queries' values; otherwise the rows' own intervals are
        combined. The intervals say nothing of other seeds, and are not widened for being many.

        Scale: \(Escaping.markdown(scale)). `rankbridge report claims --scale NAME` compares the runs of another.

        \(summary.markdown)
        \(entries.map(section).joined(separator: "\n"))
        """
    }

    private func holding(_ entry: Entry) -> String {
        "\(entry.findings.filter { $0.verdict == .holds }.count) of \(entry.findings.count)"
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
        let missing = entry.missing.map(\.description).joined(separator: ", ")
        return """
            ## \(entry.claim.title)

            The paper: \(entry.claim.source). Here: **\(entry.verdict.rawValue)**\
            \(missing.isEmpty ? "" : "; no finished run of \(missing)").

            \(table.markdown)
            """
    }

    private func signed(_ difference: Double) -> String {
        let text = percent(difference)
        return difference > 0 && text != "0.00" ? "+" + text : text
    }
}
