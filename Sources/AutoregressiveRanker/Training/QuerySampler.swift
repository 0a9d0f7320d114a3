import Options
import RankingData

/// In which order training sees the queries that it draws.
public enum QueryOrder: String, Codable, Hashable, Sendable, CaseIterable {
    case shuffled
    /// Curricula: the same queries, those with the fewest (or the most) documents first. A synset's documents are its
    /// ancestors, so the fewest are the shallowest.
    case fewestFirst = "fewest-first"
    case mostFirst = "most-first"
}

/// Draws minibatches of queries: shuffled passes over the training split, a minibatch running across the end
/// of a pass. Which queries a step gets depends on (seed, step), and in a curriculum on the number of steps.
struct QuerySampler {
    private let queries: [RankedQuery]
    private var passes: ShuffledPasses
    /// The draws in a curriculum's order; nil: as they come.
    private var curriculum: [Int]?

    /// - Parameters:
    ///   - queries: At least one.
    ///   - draws: Of the whole training; a curriculum puts so many into order.
    init(_ queries: [RankedQuery], seed: UInt64, order: QueryOrder = .shuffled, draws: Int = 0) {
        self.queries = queries
        passes = ShuffledPasses(count: queries.count, seed: seed, stream: "training.order")
        guard order != .shuffled else { return }
        let lengths = (0..<draws).map { queries[Int(passes.number(at: $0))].documents.count }
        let sign = order == .fewestFirst ? 1 : -1
        curriculum = (0..<draws).sorted { (sign * lengths[$0], $0) < (sign * lengths[$1], $1) }
    }

    /// The queries of step `step` (0 is the first), each with the number of its draw, which no other has.
    mutating func draw(step: Int, count: Int) -> [(query: RankedQuery, draw: UInt64)] {
        (step * count..<(step + 1) * count).map { place in
            let draw = curriculum?[place] ?? place
            return (queries[Int(passes.number(at: draw))], UInt64(draw))
        }
    }
}

extension QuerySampler {
    /// The queries of a run.
    init(_ task: RankingTask, _ configuration: AutoregressiveConfiguration, seed: UInt64) {
        self.init(
            task.training, seed: seed, order: configuration.order ?? .shuffled,
            draws: configuration.steps * configuration.queriesPerBatch)
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
                seen += configuration.loss.weighting.points(of: query.documents.count)
            }
            steps += 1
        }
        return max(1, steps)
    }
}
