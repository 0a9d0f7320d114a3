import Options
import RankingData

/// In which order training sees the queries that it draws.
///
/// All orders see the same draws. The two curricula sort the draws of the whole training by the queries' numbers of
/// documents; a synset's documents are its ancestors, so that fewest first means shallowest first.
public enum QueryOrder: String, Hashable, Sendable, CaseIterable {
    /// Passes over the queries, each pass in a random order of its own.
    case shuffled
    /// A curriculum that begins with the queries that have the fewest documents.
    case fewestFirst = "fewest-first"
    /// A curriculum that begins with the queries that have the most documents.
    case mostFirst = "most-first"
}

/// Draws minibatches of queries.
///
/// Draws are passes over the training split, each in a random order of its own; a minibatch may run across the end of a
/// pass. A curriculum sorts all draws. Which queries a step gets depends on the seed and the step alone, and in a
/// curriculum also on the number of steps.
struct QuerySampler {
    private let queries: [RankedQuery]
    private var passes: ShuffledPasses
    /// The numbers of the draws in a curriculum's order; nil where queries come as they are drawn.
    private var curriculum: [Int]?

    /// - Parameters:
    ///   - queries: The training split, at least one query.
    ///   - draws: How many draws the whole training makes, which a curriculum sorts; unused in shuffled training.
    init(_ queries: [RankedQuery], seed: UInt64, order: QueryOrder = .shuffled, draws: Int = 0) {
        self.queries = queries
        passes = ShuffledPasses(count: queries.count, seed: seed, stream: "training.order")
        guard order != .shuffled else { return }
        let lengths = (0..<draws).map { queries[Int(passes.number(at: $0))].documents.count }
        let sign = order == .fewestFirst ? 1 : -1
        // Draws of the same length stay in their order.
        curriculum = (0..<draws).sorted { (sign * lengths[$0], $0) < (sign * lengths[$1], $1) }
    }

    /// The query of a draw, before a curriculum sorts draws.
    mutating func query(at draw: Int) -> RankedQuery { queries[Int(passes.number(at: draw))] }

    /// The queries of step `step` (0 is the first), each with the number of its draw, which no other has.
    mutating func draw(step: Int, count: Int) -> [(query: RankedQuery, draw: UInt64)] {
        (step * count..<(step + 1) * count).map { place in
            let draw = curriculum?[place] ?? place
            return (query(at: draw), UInt64(draw))
        }
    }
}

extension QuerySampler {
    /// The sampler of a run.
    init(_ task: RankingTask, _ configuration: AutoregressiveConfiguration, seed: UInt64) {
        self.init(
            task.training, seed: seed, order: configuration.order,
            draws: configuration.steps * configuration.queriesPerBatch)
    }
}

extension AutoregressiveTrainer {
    /// The most optimiser steps of a run.
    static let mostSteps = 1_000_000_000

    /// The fewest steps after which a run has trained on at least `wanted` (query, document) points.
    ///
    /// The paper's minibatch is 64 points; here it is 64 queries, with as many points as their documents of
    /// positive weight. This gives runs of different losses the same number of points. Whole passes are counted, not
    /// drawn, so that the time does not grow with `wanted`.
    ///
    /// - Throws: `.noTrainingPairs`, or `.outOfRange` for more steps than a run may have, and for matching, whose prompts have as many
    ///   documents as its options say.
    public static func steps(
        toReach wanted: Int, configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64
    ) throws(ConfigurationError) -> Int {
        guard task.training.contains(where: { !$0.documents.isEmpty }) else { throw .noTrainingPairs }
        try ConfigurationError.require(
            configuration.objective != .matching, "trainingPoints", wanted,
            "a budget in steps: with objective=matching a query has other points than its documents")
        let loss = configuration.loss.training
        func points(of query: RankedQuery) -> Int {
            loss.points(of: query.documents.count)
        }
        let count = configuration.queriesPerBatch
        try ConfigurationError.require(count >= 1, "queriesPerBatch", count, "at least 1")
        let pass = task.training.reduce(0) { $0 + points(of: $1) }
        let passes = max(0, wanted / pass - 1)
        let (draws, overflow) = passes.multipliedReportingOverflow(by: task.training.count)
        try ConfigurationError.require(
            !overflow && draws / count < Self.mostSteps, "trainingPoints", wanted,
            "fewer: it asks for more than \(Self.mostSteps) steps")
        var sampler = QuerySampler(task.training, seed: seed)
        // A step may begin within the counted passes and end after them: its queries within are subtracted, then drawn.
        var steps = draws / count
        var seen = passes * pass
        for draw in steps * count..<draws { seen -= points(of: sampler.query(at: draw)) }
        while seen < wanted {
            for (query, _) in sampler.draw(step: steps, count: count) { seen += points(of: query) }
            steps += 1
        }
        return max(1, steps)
    }
}
