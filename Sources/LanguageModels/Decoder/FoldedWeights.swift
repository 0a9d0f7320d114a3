import CRankKernels
import Tensors

/// The weights behind each norm, in a small model with the norm's gain multiplied in: W diag(g).
///
/// A gain then costs nothing a position, forward or backward: with normalised inputs x and
/// y = W diag(g) x, the gradient of the folded matrix G = dy^T x gives dW = G diag(g) and
/// dg = the column sums of W * G. Both are done once a step, in `unfold`.
///
/// A large model has more weights than activations: there the gain is multiplied into the inputs (see
/// Decoder+Gains.swift), and the weights are used where they lie. So they are where a part of them learns alone.
final class FoldedWeights: Sendable {
    private let parameters: DecoderParameters
    private let buffer: FloatBuffer
    private let folds: [Fold]
    /// Whether gains are multiplied into weights rather than inputs.
    let isFolded: Bool

    /// One matrix [rows, width] at `source`, its gain's offset, and where the product lies here.
    private struct Fold {
        let source: Int
        let gain: Int
        let rows: Int
        let target: Int
        /// Where the folded gradient lies in a `GradientBuffer`.
        let gradient: Int
    }

    init(_ parameters: DecoderParameters, isFolded: Bool) {
        self.parameters = parameters
        self.isFolded = isFolded
        let c = parameters.configuration
        let layout = parameters.layout
        var folds: [Fold] = []
        var end = 0
        func fold(_ source: Int, _ gain: Int, rows: Int, gradient: Int) {
            folds.append(Fold(source: source, gain: gain, rows: rows, target: end, gradient: gradient))
            end += rows * c.width
        }
        for layer in layout.layers {
            fold(
                layer.queryKeyValue, layer.attentionGain,
                rows: (c.heads + 2 * c.keyValueHeads) * c.headDimension, gradient: layer.queryKeyValue)
            fold(layer.gateUp, layer.feedForwardGain, rows: 2 * c.feedForward, gradient: layer.gateUp)
        }
        fold(
            layout.head, layout.finalGain, rows: c.vocabulary,
            gradient: GradientBuffer.headOffset(layout, c, isFolded: isFolded))
        self.folds = folds
        buffer = FloatBuffer(count: isFolded ? end : 0)
    }

    func queryKeyValue(_ layer: Int) -> UnsafePointer<Float> { matrix(folds[2 * layer]) }
    func gateUp(_ layer: Int) -> UnsafePointer<Float> { matrix(folds[2 * layer + 1]) }
    var head: UnsafePointer<Float> { matrix(folds[folds.count - 1]) }

    private func matrix(_ fold: Fold) -> UnsafePointer<Float> {
        precondition(isFolded, "there are no folded weights")
        return UnsafePointer(buffer.base + fold.target)
    }

    /// Folds anew after the weights have changed.
    func update(_ workers: WorkerPool) {
        guard isFolded else { return }
        // The head, the largest, first.
        workers.runAscending(folds.count) { _, index in update(folds[folds.count - 1 - index]) }
    }

    private func update(_ fold: Fold) {
        let values = parameters.values.base
        rk_scale_columns(
            values + fold.source, values + fold.gain, fold.rows, parameters.configuration.width,
            buffer.base + fold.target)
    }

    /// Turns gradients of folded matrices into gradients of matrices and gains, in place.
    func unfold(_ gradient: GradientBuffer, _ workers: WorkerPool) {
        guard isFolded else { return }
        // The head, the largest, first.
        workers.runAscending(folds.count) { _, index in unfold(folds[folds.count - 1 - index], gradient) }
    }

    private func unfold(_ fold: Fold, _ gradient: GradientBuffer) {
        let width = parameters.configuration.width
        let (values, g) = (parameters.values.base, gradient.values.base)
        rk_scale_columns_backward(
            g + fold.gradient, values + fold.source, values + fold.gain, fold.rows, width, g + fold.gain)
        // A tied head's comes to what the input tokens gave.
        guard fold.gradient != fold.source else { return }
        rk_axpy(1, g + fold.gradient, g + fold.source, fold.rows * width)
    }
}
