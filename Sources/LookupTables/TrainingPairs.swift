import Options
import Rankers
import RankingData
import Tensors

/// One relevant document of a query: the (q, d, r) of equations 13 and 14.
public struct TrainingPair: Sendable, Equatable {
    /// The entity that asks.
    public var query: Int32
    /// The entity that answers.
    public var document: Int32
    /// 1 for the query's most relevant document.
    public var rank: Int32
    /// lambda(r), the document's weight in the loss.
    public var weight: Float

    /// A pair of two entities, by their index in the collection, with the document's rank, from 1, and its weight.
    public init(query: Int32, document: Int32, rank: Int32, weight: Float) {
        self.query = query
        self.document = document
        self.rank = rank
        self.weight = weight
    }
}

/// The (query, document, rank) triples of a task's training queries: what pointwise trainers sample.
public struct TrainingPairs: Sendable {
    private let pairs: [TrainingPair]

    /// The number of pairs, at least 1.
    public var count: Int { pairs.count }
    /// The pair at `index`, in the order of the queries and of their documents.
    public subscript(index: Int32) -> TrainingPair { pairs[Int(index)] }

    /// Each relevant document of each of `ranked`, in their order.
    ///
    /// - Parameters:
    ///   - entities: The number of rows of the table that queries and documents share.
    ///   - weighting: lambda of the loss. A pair of weight 0 is drawn like any other, as equations 13 and 14 sum over
    ///     the whole minibatch.
    /// - Throws: If there is no pair at all, or an entity outside `0..<entities`.
    public init(
        _ ranked: [RankedQuery], entities: Int, weighting: RankWeighting
    ) throws(ConfigurationError) {
        var pairs: [TrainingPair] = []
        pairs.reserveCapacity(ranked.reduce(0) { $0 + $1.documents.count })
        for query in ranked {
            for (index, document) in query.documents.enumerated() {
                for entity in [query.query, document] where entity < 0 || Int(entity) >= entities {
                    throw .unknownEntity(index: Int(entity), entities: entities)
                }
                let weight = weighting.weight(rank: index + 1, of: query.documents.count)
                pairs.append(
                    TrainingPair(
                        query: query.query, document: document, rank: Int32(index + 1),
                        weight: Float(weight)))
            }
        }
        guard !pairs.isEmpty else { throw .noTrainingPairs }
        self.pairs = pairs
    }
}

/// How minibatches of pairs are drawn.
public enum PairSampling: String, Hashable, Sendable, CaseIterable {
    /// Shuffled passes: every pair once, then every pair once more in another order. A minibatch may
    /// end one pass and begin the next, so none is dropped.
    case epochs
    /// Each pair uniformly and independently of the others.
    case replacement

    /// The option `sampling` of the rankers that train on pairs.
    public static func option<Root>(
        _ path: WritableKeyPath<Root, PairSampling> & Sendable
    ) -> OptionDeclaration<Root> {
        .word(
            "sampling", path,
            "How (query, document) pairs are drawn: in shuffled passes over all of them (epochs), or each independently of the others "
                + "(replacement).")
    }
}

/// Draws minibatches. Which pairs step s gets depends on (seed, s) alone, so a sampler has no state to save.
public struct PairSampler: Sendable {
    private let pairs: Int
    private let batch: Int
    private let sampling: PairSampling
    private let seed: UInt64
    private var epochs: ShuffledPasses

    /// - Parameter pairs: Number of pairs to draw from, at least 1.
    public init(pairs: Int, batch: Int, sampling: PairSampling, seed: UInt64) {
        precondition(pairs >= 1 && batch >= 1, "cannot draw \(batch) of \(pairs) pairs")
        self.pairs = pairs
        self.batch = batch
        self.sampling = sampling
        self.seed = seed
        epochs = ShuffledPasses(count: pairs, seed: seed, stream: "pairs.epoch")
    }

    /// The indices of the pairs of step `step` (0 is the first).
    public mutating func draw(step: Int) -> [Int32] {
        switch sampling {
        case .replacement:
            var stream = RandomStream(seed: seed, name: "pairs.replacement", index: UInt64(step))
            return (0..<batch).map { _ in Int32(stream.uniform(below: pairs)) }
        case .epochs:
            return (step * batch..<(step + 1) * batch).map { epochs.number(at: $0) }
        }
    }
}
