import Rankers
import RankingData
import RankingMetrics

/// What a ranker achieves on a split: every metric's values by query, and their means with intervals.
public struct Evaluation: Sendable {
    public struct Summary: Sendable, Equatable {
        public let metric: Metric
        public let value: Double
        /// 95 % bootstrap interval over the queries.
        public let low: Double?
        public let high: Double?
        public let queries: Int
    }

    public let queries: [RankedQuery]
    /// For each query the scores of its documents and its negative.
    public let scores: [[Float]]
    public let metrics: [Metric]
    /// For each metric its value of each query.
    public let values: [[Double]]
    public let summaries: [Summary]

    /// Queries whose scores are held at once where each has the whole corpus as candidates.
    private static let corpusWindow = 64

    /// Scores the queries of a split and measures them. All three kinds of ranker come through here.
    public init(_ ranker: any Ranker, _ task: RankingTask, _ options: EvaluationConfiguration) throws {
        let generative = ranker as? any GenerativeRanker
        let metrics = Metric.all(cutoffs: options.cutoffs, writes: generative != nil)
        let corpus = options.candidates == .corpus ? task.corpus : []
        var scores: [[Float]] = []
        var values = metrics.map { _ in [Double]() }
        queries = task.queries(of: options.split)
        let window = corpus.isEmpty ? queries.count : Self.corpusWindow
        for start in stride(from: 0, to: queries.count, by: max(1, window)) {
            var asked = Array(queries[start..<min(start + window, queries.count)])
            if !corpus.isEmpty { asked = asked.map { $0.among(corpus) } }
            let written = try generative?.scoresAndWriting(for: asked)
            for (place, all) in try (written?.scores ?? ranker.scores(for: asked)).enumerated() {
                let query = asked[place]
                let scored = ScoredQuery(
                    scores: all, relevant: query.documents.count,
                    writesDocument: written?.writesDocument[place])
                for (index, metric) in metrics.enumerated() { values[index].append(scored.value(metric)) }
                scores.append(Array(all.prefix(query.documents.count + 1)))
            }
        }
        (self.scores, self.metrics, self.values) = (scores, metrics, values)
        let intervals = bootstrapIntervals(values)
        var summaries: [Summary] = []
        for (index, metric) in metrics.enumerated() {
            let column = values[index]
            summaries.append(
                Summary(
                    metric: metric, value: column.reduce(0, +) / Double(max(1, column.count)),
                    low: intervals[index]?.low, high: intervals[index]?.high, queries: column.count))
        }
        self.summaries = summaries
    }

    /// The rankings by name, for files that other programs read.
    public func namedRankings(_ names: [String]) -> [NamedRanking] {
        zip(queries, scores).map { query, scores in
            NamedRanking(
                query: names[Int(query.query)], documents: query.documents.map { names[Int($0)] },
                negative: names[Int(query.negative)], scores: scores)
        }
    }

    /// Metrics whose values by query the database keeps, for paired comparisons.
    static func isKeptByQuery(_ metric: Metric) -> Bool {
        switch metric {
        case .cvr, .ndcg, .mrr, .invalid: true
        case .overlap(let k): k <= 5
        case .recall: false
        }
    }
}

extension RankingTask {
    public func queries(of split: EvaluationConfiguration.Split) -> [RankedQuery] {
        switch split {
        case .evaluation: evaluation
        case .development: development
        }
    }
}
