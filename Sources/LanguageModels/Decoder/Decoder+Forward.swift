import CRankKernels
import Tensors

/// A decoder of Llama's kind at work on packed batches: forward and backward, one worker each.
///
/// Weights are shared and only read; each worker has a `DecoderWorkspace` of its own.
struct DecoderPass {
    let parameters: DecoderParameters
    let inputVectors: InputVectors?
    let folded: FoldedWeights
    /// The matrices in bfloat16, where products take them so.
    let rounded: RoundedWeights?
    let rotary: RotaryTable
    let learning: LearningPart
    let workspace: DecoderWorkspace

    var c: DecoderConfiguration { parameters.configuration }

    func weight(_ offset: Int) -> UnsafePointer<Float> { UnsafePointer(parameters.values.base + offset) }

    /// The `count` weights of a matrix; of one in bfloat16 as floats, until the next call.
    func matrix(_ offset: Int, count: Int) -> UnsafePointer<Float> {
        guard let halves = parameters.halves, halves.holds(offset) else { return weight(offset) }
        workspace.expanded.reserve(count)
        halves.expand(offset: offset, count: count, to: workspace.expanded.base)
        return UnsafePointer(workspace.expanded.base)
    }
}

extension DecoderPass {
    /// Fills the residual stream `workspace.h` of all rows that are asked for.
    ///
    /// - Parameters:
    ///   - promptsAsk: Whether the last layer's output is wanted at prompt tokens before the root too.
    ///   - keepsActivations: Whether a backward pass follows; without, layers share one set of buffers.
    func forward(_ batch: PackedBatch, promptsAsk: Bool, keepsActivations: Bool) {
        workspace.reserve(batch, backward: keepsActivations)
        embed(batch)
        for layer in 0..<c.layers {
            if keepsActivations { workspace.keepInputs(of: layer, rows: batch.rows) }
            run(batch, layer, promptsAsk: promptsAsk, slot: keepsActivations ? workspace.slot(of: layer) : 0)
        }
    }

    /// One layer, from the residual stream to the residual stream.
    private func run(_ batch: PackedBatch, _ layer: Int, promptsAsk: Bool, slot: Int) {
        // In the last layer prompts give keys and values alone, where nobody asks for what comes out at them.
        let asking = workspace.firstAskingRow(layer, batch, promptsAsk: promptsAsk)
        attend(batch, layer, workspace.layers[slot], from: asking)
        feedForward(batch, layer, workspace.layers[slot], from: asking)
    }

    /// A layer's activations: as the forward pass left them, or computed once more from the layer's inputs.
    func activations(_ batch: PackedBatch, _ layer: Int, promptsAsk: Bool)
        -> DecoderWorkspace.LayerActivations
    {
        let slot = workspace.slot(of: layer)
        if workspace.restoreInputs(of: layer, rows: batch.rows) {
            run(batch, layer, promptsAsk: promptsAsk, slot: slot)
        }
        return workspace.layers[slot]
    }

    private func embed(_ batch: PackedBatch) {
        let (table, width) = (parameters.layout.embedding, c.width)
        for (row, token) in batch.tokens.enumerated() {
            let offset = table + Int(token) * width
            let target = workspace.h.base + row * width
            if let inputVectors, Int(token) >= c.vocabulary {
                target.update(from: inputVectors.row(Int(token) - c.vocabulary), count: width)
            } else if let halves = parameters.halves, halves.holds(table) {
                halves.expand(offset: offset, count: width, to: target)
            } else {
                target.update(from: weight(offset), count: width)
            }
        }
    }

    /// h += Wo attention(norm(h)).
    private func attend(
        _ batch: PackedBatch, _ layer: Int, _ kept: DecoderWorkspace.LayerActivations, from asking: Int
    ) {
        let rows = batch.rows
        let h = workspace.h.base
        rk_rms_norm(h, rows, c.width, c.normEpsilon, kept.x1.base, kept.inverse1.base)
        let x = gained(kept.x1.base, rows: rows, gain: parameters.layout.layers[layer].attentionGain)
        project(.queryKeyValue, layer, rows: rows, from: asking, x, to: kept.qkv.base)
        rotate(batch, kept.qkv.base, from: asking, direction: 1)
        var shape = workspace.shape(promptsAsk: asking == 0)
        // Sequences do not see each other, and what several share is a sequence of its own before them.
        for (index, sequence) in batch.attentionSequences.enumerated() {
            sequence.withC { s in
                rk_attention_forward(
                    s, &shape, kept.qkv.base, kept.mixed.base,
                    kept.logSums.base + workspace.logSumStart[index], workspace.scratch.base)
            }
        }
        project(
            .output, layer, rows: rows - asking, kept.mixed.base + asking * c.mixedWidth, beta: 1,
            to: h + asking * c.width)
    }

    /// Turns queries (from `asking` on) and keys (of all rows) by their positions.
    func rotate(_ batch: PackedBatch, _ qkv: UnsafeMutablePointer<Float>, from asking: Int, direction: Float)
    {
        // Keys stand behind the queries in the same rows, and are there of all rows.
        let d = c.headDimension
        batch.positions.withUnsafeBufferPointer { positions in
            guard let start = positions.baseAddress else { return }
            rk_rotate(
                qkv + asking * c.qkvWidth, batch.rows - asking, c.qkvWidth, 0, c.heads, d, start + asking,
                rotary.cosines.base, rotary.sines.base, direction)
            rk_rotate(
                qkv, batch.rows, c.qkvWidth, c.mixedWidth, c.keyValueHeads, d, start, rotary.cosines.base,
                rotary.sines.base, direction)
        }
    }

    /// h += Wdown (silu(Wgate norm(h)) * Wup norm(h)), for the asking rows.
    private func feedForward(
        _ batch: PackedBatch, _ layer: Int, _ kept: DecoderWorkspace.LayerActivations, from asking: Int
    ) {
        let rows = batch.rows - asking
        let h = workspace.h.base + asking * c.width
        rk_rms_norm(h, rows, c.width, c.normEpsilon, kept.x2.base, kept.inverse2.base)
        let x = gained(kept.x2.base, rows: rows, gain: parameters.layout.layers[layer].feedForwardGain)
        project(.gateUp, layer, rows: rows, x, to: kept.gateUp.base)
        rk_swiglu(kept.gateUp.base, rows, c.feedForward, workspace.activation.base)
        project(.down, layer, rows: rows, workspace.activation.base, beta: 1, to: h)
    }

    /// Gathers `rows` of h and normalises them: the inputs of the output head.
    func finalNorm(_ rows: [Int]) {
        let width = c.width
        // Only rows that are asked for go through the head, the largest matrix.
        workspace.xFinal.reserve(rows.count * width)
        workspace.inverseFinal.reserve(rows.count)
        workspace.dhFinal.reserve(rows.count * width)
        // dhFinal has nothing to hold before the backward pass, and takes the norm's inputs meanwhile.
        let gathered = workspace.dhFinal.base
        for (index, row) in rows.enumerated() {
            (gathered + index * width).update(from: workspace.h.base + row * width, count: width)
        }
        rk_rms_norm(
            gathered, rows.count, width, c.normEpsilon, workspace.xFinal.base, workspace.inverseFinal.base)
        workspace.headInputs = gained(
            workspace.xFinal.base, rows: rows.count, gain: parameters.layout.finalGain)
        // A head in bfloat16 is turned into floats here, once for all blocks of its rows.
        workspace.head =
            folded.isFolded ? folded.head : matrix(parameters.layout.head, count: c.vocabulary * width)
    }

    /// The output head, and its inputs from gathered row `first` on.
    func head(from first: Int) -> (weights: UnsafePointer<Float>, inputs: UnsafePointer<Float>) {
        guard let weights = workspace.head, let inputs = workspace.headInputs else {
            preconditionFailure("finalNorm comes first")
        }
        return (weights, inputs + first * c.width)
    }

    /// The logits of gathered rows `first..<first + count`, in `workspace.logits`.
    func headLogits(first: Int, count: Int) {
        workspace.logits.reserve(count * c.vocabulary)
        let head = head(from: first)
        if let rounded {
            let left = workspace.left.pairsInRows(
                head.inputs, rows: count, columns: c.width, stride: c.width)
            pairProduct(
                count, c.vocabulary, c.width, left, rounded.transposedHead, accumulate: false,
                workspace.logits.base, ldc: c.vocabulary)
            return
        }
        sgemm(
            .no, .yes, count, c.vocabulary, c.width, head.inputs, lda: c.width, head.weights,
            ldb: c.width, workspace.logits.base, ldc: c.vocabulary)
    }
}
