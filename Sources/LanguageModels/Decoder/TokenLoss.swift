import CRankKernels
import Tensors

extension DecoderPass {
    /// Weighted cross entropy over a batch's targets, and its gradient.
    ///
    /// loss = scale * sum over targets of weight * -log softmax(logits[place])[token].
    /// - Returns: The loss, in nats. The gradient is added in the batch's turn.
    func lossAndGradient(_ batch: PackedBatch, scale: Float, into turn: GradientBuffer.Turn) -> Double {
        guard !batch.targets.isEmpty else {
            // Later batches wait for this number, too.
            turn.addNothing()
            return 0
        }
        let promptsAsk = batch.promptsHaveTargets
        forward(batch, promptsAsk: promptsAsk, keepsActivations: true)
        let rows = batch.targets.map(\.row)
        finalNorm(rows)
        let loss = headLossAndGradient(batch.targets, scale: scale, into: turn)
        scatterHeadGradient(rows, batch.rows)
        backward(batch, promptsAsk: promptsAsk, into: turn)
        return loss
    }

    /// The gradient of the head's inputs, in `workspace.dxFinal`, and that of the head and the last gain, which is added.
    private func headLossAndGradient(
        _ targets: [PackedBatch.RowTargets], scale: Float, into turn: GradientBuffer.Turn
    ) -> Double {
        let (width, vocabulary) = (c.width, c.vocabulary)
        workspace.dxFinal.reserve(targets.count * width)
        var loss = 0.0
        var gradient: UnsafeMutablePointer<Float>?
        for first in stride(from: 0, to: targets.count, by: workspace.headRows) {
            let count = min(workspace.headRows, targets.count - first)
            headLogits(first: first, count: count)
            let logits = workspace.logits.base
            for index in 0..<count {
                loss += crossEntropy(logits + index * vocabulary, targets[first + index], scale)
            }
            headBackward(logits, rows: count, from: first)
            // As late as can be: nobody has to wait for what is not added. A head that does not learn keeps nobody waiting.
            guard learning.isAll else { continue }
            let all = gradient ?? turn.begin(.head)
            gradient = all
            addHeadGradient(logits, rows: count, from: first, to: all + turn.gradient.headOffset)
        }
        gainBackward(
            workspace.dxFinal.base, workspace.xFinal.base, rows: targets.count,
            gain: parameters.layout.finalGain, gradient ?? turn.begin(.head))
        turn.end(.head)
        return loss
    }

    /// From the gradient of the logits of gathered rows `first..<first + rows` to that of the head's inputs.
    private func headBackward(_ logits: UnsafePointer<Float>, rows: Int, from first: Int) {
        let (width, vocabulary) = (c.width, c.vocabulary)
        let dx = workspace.dxFinal.base + first * width
        guard let rounded else {
            sgemm(
                .no, .no, rows, width, vocabulary, logits, lda: vocabulary, head(from: first).weights,
                ldb: width, dx, ldc: width)
            return
        }
        let left = workspace.left.pairsInRows(logits, rows: rows, columns: vocabulary, stride: vocabulary)
        pairProduct(rows, width, vocabulary, left, rounded.head, accumulate: false, dx, ldc: width)
    }

    /// Adds the head's gradient that comes from the logits of those rows.
    private func addHeadGradient(
        _ logits: UnsafePointer<Float>, rows: Int, from first: Int,
        to gradient: UnsafeMutablePointer<Float>
    ) {
        let (width, vocabulary, inputs) = (c.width, c.vocabulary, head(from: first).inputs)
        guard rounded != nil else {
            sgemm(
                .yes, .no, vocabulary, width, rows, logits, lda: vocabulary, inputs, ldb: width, beta: 1,
                gradient, ldc: width)
            return
        }
        // The product of `headBackward` sums over the vocabulary and this one over rows, so the pairs are others.
        let transposed = workspace.left.pairsInColumns(
            logits, rows: rows, columns: vocabulary, stride: vocabulary)
        let right = workspace.right.pairsInColumns(inputs, rows: rows, columns: width, stride: width)
        pairProduct(vocabulary, width, rows, transposed, right, accumulate: true, gradient, ldc: width)
    }

    /// One row's loss; turns its logits into their gradient.
    private func crossEntropy(
        _ logits: UnsafeMutablePointer<Float>, _ target: PackedBatch.RowTargets, _ scale: Float
    ) -> Double {
        var total: Float = 0
        var hit = 0.0
        for (token, weight) in zip(target.tokens, target.weights) {
            total += weight
            // Read now: the softmax takes the logits' place.
            hit += Double(weight) * Double(logits[Int(token)])
        }
        // All targets of a row share its softmax, which counts with the sum of their weights;
        // each token then loses its own.
        let logSumExp = rk_softmax_row(logits, c.vocabulary, scale * total)
        for (token, weight) in zip(target.tokens, target.weights) { logits[Int(token)] -= scale * weight }
        return Double(scale) * (Double(total) * Double(logSumExp) - hit)
    }

    /// dh of all rows: the head's gradient where there are targets, zero elsewhere.
    private func scatterHeadGradient(_ rows: [Int], _ allRows: Int) {
        let width = c.width
        let gathered = workspace.dhFinal.base
        // The norm's gradient is added to what stands here, and so far that is the norm's inputs.
        gathered.update(repeating: 0, count: rows.count * width)
        rk_rms_norm_backward(
            workspace.dxFinal.base, workspace.xFinal.base, workspace.inverseFinal.base, rows.count, width,
            gathered)
        workspace.dh.base.update(repeating: 0, count: allRows * width)
        for (index, row) in rows.enumerated() {
            (workspace.dh.base + row * width).update(from: gathered + index * width, count: width)
        }
    }

    /// log p(token | place) for each asked pair, in their order, and what is most probable there of the first `pieces`
    /// tokens; nil: nobody wants to know.
    func scores(_ batch: PackedBatch, _ asked: [RowToken], pieces: Int?) -> TokenScores {
        // Several pairs may ask at one row, as documents with the same beginning do: its logits are computed once.
        var rows: [Int] = []
        var indexOfRow: [Int: Int] = [:]
        for pair in asked where indexOfRow[pair.row] == nil {
            indexOfRow[pair.row] = rows.count
            rows.append(pair.row)
        }
        let promptsAsk = rows.contains { $0 < batch.promptRows }
        forward(batch, promptsAsk: promptsAsk, keepsActivations: false)
        finalNorm(rows)
        var byIndex: [[Int]] = Array(repeating: [], count: rows.count)
        for (number, pair) in asked.enumerated() { byIndex[indexOfRow[pair.row]!].append(number) }
        var result = TokenScores(count: asked.count, hasMostProbable: pieces != nil)
        for first in stride(from: 0, to: rows.count, by: workspace.headRows) {
            let count = min(workspace.headRows, rows.count - first)
            headLogits(first: first, count: count)
            for index in 0..<count {
                let logits = workspace.logits.base + index * c.vocabulary
                let logSumExp = rk_log_sum_exp(logits, c.vocabulary)
                let best = pieces.map { highest(logits, of: min($0, c.vocabulary)) }
                for number in byIndex[first + index] {
                    result.logProbabilities[number] = logits[Int(asked[number].token)] - logSumExp
                    if let best { result.mostProbable[number] = best }
                }
            }
        }
        return result
    }

    /// Where the highest of the first `count` logits stands; of equal ones the first.
    private func highest(_ logits: UnsafePointer<Float>, of count: Int) -> Int32 {
        var best = 0
        for token in 1..<max(1, count) where logits[token] > logits[best] { best = token }
        return Int32(best)
    }

    /// All logits of the given rows, [rows, vocabulary].
    func logits(_ batch: PackedBatch, rows: [Int]) -> [Float] {
        computeLogits(batch, rows)
        return Array(UnsafeBufferPointer(start: workspace.logits.base, count: rows.count * c.vocabulary))
    }

    /// log p of every token after each of the given rows, [rows, vocabulary].
    func logProbabilities(_ batch: PackedBatch, rows: [Int]) -> [Float] {
        computeLogits(batch, rows)
        for index in rows.indices {
            let row = workspace.logits.base + index * c.vocabulary
            let logSumExp = rk_log_sum_exp(row, c.vocabulary)
            for token in 0..<c.vocabulary { row[token] -= logSumExp }
        }
        return Array(UnsafeBufferPointer(start: workspace.logits.base, count: rows.count * c.vocabulary))
    }

    private func computeLogits(_ batch: PackedBatch, _ rows: [Int]) {
        forward(batch, promptsAsk: rows.contains { $0 < batch.promptRows }, keepsActivations: false)
        finalNorm(rows)
        headLogits(first: 0, count: rows.count)
    }
}

/// What a decoder says of asked tokens, in their order.
public struct TokenScores: Sendable, Equatable {
    /// log p(token | row).
    public var logProbabilities: [Float]
    /// The most probable token at the pair's row, of all that may be written; of equal ones the smallest. Empty where it was
    /// not asked for.
    public var mostProbable: [Int32]

    init(count: Int, hasMostProbable: Bool = false) {
        logProbabilities = [Float](repeating: 0, count: count)
        mostProbable = [Int32](repeating: 0, count: hasMostProbable ? count : 0)
    }
}

/// A token asked for at a row of a batch.
public struct RowToken: Sendable, Equatable {
    /// The row of the batch, `PackedBatch.row(sequence:place:)`.
    public var row: Int
    /// The token whose probability is asked for.
    public var token: Int32

    /// A token asked for at a row.
    public init(row: Int, token: Int32) {
        self.row = row
        self.token = token
    }
}
