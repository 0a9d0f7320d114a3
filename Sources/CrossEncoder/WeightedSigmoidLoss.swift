import CRankKernels
import Foundation
import LookupTables
import RankingData
import Tensors

/// The cross encoder's loss (equation 14) and its gradient.
///
///     L = -sum_i ( lambda(r_i) / sum_j lambda(r_j) log sigma(f(q_i, d_i))
///                  + 1/B log sigma(-f(q_i, d_rho(i))) )
///
/// The first layer's input is [E(q); E(d)], so it is a sum of a query half and a document half; each is
/// computed once for each distinct query and document. Rows of the perceptron are the B positives, then
/// the B negatives.
///
/// Caches nothing between calls; buffers are reused.
final class WeightedSigmoidLoss: @unchecked Sendable {
    /// Pairs whose gradients one task computes; fixed, so that sums have one order for any workers.
    static let shardPairs = 128
    /// Slots for which one task computes the first layer.
    static let chunkSlots = 256

    let batch: Int
    let shape: PerceptronShape
    let workers: WorkerPool

    /// Halves of the first layer before ReLU, by slot, then their gradients; [2 * batch, 2n] each.
    let queryHalf: FloatBuffer
    let documentHalf: FloatBuffer
    /// dL/d(first layer before ReLU); [2 * batch, 2n].
    let firstGradient: FloatBuffer
    /// For each worker, a shard's three hidden layers and two gradients; [workers, 5, shardPairs, 2n].
    let hidden: FloatBuffer
    /// Each shard's gradient of all but the first layer's weights, and each chunk's of those.
    let shardGradients: [Perceptron]
    let chunkGradients: [Perceptron]
    private let losses: UnsafeMutablePointer<Double>

    /// Slots of each row of the perceptron, and the rows of each slot.
    private(set) var queries: [Int32] = []
    private(set) var documents: [Int32] = []
    private(set) var rowsByQuery = MembersByKey()
    private(set) var rowsByDocument = MembersByKey()
    /// dL/d(log sigma) of each row, not negative.
    private(set) var rowWeights: [Float] = []

    init(batch: Int, shape: PerceptronShape, workers: WorkerPool) {
        self.batch = batch
        self.shape = shape
        self.workers = workers
        queryHalf = FloatBuffer(count: 2 * batch * shape.width)
        documentHalf = FloatBuffer(count: 2 * batch * shape.width)
        firstGradient = FloatBuffer(count: 2 * batch * shape.width)
        hidden = FloatBuffer(count: workers.threads * 5 * Self.shardPairs * shape.width)
        let (shards, chunks) = Self.parts(batch: batch)
        shardGradients = (0..<shards).map { _ in Perceptron(shape: shape) }
        chunkGradients = (0..<chunks).map { _ in Perceptron(shape: shape) }
        losses = .allocate(capacity: shards)
        losses.initialize(repeating: 0, count: shards)
    }

    private static func parts(batch: Int) -> (shards: Int, chunks: Int) {
        ((batch + shardPairs - 1) / shardPairs, (2 * batch + chunkSlots - 1) / chunkSlots)
    }

    /// Floats of all buffers that are ever written to: a chunk's gradient is of the first layer alone.
    static func floats(batch: Int, shape: PerceptronShape, threads: Int) -> Int {
        let (shards, chunks) = parts(batch: batch)
        return (3 * 2 * batch + threads * 5 * shardPairs) * shape.width + shards * shape.count
            + chunks * shape.biases(0)
    }

    deinit { losses.deallocate() }

    /// The loss of `pairs` as positives and, with pair i's document replaced by pair `permutation[i]`'s, as
    /// negatives. Overwrites `gradient` (by slot) and `perceptronGradient`.
    func evaluate(
        _ pairs: PairBatch, permutation: [Int32], rows: EmbeddingTable, perceptron: Perceptron,
        gradient: EmbeddingTable, perceptronGradient: Perceptron
    ) -> Double {
        index(pairs, permutation: permutation)
        let slots = pairs.entities.count
        let chunks = (slots + Self.chunkSlots - 1) / Self.chunkSlots
        workers.run(chunks) { chunk in
            projectChunk(chunk, pairs, rows: rows, perceptron: perceptron)
        }
        workers.run(workers.threads) { worker in
            // A worker has one scratch and takes every `threads`-th shard; a shard's numbers
            // do not depend on who computes it.
            for shard in stride(from: worker, to: shardGradients.count, by: workers.threads) {
                losses[shard] = evaluateShard(shard, perceptron: perceptron, worker: worker)
            }
        }
        workers.run(chunks) { chunk in
            differentiateChunk(chunk, pairs, rows: rows, perceptron: perceptron, gradient: gradient)
        }
        combine(chunks: chunks, into: perceptronGradient)
        return (0..<shardGradients.count).reduce(0) { $0 + losses[$1] }
    }

    private func combine(chunks: Int, into gradient: Perceptron) {
        gradient.buffer.fill(0)
        // One after another in their order, so that sums have the same bits for any number of workers.
        for part in shardGradients {
            rk_axpy(1, part.buffer.base, gradient.buffer.base, part.buffer.count)
        }
        for part in chunkGradients[..<chunks] {
            rk_axpy(1, part.weights(0), gradient.weights(0), shape.biases(0))
        }
    }

    private func index(_ pairs: PairBatch, permutation: [Int32]) {
        queries = pairs.queries + pairs.queries
        documents = pairs.documents + permutation.map { pairs.documents[Int($0)] }
        rowsByQuery.assign(
            keys: queries, offset: pairs.querySlots.lowerBound, count: pairs.querySlots.count)
        rowsByDocument.assign(keys: documents, count: pairs.documentSlots.count)
        let lambdas = pairs.weights.map(Double.init)
        let total = lambdas.reduce(0, +)
        // Every lambda can underflow when alpha is huge; such a minibatch has no positive part.
        rowWeights = lambdas.map { total > 0 ? Float($0 / total) : 0 }
        rowWeights += [Float](repeating: 1 / Float(batch), count: batch)
    }
}
