import CRankKernels
import Tensors

extension DecoderPass {
    /// Adds the gradient of the layers and the embedding, given the gradient of the last residual
    /// stream in `workspace.dh`. Folded matrices get folded gradients (see `FoldedWeights`).
    func backward(_ batch: PackedBatch, promptsAsk: Bool, into gradient: GradientBuffer) {
        for layer in (0..<c.layers).reversed() {
            let asking = workspace.firstAskingRow(layer, batch, promptsAsk: promptsAsk)
            feedForwardBackward(batch, layer, from: asking, gradient.values.base)
            attendBackward(batch, layer, from: asking, gradient.values.base)
        }
        let table = gradient.values.base + parameters.layout.embedding
        let dh = workspace.dh.base
        for (row, token) in batch.tokens.enumerated() {
            rk_axpy(1, dh + row * c.width, table + Int(token) * c.width, c.width)
        }
    }

    private func feedForwardBackward(
        _ batch: PackedBatch, _ layer: Int, from asking: Int, _ gradient: UnsafeMutablePointer<Float>
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
            .yes, .no, width, f, rows, dh, lda: width, workspace.activation.base, ldb: f, beta: 1,
            gradient + offsets.down, ldc: f)
        sgemm(
            .yes, .no, 2 * f, width, rows, kept.gateUp.base, lda: 2 * f, kept.x2.base, ldb: width, beta: 1,
            gradient + offsets.gateUp, ldc: width)
        sgemm(
            .no, .no, rows, width, 2 * f, kept.gateUp.base, lda: 2 * f, folded.gateUp(layer), ldb: width,
            workspace.dx.base, ldc: width)
        rk_rms_norm_backward(workspace.dx.base, kept.x2.base, kept.inverse2.base, rows, width, dh)
    }

    private func attendBackward(
        _ batch: PackedBatch, _ layer: Int, from asking: Int, _ gradient: UnsafeMutablePointer<Float>
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
        sgemm(
            .yes, .no, width, mixed, rows, dh, lda: width, kept.mixed.base + asking * mixed, ldb: mixed,
            beta: 1,
            gradient + offsets.output, ldc: mixed)
        var shape = workspace.shape(promptsAsk: asking == 0)
        for (index, sequence) in batch.sequences.enumerated() {
            sequence.withC { s in
                rk_attention_backward(
                    s, &shape, kept.qkv.base, workspace.dmixed.base,
                    kept.probabilities.base + workspace.probabilityStart[index], workspace.dqkv.base,
                    workspace.scratch.base)
            }
        }
        rotate(batch, workspace.dqkv.base, from: asking, direction: -1)
        projectionBackward(batch.rows, layer, from: asking, gradient + offsets.queryKeyValue)
        rk_rms_norm_backward(
            workspace.dx.base, kept.x1.base, kept.inverse1.base, batch.rows, width, workspace.dh.base)
    }

    /// From dqkv to the projection's gradient and to dx; queries only where they were asked.
    private func projectionBackward(
        _ rows: Int, _ layer: Int, from asking: Int, _ gradient: UnsafeMutablePointer<Float>
    ) {
        let x = workspace.layers[layer].x1.base
        let dx = workspace.dx.base
        let dqkv = workspace.dqkv.base
        let w = folded.queryKeyValue(layer)
        let (width, all, queries) = (c.width, c.qkvWidth, c.mixedWidth)
        /// Columns `column..<column + count` of dqkv, from row `first` on.
        func part(_ column: Int, _ count: Int, from first: Int, beta: Float) {
            let d = dqkv + first * all + column
            sgemm(
                .yes, .no, count, width, rows - first, d, lda: all, x + first * width, ldb: width, beta: 1,
                gradient + column * width, ldc: width)
            sgemm(
                .no, .no, rows - first, width, count, d, lda: all, w + column * width, ldb: width, beta: beta,
                dx + first * width, ldc: width)
        }
        guard asking > 0 else {
            part(0, all, from: 0, beta: 0)
            return
        }
        part(queries, all - queries, from: 0, beta: 0)
        part(0, queries, from: asking, beta: 1)
    }
}
