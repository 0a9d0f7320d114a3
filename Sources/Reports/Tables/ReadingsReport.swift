import RankingMetrics

/// Whether the rankers of Figure 4a stand above its dual encoders under each reading of what the paper leaves open.
///
/// The sweep's panels are series of the figure, their rows readings. A series without a row of a reading's name
/// stays at its row `default`.
struct ReadingsReport {
    static let sweep = "figure4-readings"
    static let defaultReading = "default"
    static let cutoffs = [1, 3, 5]

    /// R@k of one series minus R@k of another, for each cutoff.
    struct Difference {
        var minuend: String
        var subtrahend: String
        /// One for each cutoff; nil where a run has not finished.
        var estimates: [Estimate?]
        var verdict: Verdict { Verdict(all: estimates.map { Verdict($0) }) }
        var runs: [FinishedRun]
    }

    struct Reading {
        var name: String
        /// The series that the reading changes.
        var changed: [String]
        var differences: [Difference]
    }

    let scale: String
    let series: [String]
    let readings: [Reading]
    let failures: [String]

    init(_ results: SweepResults, reader: ResultsReader) throws {
        scale = results.scale
        let rows = results.rows.filter { !$0.isBase }
        let series = rows.reduce(into: [String]()) { if !$0.contains($1.panel) { $0.append($1.panel) } }
        let encoders = Set(series.filter { $0.hasPrefix("de_") })
        let pairs = series.filter { !encoders.contains($0) }.flatMap { ranker in
            series.filter(encoders.contains).map { (ranker, $0) }
        }
        let names = rows.reduce(into: [String]()) { if !$0.contains($1.id) { $0.append($1.id) } }
        self.series = series
        failures = results.failureNotes
        readings = try names.map { name in
            Reading(
                name: name,
                changed: name == Self.defaultReading ? [] : rows.filter { $0.id == name }.map(\.panel),
                differences: try (pairs + [("arr", "ce")]).map {
                    try Self.difference($0.0, $0.1, reading: name, results, reader)
                })
        }
    }

    private static func difference(
        _ minuend: String, _ subtrahend: String, reading: String, _ results: SweepResults,
        _ reader: ResultsReader
    ) throws -> Difference {
        let runs = [minuend, subtrahend].map { panel in
            (results.row(reading, panel: panel) ?? results.row(defaultReading, panel: panel))?.runs ?? []
        }
        // A ranking of four documents and one of thousands are not comparable.
        let comparable = Set(runs.joined().map { $0.options["evaluation.candidates"] ?? "own" }).count <= 1
        let estimates = try cutoffs.map { k -> Estimate? in
            guard comparable else { return nil }
            return try reader.estimate(
                Contrast(terms: [
                    .init(weight: 1, runs: runs[0], metric: .rAt(k)),
                    .init(weight: -1, runs: runs[1], metric: .rAt(k)),
                ]))
        }
        return Difference(
            minuend: minuend, subtrahend: subtrahend, estimates: estimates, runs: runs.flatMap { $0 })
    }
}

extension ReadingsReport {
    /// One line for each reading, pair of series and cutoff.
    var csv: String {
        var table = TextTable(header: [
            "reading", "series", "against", "k", "difference", "low", "high", "verdict", "scale", "runs",
        ])
        for reading in readings {
            for difference in reading.differences {
                for (k, estimate) in zip(Self.cutoffs, difference.estimates) {
                    table.rows.append([
                        reading.name, difference.minuend, difference.subtrahend, String(k),
                        percent(estimate?.value), percent(estimate?.low), percent(estimate?.high),
                        Verdict(estimate).rawValue, scale, difference.runs.map(\.id).joined(separator: ";"),
                    ])
                }
            }
        }
        return table.csv
    }

    private var cells: TextTable {
        var table = TextTable(header: ["reading", "changes"] + columns)
        table.rows = readings.map { reading in
            [reading.name, reading.changed.joined(separator: ", ")] + reading.differences.map(Self.cell)
        }
        return table
    }

    /// The verdicts alone, a sign each: the numbers of all cutoffs are wider than a page.
    var latex: LaTeXTable {
        let signs: [Verdict: String] = [.holds: "+", .doesNotHold: "–", .undecided: "0", .notRun: ""]
        var table = TextTable(header: ["reading"] + columns)
        table.rows = readings.map { reading in
            [reading.name] + reading.differences.map { signs[$0.verdict] ?? "" }
        }
        return LaTeXTable(
            table, caption: "Figure 4a under other readings of the paper",
            note:
                "+: the first series is above the second at R@1, R@3 and R@5; –: it is not; 0: undecided; nothing: not run or "
                + "not comparable. Scale \(scale).")
    }

    private var columns: [String] {
        readings.first?.differences.map { "\($0.minuend) - \($0.subtrahend)" } ?? []
    }

    var markdown: String {
        """
        # Figure 4a under other readings

        The paper's sentence (section 5.3): the cross encoder and the autoregressive ranker are on par and well above
        the dual encoders. Each cell is a difference in R@1 / R@3 / R@5, in percentage points, and whether its first
        series is above the second at all three: it holds if each 95 % interval lies above 0, does not hold if one
        lies below, and is undecided otherwise. Scale: \(Escaping.markdown(scale)). What each reading sets is in
        experiments/figure4-readings.yaml, why the defaults are what they are in PAPER_NOTES.md; intervals and runs
        are in the CSV. A series that a reading does not change stays at its default. "?": not run, or, for `corpus`, not
        comparable: there R@k is over all documents of the task, and the autoregressive ranker has its candidates in the
        prompt.

        \(cells.markdown)\(failures.map { "\n\($0)\n" }.joined())
        """
    }

    private static func cell(_ difference: Difference) -> String {
        let numbers = difference.estimates.map { estimate -> String in
            guard let estimate else { return "?" }
            return (estimate.value > 0 ? "+" : "") + percent(estimate.value)
        }
        return numbers.joined(separator: " / ") + " (\(difference.verdict.rawValue))"
    }
}
