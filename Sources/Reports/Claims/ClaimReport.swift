import Experiments
import RankingMetrics

/// What our runs say of each claim.
enum Verdict: String {
    /// Every comparison has the claimed sign, and its interval excludes 0.
    case holds
    /// Some comparison has the other sign, and its interval excludes 0.
    case doesNotHold = "does not hold"
    /// Neither.
    case undecided
    /// Some run that a comparison needs has not finished.
    case notRun = "not run"
    /// No evaluated query has as many documents as the metric asks for, so that there is nothing to compare.
    case noQuery = "no such query"

    /// The verdict on one difference that the claim says is positive; nil if it could not be taken.
    init(_ difference: Estimate?) {
        guard let difference else {
            self = .notRun
            return
        }
        switch (difference.low, difference.high) {
        case (let low?, _) where low > 0: self = .holds
        case (_, let high?) where high < 0: self = .doesNotHold
        default: self = .undecided
        }
    }

    /// The verdict on a claim: a contradiction stands whatever else is missing, and what no query can show is left out.
    init(all parts: [Verdict]) {
        let parts = parts.filter { $0 != .noQuery }
        self =
            [Verdict.doesNotHold, .notRun, .undecided].first(where: parts.contains)
            ?? (parts.isEmpty ? .notRun : .holds)
    }
}

/// The paper's claims, each with the differences that decide it.
struct ClaimReport {
    struct Finding: Equatable {
        var statement: String
        var difference: Estimate?
        /// Whether the runs are there, and lack the metric.
        var hasNoQuery = false
        var verdict: Verdict { hasNoQuery ? .noQuery : Verdict(difference) }
    }

    struct Entry {
        var claim: Claim
        var findings: [Finding]
        var missing: [Claim.RowName]
        /// The score of documents by which autoregressive runs are compared; nil: there are none, or they have none in common.
        var score: String?
        var verdict: Verdict { Verdict(all: findings.map(\.verdict)) }
        /// Whether any of the rows that the claim names has a finished run.
        var hasRuns: Bool { missing.count < claim.rows.count }
    }

    /// The scale whose runs are compared, but for the sweeps in `scales`.
    let scale: String
    /// The scales of sweeps that have one of their own.
    let scales: [String: String]
    let entries: [Entry]

    /// - Parameters:
    ///   - paper: What the paper printed, by sweep: a run whose loss is another than its row's there is left out.
    ///   - score: The score of documents by which a claim's runs are compared where all were measured by it; nil: their own.
    init(
        _ reader: ResultsReader, scale: String, scales: [String: String] = [:], claims: [Claim] = Claim.all,
        paper: [String: PaperTable] = [:], score: String? = nil
    ) throws {
        (self.scale, self.scales) = (scale, scales)
        entries = try claims.map { claim in
            var runs: [Claim.RowName: [FinishedRun]] = [:]
            for sweep in Set(claim.rows.map(\.sweep)).sorted() {
                for row in try reader.results(sweep, scale: scales[sweep] ?? scale).rows {
                    let name = Claim.RowName(sweep: sweep, panel: row.panel, row: row.id)
                    guard claim.rows.contains(name) else { continue }
                    let printed = paper[sweep]?.rows.first { $0.id == row.id }
                    runs[name] = printed?.own(row.runs).runs ?? row.runs
                }
            }
            let common = ClaimReport.commonScore(of: runs.values.flatMap { $0 }, wanted: score)
            // Dual and cross encoders have no other score: they are compared by their own.
            let compared = runs.mapValues { row in row.map { run in common.flatMap(run.measured) ?? run } }
            return Entry(
                claim: claim, findings: try ClaimReport.findings(claim, compared, reader),
                missing: claim.rows.filter { runs[$0, default: []].isEmpty }
                    .sorted { $0.description < $1.description },
                score: common)
        }
    }

    /// The score of documents by which autoregressive runs are compared: `wanted` where all were measured by it, else their own
    /// where they share one, else another by which all were measured. Runs by different scores say nothing of their losses.
    private static func commonScore(of runs: [FinishedRun], wanted: String?) -> String? {
        let generative = runs.filter { $0.model == "autoregressive" }
        guard let first = generative.first else { return nil }
        let shared = generative.allSatisfy { $0.ownScore == first.ownScore } ? [first.ownScore] : []
        return ([wanted].compactMap { $0 } + shared + TableReport.scores).first { score in
            generative.allSatisfy { $0.measured(by: score) != nil }
        }
    }

    /// The scale at which a claim's runs are compared.
    func scale(of claim: Claim) -> String {
        claim.rows.compactMap { scales[$0.sweep] }.first ?? scale
    }

    private static func findings(
        _ claim: Claim, _ runs: [Claim.RowName: [FinishedRun]], _ reader: ResultsReader
    ) throws -> [Finding] {
        let comparisons = try claim.comparisons.map { comparison in
            let contrast = Contrast(
                terms: comparison.terms.map {
                    .init(weight: $0.weight, runs: runs[$0.row] ?? [], metric: $0.metric)
                })
            return Finding(
                statement: comparison.statement, difference: try reader.estimate(contrast),
                hasNoQuery: contrast.terms.allSatisfy { term in
                    !term.runs.isEmpty && term.runs.allSatisfy { $0.wasMeasuredInVain(term.metric) }
                })
        }
        let approaches = try claim.approaches.map { approach in
            let contrast = ClaimReport.distanceGain(approach, runs)
            return Finding(statement: approach.statement, difference: try contrast.flatMap(reader.estimate))
        }
        return comparisons + approaches
    }

    /// |far - target| - |near - target|, linear once the signs of the two differences are taken as seen.
    private static func distanceGain(
        _ approach: Claim.Approach, _ runs: [Claim.RowName: [FinishedRun]]
    ) -> Contrast? {
        func mean(_ row: Claim.RowName) -> Double? {
            Contrast.mean(runs[row] ?? [], approach.metric).value
        }
        guard let near = mean(approach.near), let far = mean(approach.far), let target = mean(approach.target)
        else { return nil }
        let (farSign, nearSign) = (far >= target ? 1.0 : -1.0, near >= target ? 1.0 : -1.0)
        let weights = [
            (farSign, approach.far), (-nearSign, approach.near), (nearSign - farSign, approach.target),
        ]
        return Contrast(
            terms: weights.filter { $0.0 != 0 }.map {
                .init(weight: $0.0, runs: runs[$0.1] ?? [], metric: approach.metric)
            })
    }
}

extension FinishedRun {
    /// Whether the run's evaluation asked for the metric, and no query had it.
    fileprivate func wasMeasuredInVain(_ metric: Metric) -> Bool {
        let cutoffs = options.configuration.evaluation.cutoffs
        return estimates[metric] == nil && (metric.cutoff == 0 || cutoffs.contains(metric.cutoff))
    }
}
