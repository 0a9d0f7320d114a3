import CRankKernels
import Tensors

extension DecoderPass {
    /// Adds the gradient of the layers and the embedding, given the gradient of the last residual
    /// stream in `workspace.dh`. Folded matrices get folded gradients (see `FoldedWeights`).
    func backward(_ batch: PackedBatch, promptsAsk: Bool, into turn: GradientBuffer.Turn) {
        for layer in (0..<c.layers).reversed() {
            let asking = workspace.firstAskingRow(layer, batch, promptsAsk: promptsAsk)
            feedForwardBackward(batch, layer, from: asking, turn)
            attendBackward(batch, layer, from: asking, turn)
        }
        let dh = workspace.dh.base
        turn.add(.embedding) { gradient in
            let table = gradient + parameters.layout.embedding
            for (row, token) in batch.tokens.enumerated() {
                rk_axpy(1, dh + row * c.width, table + Int(token) * c.width, c.width)
            }
        }
    }

    private func feedForwardBackward(
        _ batch: PackedBatch, _ layer: Int, from asking: Int, _ turn: GradientBuffer.Turn
    ) {
        let kept = workspace.layers[layer]
        let offsets = parameters.layout.layers[layer]
        let rows = batch.rows - asking
        let (f, width) = (c.feedForward, c.width)
        let dh = workspace.dh.base + asking * width
        sgemm(
            .no, .no, rows, f, width, dh, lda: width, weight(offsets.down), ldb: f,
            workspace.dactivation.base, ldc: f)
        rk_swiglu_backward(kept.gateUp.base, workspace.dactivation.base, rows, f, workspace.activation.base)
        sgemm(
            .no, .no, rows, width, 2 * f, kept.gateUp.base, lda: 2 * f, folded.gateUp(layer), ldb: width,
            workspace.dx.base, ldc: width)
        let x = gained(kept.x2.base, rows: rows, gain: offsets.feedForwardGain)
        turn.add(.feedForward(layer: layer)) { gradient in
            sgemm(
                .yes, .no, width, f, rows, dh, lda: width, workspace.activation.base, ldb: f, beta: 1,
                gradient + offsets.down, ldc: f)
            sgemm(
                .yes, .no, 2 * f, width, rows, kept.gateUp.base, lda: 2 * f, x, ldb: width, beta: 1,
                gradient + offsets.gateUp, ldc: width)
            gainBackward(
                workspace.dx.base, kept.x2.base, rows: rows, gain: offsets.feedForwardGain, gradient)
        }
        rk_rms_norm_backward(workspace.dx.base, kept.x2.base, kept.inverse2.base, rows, width, dh)
    }

    private func attendBackward(
        _ batch: PackedBatch, _ layer: Int, from asking: Int, _ turn: GradientBuffer.Turn
    ) {
        let kept = workspace.layers[layer]
        let offsets = parameters.layout.layers[layer]
        let rows = batch.rows - asking
        let (mixed, width) = (c.mixedWidth, c.width)
        let dh = workspace.dh.base + asking * width
        let dmixed = workspace.dmixed.base + asking * mixed
        sgemm(
            .no, .no, rows, mixed, width, dh, lda: width, weight(offsets.output), ldb: mixed, dmixed,
            ldc: mixed)
        var shape = workspace.shape(promptsAsk: asking == 0)
        for (index, sequence) in batch.attentionSequences.enumerated() {
            sequence.withC { s in
                rk_attention_backward(
                    s, &shape, kept.qkv.base, workspace.dmixed.base,
                    kept.probabilities.base + workspace.probabilityStart[index], workspace.dqkv.base,
                    workspace.scratch.base)
            }
        }
        rotate(batch, workspace.dqkv.base, from: asking, direction: -1)
        projectionBackward(batch.rows, layer, from: asking)
        let x = gained(kept.x1.base, rows: batch.rows, gain: offsets.attentionGain)
        turn.add(.attention(layer: layer)) { gradient in
            sgemm(
                .yes, .no, width, mixed, rows, dh, lda: width, kept.mixed.base + asking * mixed, ldb: mixed,
                beta: 1, gradient + offsets.output, ldc: mixed)
            projectionGradient(batch.rows, x, from: asking, gradient + offsets.queryKeyValue)
            gainBackward(
                workspace.dx.base, kept.x1.base, rows: batch.rows, gain: offsets.attentionGain, gradient)
        }
        rk_rms_norm_backward(
            workspace.dx.base, kept.x1.base, kept.inverse1.base, batch.rows, width, workspace.dh.base)
    }

    /// From dqkv to the projection's gradient; queries only where they were asked.
    private func projectionGradient(
        _ rows: Int, _ x: UnsafePointer<Float>, from asking: Int, _ gradient: UnsafeMutablePointer<Float>
    ) {
        let (width, all) = (c.width, c.qkvWidth)
        for part in projectionParts(asking) {
            sgemm(
                .yes, .no, part.count, width, rows - part.first,
                workspace.dqkv.base + part.first * all + part.column, lda: all,
                x + part.first * width, ldb: width, beta: 1,
                gradient + part.column * width, ldc: width)
        }
    }

    /// From dqkv to dx.
    private func projectionBackward(_ rows: Int, _ layer: Int, from asking: Int) {
        let (width, all) = (c.width, c.qkvWidth)
        for (index, part) in projectionParts(asking).enumerated() {
            sgemm(
                .no, .no, rows - part.first, width, part.count,
                workspace.dqkv.base + part.first * all + part.column, lda: all,
                folded.queryKeyValue(layer) + part.column * width, ldb: width, beta: index == 0 ? 0 : 1,
                workspace.dx.base + part.first * width, ldc: width)
        }
    }

    /// Columns `column..<column + count` of dqkv that are there from row `first` on: all of them, or keys and values
    /// of all rows, then the asking rows' queries.
    private func projectionParts(_ asking: Int) -> [(column: Int, count: Int, first: Int)] {
        let (all, queries) = (c.qkvWidth, c.mixedWidth)
        return asking == 0 ? [(0, all, 0)] : [(queries, all - queries, 0), (0, queries, asking)]
    }
}
