import CRankKernels
import Foundation
import LookupTables
import RankingData
import Tensors

/// The perceptron's layers over a minibatch, forward and backward.
extension WeightedSigmoidLoss {
    /// First layer before ReLU, in halves: E(q) Wq^T + b for queries, E(d) Wd^T for documents.
    func projectChunk(_ chunk: Int, _ pairs: PairBatch, rows: EmbeddingTable, perceptron: Perceptron) {
        let (n, width) = (shape.dimension, shape.width)
        let slots = chunk * Self.chunkSlots..<min((chunk + 1) * Self.chunkSlots, pairs.entities.count)
        let queries = slots.clamped(to: pairs.querySlots)
        let documents = slots.clamped(to: pairs.documentSlots)
        let left = queryHalf.base + queries.lowerBound * width
        // The bias belongs to a pair once: it stands in the query's half before the product adds to it.
        for row in 0..<queries.count {
            (left + row * width).update(from: perceptron.biases(0), count: width)
        }
        sgemm(
            .no, .yes, queries.count, width, n, rows.base + queries.lowerBound * rows.stride,
            lda: rows.stride,
            perceptron.weights(0), ldb: width, beta: 1, left, ldc: width)
        sgemm(
            .no, .yes, documents.count, width, n, rows.base + documents.lowerBound * rows.stride,
            lda: rows.stride, perceptron.weights(0) + n, ldb: width,
            documentHalf.base + documents.lowerBound * width, ldc: width)
    }

    /// Positives and negatives of one shard's pairs, forward and backward down to the first layer's
    /// output; returns their share of the loss.
    func evaluateShard(_ shard: Int, perceptron: Perceptron, worker: Int) -> Double {
        let gradient = shardGradients[shard]
        gradient.buffer.fill(0)
        let pairs = shard * Self.shardPairs..<min((shard + 1) * Self.shardPairs, batch)
        let positives = evaluateRows(
            pairs.lowerBound, count: pairs.count, sign: 1, perceptron, gradient, worker: worker)
        let negatives = evaluateRows(
            batch + pairs.lowerBound, count: pairs.count, sign: -1, perceptron, gradient, worker: worker)
        return positives + negatives
    }

    private func evaluateRows(
        _ first: Int, count: Int, sign: Float, _ perceptron: Perceptron, _ gradient: Perceptron, worker: Int
    ) -> Double {
        let width = shape.width
        let area = Self.shardPairs * width
        // h[0] to h[2] are the hidden layers, h[3] and h[4] gradients that layers hand down in turn.
        let h = (0..<5).map { hidden.base + (worker * 5 + $0) * area }
        queries.withUnsafeBufferPointer { queries in
            documents.withUnsafeBufferPointer { documents in
                rk_pair_relu(
                    queryHalf.base, queries.baseAddress! + first, documentHalf.base,
                    documents.baseAddress! + first, count, width, h[0])
            }
        }
        for layer in 1...2 {
            sgemm(
                .no, .yes, count, width, width, h[layer - 1], lda: width, perceptron.weights(layer),
                ldb: width,
                h[layer], ldc: width)
            rk_bias_relu(h[layer], perceptron.biases(layer), count, width)
        }
        let loss = differentiateOutputs(first, count, sign, h[2], perceptron, gradient, into: h[3])
        rk_relu_backward(h[2], h[3], gradient.biases(2), count, width)
        differentiateLayer(2, count, input: h[1], output: h[3], perceptron, gradient, into: h[4])
        rk_relu_backward(h[1], h[4], gradient.biases(1), count, width)
        // This gradient outlives the shard: it is summed by slot when all shards are done.
        let dFirst = firstGradient.base + first * width
        differentiateLayer(1, count, input: h[0], output: h[4], perceptron, gradient, into: dFirst)
        rk_relu_backward(h[0], dFirst, gradient.biases(0), count, width)
        return loss
    }

    /// Scores, their loss, and its derivative by the last hidden layer's output `h`, into `dh`.
    private func differentiateOutputs(
        _ first: Int, _ count: Int, _ sign: Float, _ h: UnsafeMutablePointer<Float>, _ perceptron: Perceptron,
        _ gradient: Perceptron, into dh: UnsafeMutablePointer<Float>
    ) -> Double {
        let width = shape.width
        let last = PerceptronShape.layers - 1
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { df in
            var loss = 0.0
            for row in 0..<count {
                let score =
                    rk_dot(h + row * width, perceptron.weights(last), width) + perceptron.biases(last)[0]
                let term = logSigmoid(Double(sign * score))
                loss -= Double(rowWeights[first + row]) * term.value
                // d(-w log sigma(s f)) / df = -s w sigma(-s f).
                df[row] = -sign * rowWeights[first + row] * Float(term.derivative)
                gradient.biases(last)[0] += df[row]
                rk_axpy(df[row], h + row * width, gradient.weights(last), width)
            }
            rk_outer(df.baseAddress!, perceptron.weights(last), count, width, dh)
            return loss
        }
    }

    /// log sigma(x) and its derivative sigma(-x), without overflow for any x.
    private func logSigmoid(_ x: Double) -> (value: Double, derivative: Double) {
        // log sigma(x) = min(x, 0) - log(1 + e^-|x|): no exponent is above 0, whatever x is.
        let e = exp(-abs(x))
        return (min(x, 0) - log1p(e), (x >= 0 ? e : 1) / (1 + e))
    }

    /// From dL/d(a hidden layer before ReLU): adds its weights' gradient, overwrites dL/d(its input).
    private func differentiateLayer(
        _ layer: Int, _ count: Int, input: UnsafeMutablePointer<Float>,
        output dz: UnsafeMutablePointer<Float>,
        _ perceptron: Perceptron, _ gradient: Perceptron, into dInput: UnsafeMutablePointer<Float>
    ) {
        let width = shape.width
        sgemm(
            .yes, .no, width, width, count, dz, lda: width, input, ldb: width, beta: 1,
            gradient.weights(layer),
            ldc: width)
        sgemm(
            .no, .no, count, width, width, dz, lda: width, perceptron.weights(layer), ldb: width, dInput,
            ldc: width)
    }

    /// The first layer's gradient, summed by slot, on to its weights and to the slots' embeddings.
    func differentiateChunk(
        _ chunk: Int, _ pairs: PairBatch, rows: EmbeddingTable, perceptron: Perceptron,
        gradient: EmbeddingTable
    ) {
        let slots = chunk * Self.chunkSlots..<min((chunk + 1) * Self.chunkSlots, pairs.entities.count)
        // A chunk may have queries alone or documents alone, and then nothing is written to
        // the other half of its gradient.
        chunkGradients[chunk].buffer.base.update(repeating: 0, count: shape.biases(0))
        (gradient.base + slots.lowerBound * gradient.stride).update(
            repeating: 0, count: slots.count * gradient.stride)
        let queries = slots.clamped(to: pairs.querySlots)
        // The gradients of a slot's pairs are summed before the products, which then have a row for each entity and
        // not for each pair. The half's forward values are not needed any more.
        for slot in queries {
            sum(rowsByQuery[slot - pairs.querySlots.lowerBound], into: queryHalf.base + slot * shape.width)
        }
        differentiateHalf(0, chunk, queries, queryHalf, rows, perceptron, gradient)
        let documents = slots.clamped(to: pairs.documentSlots)
        for slot in documents { sum(rowsByDocument[slot], into: documentHalf.base + slot * shape.width) }
        differentiateHalf(shape.dimension, chunk, documents, documentHalf, rows, perceptron, gradient)
    }

    private func sum(_ members: ArraySlice<Int32>, into target: UnsafeMutablePointer<Float>) {
        members.withUnsafeBufferPointer {
            rk_sum_rows(firstGradient.base, $0.baseAddress!, $0.count, shape.width, target)
        }
    }

    /// - Parameter column: Where the half begins in the first layer's input.
    private func differentiateHalf(
        _ column: Int, _ chunk: Int, _ slots: Range<Int>, _ half: FloatBuffer, _ rows: EmbeddingTable,
        _ perceptron: Perceptron, _ gradient: EmbeddingTable
    ) {
        guard !slots.isEmpty else { return }
        let (n, width) = (shape.dimension, shape.width)
        let dz = half.base + slots.lowerBound * width
        let start = slots.lowerBound * rows.stride
        sgemm(
            .yes, .no, width, n, slots.count, dz, lda: width, rows.base + start, ldb: rows.stride,
            chunkGradients[chunk].weights(0) + column, ldc: width)
        sgemm(
            .no, .no, slots.count, n, width, dz, lda: width, perceptron.weights(0) + column, ldb: width,
            beta: 1,
            gradient.base + start, ldc: gradient.stride)
    }
}
