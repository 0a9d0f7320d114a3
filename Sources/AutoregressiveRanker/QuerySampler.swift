import RankingData

/// Draws minibatches of queries: shuffled passes over the training split, a minibatch running across the end
/// of a pass. Which queries a step gets depends on (seed, step) alone.
struct QuerySampler {
    private let queries: [RankedQuery]
    private var passes: ShuffledPasses

    /// - Parameter queries: At least one.
    init(_ queries: [RankedQuery], seed: UInt64) {
        self.queries = queries
        passes = ShuffledPasses(count: queries.count, seed: seed, stream: "training.order")
    }

    /// The queries of step `step` (0 is the first), each with the number of its draw since the first step.
    mutating func draw(step: Int, count: Int) -> [(query: RankedQuery, draw: UInt64)] {
        (step * count..<(step + 1) * count).map { (queries[Int(passes.number(at: $0))], UInt64($0)) }
    }
}

extension AutoregressiveTrainer {
    /// The fewest steps after which a run has trained on at least `points` (query, document) points.
    ///
    /// The paper's minibatch is 64 points; here it is 64 queries, with as many points as their documents of
    /// positive weight. This gives runs of different losses the same number of points.
    public static func steps(
        toReach points: Int, configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64
    ) throws(ConfigurationError) -> Int {
        guard task.training.contains(where: { !$0.documents.isEmpty }) else { throw .noTrainingPairs }
        var sampler = QuerySampler(task.training, seed: seed)
        var (seen, steps) = (0, 0)
        while seen < points {
            for (query, _) in sampler.draw(step: steps, count: configuration.queriesPerBatch) {
                seen += SToICaLTargets.points(configuration.loss, count: query.documents.count)
            }
            steps += 1
        }
        return max(1, steps)
    }
}
