import CRankKernels
import LookupTables
import RankingData
import Tensors

/// The weighted batch softmax loss (equation 13) and its gradient.
///
///     L = -1/B sum_i lambda(r_i) log( exp(<q_i, d_i> / tau) / sum_j exp(<q_i, d_j> / tau) )
///
/// j runs over the B pairs, so a document that occurs c times in the minibatch counts c times in every
/// sum, as negative of its own pair too. Each distinct query meets each distinct document once, in
/// blocks of queries; the B x B matrix of the formula exists nowhere.
///
/// Caches nothing between calls; buffers are reused.
final class WeightedBatchSoftmax: @unchecked Sendable {
    /// Queries whose gradients one task computes; fixed, so that sums have one order for any workers.
    private static let shardQueries = 128
    /// Queries whose logits are held at once: 64 x 610 floats stay in a core's cache.
    private static let blockQueries = 64

    private let batch: Int
    private let temperature: Float
    private let workers: WorkerPool
    /// How often each distinct document occurs; [batch rounded up to 8].
    private let counts: FloatBuffer
    /// Logits, then their gradients; [workers, blockQueries, batch rounded up to 8].
    private let logits: FloatBuffer
    /// Each shard's gradient of the documents; [shards, batch, stride].
    private let documentParts: FloatBuffer
    private let partDistance: Int
    /// Each shard's share of the loss, before the division by B; [shards].
    private let losses: UnsafeMutablePointer<Double>
    private var pairsByQuery = MembersByKey()

    /// - Parameters:
    ///   - stride: Distance between rows of the tables of embeddings and gradients.
    ///   - entities: The number of entities that pairs are made of: no minibatch has more distinct ones.
    init(batch: Int, temperature: Double, stride: Int, entities: Int = .max, workers: WorkerPool) {
        self.batch = batch
        self.temperature = Float(temperature)
        self.workers = workers
        let width = EmbeddingTable.padded(batch)
        let (shards, distance) = Self.documentParts(batch: batch, stride: stride, entities: entities)
        counts = FloatBuffer(count: width)
        logits = FloatBuffer(count: workers.threads * Self.blockQueries * width)
        partDistance = distance
        documentParts = FloatBuffer(count: shards * partDistance)
        losses = .allocate(capacity: shards)
        losses.initialize(repeating: 0, count: shards)
    }

    /// How many shards a minibatch has at most, and how many floats each one's gradient of the documents takes.
    private static func documentParts(batch: Int, stride: Int, entities: Int) -> (shards: Int, floats: Int) {
        let distinct = min(batch, entities)
        return ((distinct + shardQueries - 1) / shardQueries, distinct * stride)
    }

    /// Floats of all buffers.
    static func floats(batch: Int, stride: Int, entities: Int, threads: Int) -> Int {
        let (shards, part) = documentParts(batch: batch, stride: stride, entities: entities)
        return (1 + threads * blockQueries) * EmbeddingTable.padded(batch) + shards * part
    }

    deinit { losses.deallocate() }

    /// The loss of `pairs`, whose entities' embeddings are `rows` by slot.
    ///
    /// Writes the gradient of the queries' slots to `gradient`, and keeps that of the documents apart:
    /// the gradient is whole once `addDocumentGradient` was called for every slot.
    func evaluate(_ pairs: PairBatch, rows: EmbeddingTable, gradient: EmbeddingTable) -> Double {
        counts.fill(0)
        for document in pairs.documents { counts.base[Int(document)] += 1 }
        pairsByQuery.assign(
            keys: pairs.queries, offset: pairs.querySlots.lowerBound, count: pairs.querySlots.count)
        let shards = shardCount(pairs)
        workers.run(workers.threads) { worker in
            // A worker has one scratch and takes every `threads`-th shard; a shard's numbers
            // do not depend on who computes it.
            for shard in stride(from: worker, to: shards, by: workers.threads) {
                losses[shard] = evaluateShard(shard, pairs, rows: rows, gradient: gradient, worker: worker)
            }
        }
        return (0..<shards).reduce(0) { $0 + losses[$1] } / Double(batch)
    }

    /// Adds what the documents among `slots` get, shard by shard. Disjoint ranges may run at once.
    func addDocumentGradient(_ pairs: PairBatch, slots: Range<Int>, to gradient: EmbeddingTable) {
        let stride = gradient.stride
        // `evaluate` has written the gradients of queries; slots that are documents alone
        // still hold an earlier step's.
        let plain = slots.clamped(to: 0..<pairs.querySlots.lowerBound)
        (gradient.base + plain.lowerBound * stride).update(repeating: 0, count: plain.count * stride)
        let documents = slots.clamped(to: pairs.documentSlots)
        let start = documents.lowerBound * stride
        let parts = (0..<shardCount(pairs)).map { shard -> UnsafePointer<Float>? in
            UnsafePointer(documentParts.base + shard * partDistance + start)
        }
        rk_add_all(parts, parts.count, gradient.base + start, documents.count * stride)
    }

    private func shardCount(_ pairs: PairBatch) -> Int {
        (pairs.querySlots.count + Self.shardQueries - 1) / Self.shardQueries
    }
}

extension WeightedBatchSoftmax {
    /// The queries of one shard against all documents, block by block; returns their losses' sum.
    private func evaluateShard(
        _ shard: Int, _ pairs: PairBatch, rows: EmbeddingTable, gradient: EmbeddingTable, worker: Int
    ) -> Double {
        let stride = rows.stride
        let first = shard * Self.shardQueries
        let end = min(first + Self.shardQueries, pairs.querySlots.count)
        let documents = pairs.documentSlots.count
        let width = EmbeddingTable.padded(documents)
        let S = logits.base + worker * Self.blockQueries * EmbeddingTable.padded(batch)
        let dD = documentParts.base + shard * partDistance
        var loss = 0.0
        for start in Swift.stride(from: first, to: end, by: Self.blockQueries) {
            let count = min(Self.blockQueries, end - start)
            let offset = (pairs.querySlots.lowerBound + start) * stride
            let Q = rows.base + offset
            sgemm(
                .no, .yes, count, documents, stride, alpha: 1 / temperature, Q, lda: stride, rows.base,
                ldb: stride, S, ldc: width)
            for row in 0..<count {
                loss += differentiate(S + row * width, query: start + row, pairs)
            }
            sgemm(
                .no, .no, count, stride, documents, S, lda: width, rows.base, ldb: stride,
                gradient.base + offset, ldc: stride)
            // The shard's first block writes where an earlier step's gradient may stand, the others add.
            sgemm(
                .yes, .no, documents, stride, count, S, lda: width, Q, ldb: stride,
                beta: start == first ? 0 : 1, dD, ldc: stride)
        }
        return loss
    }

    /// Turns one query's logits s / tau into dL/ds; returns B times its share of the loss.
    private func differentiate(_ row: UnsafeMutablePointer<Float>, query: Int, _ pairs: PairBatch) -> Double {
        // The loss is a mean over B pairs of terms in s / tau.
        let unit = 1 / (Float(batch) * temperature)
        var total: Float = 0
        var attained = 0.0
        for pair in pairsByQuery[query] {
            let lambda = pairs.weights[Int(pair)]
            total += lambda
            attained += Double(lambda) * Double(row[Int(pairs.documents[Int(pair)])])
        }
        // A query's pairs share one row of logits and so one softmax: it counts with the sum of their weights, and
        // each pair's own document loses the pair's weight.
        let logSum = rk_counted_softmax(row, counts.base, total * unit, pairs.documentSlots.count)
        for pair in pairsByQuery[query] {
            row[Int(pairs.documents[Int(pair)])] -= pairs.weights[Int(pair)] * unit
        }
        return Double(total) * Double(logSum) - attained
    }
}
