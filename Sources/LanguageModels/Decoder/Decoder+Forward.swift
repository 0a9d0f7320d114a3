import CRankKernels
import Tensors

/// A decoder of Llama's kind at work on packed batches: forward and backward, one worker each.
///
/// Weights are shared and only read; each worker has a `DecoderWorkspace` of its own.
struct DecoderPass {
    let parameters: DecoderParameters
    let folded: FoldedWeights
    let rotary: RotaryTable
    let workspace: DecoderWorkspace

    var c: DecoderConfiguration { parameters.configuration }

    func weight(_ offset: Int) -> UnsafePointer<Float> { UnsafePointer(parameters.values.base + offset) }
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
            let slot = keepsActivations ? layer : 0
            let asking = workspace.firstAskingRow(layer, batch, promptsAsk: promptsAsk)
            attend(batch, layer, workspace.layers[slot], from: asking)
            feedForward(batch, layer, workspace.layers[slot], from: asking)
        }
    }

    private func embed(_ batch: PackedBatch) {
        let table = weight(parameters.layout.embedding)
        let h = workspace.h.base
        for (row, token) in batch.tokens.enumerated() {
            (h + row * c.width).update(from: table + Int(token) * c.width, count: c.width)
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
        projectQueryKeyValue(rows, layer, x, kept.qkv.base, from: asking)
        rotate(batch, kept.qkv.base, from: asking, direction: 1)
        var shape = workspace.shape(promptsAsk: asking == 0)
        for (index, sequence) in batch.attentionSequences.enumerated() {
            sequence.withC { s in
                rk_attention_forward(
                    s, &shape, kept.qkv.base, kept.mixed.base,
                    kept.probabilities.base + workspace.probabilityStart[index], workspace.scratch.base)
            }
        }
        sgemm(
            .no, .yes, rows - asking, c.width, c.mixedWidth, kept.mixed.base + asking * c.mixedWidth,
            lda: c.mixedWidth, weight(parameters.layout.layers[layer].output), ldb: c.mixedWidth, beta: 1,
            h + asking * c.width, ldc: c.width)
    }

    /// Keys and values of all rows, queries of those that ask.
    private func projectQueryKeyValue(
        _ rows: Int, _ layer: Int, _ x: UnsafePointer<Float>, _ qkv: UnsafeMutablePointer<Float>,
        from asking: Int
    ) {
        let w = folded.queryKeyValue(layer)
        let queries = c.mixedWidth
        let width = c.qkvWidth
        guard asking > 0 else {
            sgemm(
                .no, .yes, rows, width, c.width, x, lda: c.width, w, ldb: c.width, qkv, ldc: width)
            return
        }
        sgemm(
            .no, .yes, rows, width - queries, c.width, x, lda: c.width, w + queries * c.width, ldb: c.width,
            qkv + queries, ldc: width)
        sgemm(
            .no, .yes, rows - asking, queries, c.width, x + asking * c.width, lda: c.width, w, ldb: c.width,
            qkv + asking * width, ldc: width)
    }

    /// Turns queries (from `asking` on) and keys (of all rows) by their positions.
    func rotate(_ batch: PackedBatch, _ qkv: UnsafeMutablePointer<Float>, from asking: Int, direction: Float)
    {
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
        let f = c.feedForward
        let h = workspace.h.base + asking * c.width
        rk_rms_norm(h, rows, c.width, c.normEpsilon, kept.x2.base, kept.inverse2.base)
        let x = gained(kept.x2.base, rows: rows, gain: parameters.layout.layers[layer].feedForwardGain)
        sgemm(
            .no, .yes, rows, 2 * f, c.width, x, lda: c.width, folded.gateUp(layer), ldb: c.width,
            kept.gateUp.base, ldc: 2 * f)
        rk_swiglu(kept.gateUp.base, rows, f, workspace.activation.base)
        sgemm(
            .no, .yes, rows, c.width, f, workspace.activation.base, lda: f,
            weight(parameters.layout.layers[layer].down), ldb: f, beta: 1, h, ldc: c.width)
    }

    /// Gathers `rows` of h and normalises them: the inputs of the output head.
    func finalNorm(_ rows: [Int]) {
        let width = c.width
        workspace.xFinal.reserve(rows.count * width)
        workspace.inverseFinal.reserve(rows.count)
        workspace.dhFinal.reserve(rows.count * width)
        let gathered = workspace.dhFinal.base
        for (index, row) in rows.enumerated() {
            (gathered + index * width).update(from: workspace.h.base + row * width, count: width)
        }
        rk_rms_norm(
            gathered, rows.count, width, c.normEpsilon, workspace.xFinal.base, workspace.inverseFinal.base)
        workspace.headInputs = gained(
            workspace.xFinal.base, rows: rows.count, gain: parameters.layout.finalGain)
    }

    /// The inputs of the output head from gathered row `first` on.
    func headInputs(from first: Int) -> UnsafePointer<Float> {
        guard let inputs = workspace.headInputs else { preconditionFailure("finalNorm comes first") }
        return inputs + first * c.width
    }

    /// The logits of gathered rows `first..<first + count`, in `workspace.logits`.
    func headLogits(first: Int, count: Int) {
        workspace.logits.reserve(count * c.vocabulary)
        sgemm(
            .no, .yes, count, c.vocabulary, c.width, headInputs(from: first), lda: c.width, folded.head,
            ldb: c.width, workspace.logits.base, ldc: c.vocabulary)
    }
}
