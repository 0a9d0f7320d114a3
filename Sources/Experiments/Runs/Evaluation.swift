import Rankers
import RankingData
import RankingMetrics

/// What a ranker achieves on a split: every metric's values by query, and their means with intervals.
public struct Evaluation: Sendable {
    /// A metric's mean over the queries that have it; there is none where no query has.
    public struct Summary: Sendable, Equatable {
        /// The metric, with its cutoff.
        public let metric: Metric
        /// A fraction.
        public let value: Double
        /// 95 % bootstrap interval over the same queries.
        public let low: Double?
        /// The upper end of that interval.
        public let high: Double?
        /// How many queries have the metric: all, or those with a negative (CVR) or with k candidates (R@k).
        public let queries: Int
    }

    /// The queries of the split, in its order.
    public let queries: [RankedQuery]
    /// For each query the scores of its own candidates, in their order.
    public let scores: [[Float]]
    /// The metrics, in the order of `values` and `summaries`.
    public let metrics: [Metric]
    /// For each metric its value of each query; nil where the query has none.
    public let values: [[Double?]]
    /// The mean of each metric that some query has, in the order of `metrics`.
    public let summaries: [Summary]
    /// For each query the order of all that was ranked with it, as `PredictedOrder` writes it.
    public let orders: [String]
    /// The first query's prompt as the model reads it; nil where the ranker is asked by none.
    public let examplePrompt: String?
    /// The same metrics by other scores that a generative ranker made in the same pass, in the order of their names.
    public let variants: [Variant]

    /// What another score of the same candidates achieves.
    public struct Variant: Sendable {
        /// The score's name: `sum`.
        public let score: String
        /// For each of the evaluation's metrics its value of each query; nil where the query has none, and for what the
        /// score has no part in (`invalid`).
        public let values: [[Double?]]
        /// The means of the same metrics by this score.
        public let summaries: [Summary]
        /// For each query the order by this score, as `PredictedOrder` writes it.
        public let orders: [String]
    }

    /// Queries whose scores are held at once where each has the whole corpus as candidates.
    private static let corpusWindow = 64

    /// Scores the queries of a split and measures them. All three kinds of ranker come through here.
    public init(_ ranker: any Ranker, _ task: RankingTask, _ options: EvaluationConfiguration) throws {
        let generative = ranker as? any GenerativeRanker
        let docIDs = task.collection.sharedDocIDs
        let metrics = Metric.all(
            cutoffs: options.cutoffs, writes: generative != nil, sharesDocIDs: docIDs != nil)
        let corpus = options.candidates == .corpus ? task.corpus : []
        var scores: [[Float]] = []
        let columns = Columns(metrics, docIDs: docIDs, tiesAreChance: ranker.tiesAreChance)
        var values = columns
        var others: [String: Columns] = [:]
        queries = task.queries(of: options.split)
        let window = corpus.isEmpty ? queries.count : Self.corpusWindow
        // A stride of 0, which no queries would give, ends the program.
        for start in stride(from: 0, to: queries.count, by: max(1, window)) {
            var asked = Array(queries[start..<min(start + window, queries.count)])
            if !corpus.isEmpty { asked = asked.map { $0.among(corpus) } }
            let written = try generative?.scoresAndWriting(for: asked)
            let own = try written?.scores ?? ranker.scores(for: asked)
            values.append(asked, own, writesDocument: written?.writesDocument)
            for (name, other) in written?.variants ?? [:] {
                others[name, default: columns].append(asked, other)
            }
            // What a corpus adds comes after the query's own candidates.
            for (place, all) in own.enumerated() {
                scores.append(Array(all.prefix(queries[start + place].candidates.count)))
            }
        }
        (self.scores, self.metrics, self.values, orders) = (scores, metrics, values.values, values.orders)
        examplePrompt = queries.first.flatMap { ranker.promptText(for: $0) }
        summaries = Self.summaries(metrics, values.values)
        variants = others.sorted { $0.key < $1.key }.map { name, columns in
            Variant(
                score: name, values: columns.values, summaries: Self.summaries(metrics, columns.values),
                orders: columns.orders)
        }
    }

    /// Metrics' values and the orders that they are of, as queries come.
    private struct Columns {
        let metrics: [Metric]
        let docIDs: [Int]?
        let tiesAreChance: Bool
        private(set) var values: [[Double?]]
        private(set) var orders: [String] = []

        init(_ metrics: [Metric], docIDs: [Int]?, tiesAreChance: Bool) {
            self.metrics = metrics
            self.docIDs = docIDs
            self.tiesAreChance = tiesAreChance
            values = metrics.map { _ in [] }
        }

        mutating func append(_ queries: [RankedQuery], _ scores: [[Float]], writesDocument: [Bool]? = nil) {
            for (place, query) in queries.enumerated() {
                let scored = ScoredQuery(
                    query.scored(scores[place], docIDs: docIDs), writesDocument: writesDocument?[place],
                    tiesAreChance: tiesAreChance)
                for (index, metric) in metrics.enumerated() { values[index].append(scored.value(metric)) }
                orders.append(PredictedOrder(scored).description)
            }
        }
    }

    private static func summaries(_ metrics: [Metric], _ values: [[Double?]]) -> [Summary] {
        // All metrics at once: those that the same queries have get intervals of the same draws.
        let intervals = bootstrapIntervals(whereKnown: values)
        return metrics.indices.compactMap { index in
            let column = values[index].compactMap { $0 }
            guard !column.isEmpty else { return nil }
            return Summary(
                metric: metrics[index], value: column.reduce(0, +) / Double(column.count),
                low: intervals[index]?.low, high: intervals[index]?.high, queries: column.count)
        }
    }

    /// The rankings by id, for files that other programs read.
    public func namedRankings(_ collection: Collection) -> [NamedRanking] {
        zip(queries, scores).map { query, scores in
            NamedRanking(
                query: collection.id(query.query),
                entries: zip(query.candidates, query.scored(scores)).map {
                    NamedRanking.Entry(name: collection.id($0.entity), candidate: $1)
                })
        }
    }

    /// Whether the database keeps a metric's values by query, for paired comparisons: R@k up to k = 5, and beyond it where
    /// R@(k - 1) was not measured.
    func isKeptByQuery(_ metric: Metric) -> Bool {
        switch metric {
        case .cvr, .ndcg, .mrr, .invalid: true
        // Of a curve over every k neighbours say nearly the same, and each costs as much as all that is said of a query.
        case .rAt(let k): k <= 5 || !metrics.contains(.rAt(k - 1))
        case .docIDRAt(let k): k <= 5 || !metrics.contains(.docIDRAt(k - 1))
        case .recall: false
        }
    }
}

extension RankedQuery {
    /// The candidates with their scores and, where documents share them, the numbers of their docIDs.
    fileprivate func scored(_ scores: [Float], docIDs: [Int]? = nil) -> [ScoredCandidate] {
        precondition(scores.count == candidates.count, "a score for each candidate")
        return zip(candidates, scores).map { candidate, score in
            ScoredCandidate(
                score: score, rank: candidate.rank, isNegative: candidate.isNegative,
                docID: docIDs?[Int(candidate.entity)])
        }
    }
}

extension RankingTask {
    /// The queries of a split.
    public func queries(of split: EvaluationConfiguration.Split) -> [RankedQuery] {
        switch split {
        case .evaluation: evaluation
        case .development: development
        }
    }
}
