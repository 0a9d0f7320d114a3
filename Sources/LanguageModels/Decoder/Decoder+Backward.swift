import CRankKernels
import Tensors

extension DecoderPass {
    /// Adds the gradient of the layers and the embedding, given the gradient of the last residual
    /// stream in `workspace.dh`. Folded matrices get folded gradients (see `FoldedWeights`).
    func backward(_ batch: PackedBatch, promptsAsk: Bool, into turn: GradientBuffer.Turn) {
        // Below the first layer that learns nobody wants a gradient.
        for layer in (learning.firstLayer..<c.layers).reversed() {
            let asking = workspace.firstAskingRow(layer, batch, promptsAsk: promptsAsk)
            let kept = activations(batch, layer, promptsAsk: promptsAsk)
            feedForwardBackward(batch, layer, kept, from: asking, turn)
            attendBackward(batch, layer, kept, from: asking, turn)
        }
        guard learning.isAll else { return }
        turn.addInputs(batch.tokens, workspace.dh.base, offset: parameters.layout.embedding)
    }

    private func feedForwardBackward(
        _ batch: PackedBatch, _ layer: Int, _ kept: DecoderWorkspace.LayerActivations, from asking: Int,
        _ turn: GradientBuffer.Turn
    ) {
        let gain = parameters.layout.layers[layer].feedForwardGain
        let rows = batch.rows - asking
        let dh = workspace.dh.base + asking * c.width
        projectBackward(.down, layer, rows: rows, dh, to: workspace.dactivation.base)
        // The gradient takes the place of gate and up, which nobody needs any more; SwiGLU's outputs come once more.
        rk_swiglu_backward(
            kept.gateUp.base, workspace.dactivation.base, rows, c.feedForward, workspace.activation.base)
        projectBackward(.gateUp, layer, rows: rows, kept.gateUp.base, to: workspace.dx.base)
        let x = gained(kept.x2.base, rows: rows, gain: gain)
        // Other batches may wait for this turn: inside is only what adds to the shared gradient or is done with it.
        turn.add(.feedForward(layer: layer)) { gradient in
            projectionGradient(.down, layer, rows: rows, dh, workspace.activation.base, gradient)
            projectionGradient(.gateUp, layer, rows: rows, kept.gateUp.base, x, gradient)
            gainBackward(workspace.dx.base, kept.x2.base, rows: rows, gain: gain, gradient)
        }
        rk_rms_norm_backward(workspace.dx.base, kept.x2.base, kept.inverse2.base, rows, c.width, dh)
    }

    private func attendBackward(
        _ batch: PackedBatch, _ layer: Int, _ kept: DecoderWorkspace.LayerActivations, from asking: Int,
        _ turn: GradientBuffer.Turn
    ) {
        let gain = parameters.layout.layers[layer].attentionGain
        let rows = batch.rows - asking
        let (mixed, width) = (c.mixedWidth, c.width)
        let dh = workspace.dh.base + asking * width
        projectBackward(.output, layer, rows: rows, dh, to: workspace.dmixed.base + asking * mixed)
        var shape = workspace.shape(promptsAsk: asking == 0)
        // The shared tokens' sequence comes first: it writes the gradients of their keys and
        // values, and the others add.
        for (index, sequence) in batch.attentionSequences.enumerated() {
            sequence.withC { s in
                rk_attention_backward(
                    s, &shape, kept.qkv.base, kept.mixed.base, workspace.dmixed.base,
                    kept.logSums.base + workspace.logSumStart[index], workspace.dqkv.base,
                    workspace.scratch.base)
            }
        }
        let dqkv = workspace.dqkv.base
        // A rotation's gradient is the rotation back. Rows before `asking` have no queries, and no gradient of any.
        rotate(batch, dqkv, from: asking, direction: -1)
        projectBackward(
            .queryKeyValue, layer, rows: batch.rows, from: asking, dqkv, to: workspace.dx.base)
        // Once more: the scratch that held them has had other inputs since.
        let x = gained(kept.x1.base, rows: batch.rows, gain: gain)
        turn.add(.attention(layer: layer)) { gradient in
            projectionGradient(
                .output, layer, rows: rows, dh, kept.mixed.base + asking * mixed, gradient)
            projectionGradient(.queryKeyValue, layer, rows: batch.rows, from: asking, dqkv, x, gradient)
            gainBackward(workspace.dx.base, kept.x1.base, rows: batch.rows, gain: gain, gradient)
        }
        // On top of what the residual stream passes by the layer.
        rk_rms_norm_backward(
            workspace.dx.base, kept.x1.base, kept.inverse1.base, batch.rows, width, workspace.dh.base)
    }
}
