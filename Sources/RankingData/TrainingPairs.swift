import Foundation
import Tensors

/// The (query, document, rank) triples of a task's training queries, in compact arrays.
///
/// This is what pointwise trainers sample: each relevant document of each query is one triple.
public struct TrainingPairs: Sendable {
    public let queries: [Int32]
    public let documents: [Int32]
    /// 1 for a query's most relevant document.
    public let ranks: [Int32]

    public var count: Int { queries.count }

    /// - Throws: If there is no pair at all, or an entity outside `0..<entities`.
    public init(_ ranked: [RankedQuery], entities: Int) throws(ConfigurationError) {
        let total = ranked.reduce(0) { $0 + $1.documents.count }
        guard total > 0 else { throw .noTrainingPairs }
        var queries: [Int32] = []
        var documents: [Int32] = []
        var ranks: [Int32] = []
        queries.reserveCapacity(total)
        documents.reserveCapacity(total)
        ranks.reserveCapacity(total)
        for query in ranked {
            for (index, document) in query.documents.enumerated() {
                for entity in [query.query, document] where entity < 0 || Int(entity) >= entities {
                    throw .unknownEntity(index: Int(entity), entities: entities)
                }
                queries.append(query.query)
                documents.append(document)
                ranks.append(Int32(index + 1))
            }
        }
        self.queries = queries
        self.documents = documents
        self.ranks = ranks
    }

    /// lambda(r) = 1 / r^alpha of each rank, indexed by rank; entry 0 is unused.
    public func fractionalWeights(alpha: Double) -> [Float] {
        let highest = ranks.max() ?? 1
        return (0...highest).map { rank in rank == 0 ? 0 : Float(1 / pow(Double(rank), alpha)) }
    }
}

/// How minibatches of pairs are drawn.
public enum PairSampling: String, Codable, Hashable, Sendable, CaseIterable {
    /// Shuffled passes: every pair once, then every pair once more in another order. A minibatch may
    /// end one pass and begin the next, so none is dropped.
    case epochs
    /// Each pair uniformly and independently of the others.
    case replacement
}

/// Draws minibatches. Which pairs step s gets depends on (seed, s) alone, so a sampler has no state to save.
public struct PairSampler: Sendable {
    private let pairs: Int
    private let batch: Int
    private let sampling: PairSampling
    private let seed: UInt64
    private var epoch = -1
    private var order: [Int32] = []

    /// - Parameter pairs: Number of pairs to draw from, at least 1.
    public init(pairs: Int, batch: Int, sampling: PairSampling, seed: UInt64) {
        precondition(pairs >= 1 && batch >= 1, "cannot draw \(batch) of \(pairs) pairs")
        self.pairs = pairs
        self.batch = batch
        self.sampling = sampling
        self.seed = seed
    }

    /// The indices of the pairs of step `step` (0 is the first).
    public mutating func draw(step: Int) -> [Int32] {
        switch sampling {
        case .replacement:
            var stream = RandomStream(seed: seed, name: "pairs.replacement", index: UInt64(step))
            return (0..<batch).map { _ in Int32(stream.uniform(below: pairs)) }
        case .epochs:
            return (step * batch..<(step + 1) * batch).map { position in
                shuffleOnce(epoch: position / pairs)
                return order[position % pairs]
            }
        }
    }

    private mutating func shuffleOnce(epoch wanted: Int) {
        guard wanted != epoch else { return }
        var stream = RandomStream(seed: seed, name: "pairs.epoch", index: UInt64(wanted))
        order = stream.permutation(pairs)
        epoch = wanted
    }
}
