import Tensors

/// The weights behind each norm with the norm's gain multiplied in: W diag(g).
///
/// A gain then costs nothing a position, forward or backward: with normalised inputs x and
/// y = W diag(g) x, the gradient of the folded matrix G = dy^T x gives dW = G diag(g) and
/// dg = the column sums of W * G. Both are done once a step, in `unfold`.
final class FoldedWeights: Sendable {
    private let parameters: DecoderParameters
    private let buffer: FloatBuffer
    private let folds: [Fold]

    /// One matrix [rows, width] at `source`, its gain's offset, and where the product lies here.
    private struct Fold {
        let source: Int
        let gain: Int
        let rows: Int
        let target: Int
        /// Where the folded gradient lies in a `GradientBuffer`.
        let gradient: Int
    }

    init(_ parameters: DecoderParameters) {
        self.parameters = parameters
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
            layout.head, layout.finalGain, rows: c.vocabulary, gradient: GradientBuffer.headOffset(layout, c))
        self.folds = folds
        buffer = FloatBuffer(count: end)
    }

    func queryKeyValue(_ layer: Int) -> UnsafePointer<Float> {
        UnsafePointer(buffer.base + folds[2 * layer].target)
    }
    func gateUp(_ layer: Int) -> UnsafePointer<Float> {
        UnsafePointer(buffer.base + folds[2 * layer + 1].target)
    }
    var head: UnsafePointer<Float> { UnsafePointer(buffer.base + folds[folds.count - 1].target) }

    /// Folds anew after the weights have changed.
    func update() {
        let width = parameters.configuration.width
        let values = parameters.values.base
        for fold in folds {
            for row in 0..<fold.rows {
                let source = values + fold.source + row * width
                let target = buffer.base + fold.target + row * width
                for column in 0..<width { target[column] = source[column] * values[fold.gain + column] }
            }
        }
    }

    /// Turns gradients of folded matrices into gradients of matrices and gains, in place.
    func unfold(_ gradient: GradientBuffer) {
        let width = parameters.configuration.width
        let values = parameters.values.base
        let g = gradient.values.base
        for fold in folds {
            let tied = fold.gradient != fold.source
            for row in 0..<fold.rows {
                let weight = values + fold.source + row * width
                let folded = g + fold.gradient + row * width
                let target = g + fold.source + row * width
                for column in 0..<width {
                    g[fold.gain + column] += weight[column] * folded[column]
                    let product = folded[column] * values[fold.gain + column]
                    target[column] = tied ? target[column] + product : product
                }
            }
        }
    }
}

/// Gradients in the parameters' layout, and behind them the folded head's where the head is tied
/// (the embedding's own slot then takes what comes in through the input tokens).
final class GradientBuffer: Sendable {
    let values: FloatBuffer
    let headOffset: Int

    init(_ parameters: DecoderParameters) {
        let c = parameters.configuration
        headOffset = GradientBuffer.headOffset(parameters.layout, c)
        values = FloatBuffer(count: parameters.layout.count + (c.tiedHead ? c.vocabulary * c.width : 0))
    }

    static func headOffset(_ layout: ParameterLayout, _ configuration: DecoderConfiguration) -> Int {
        configuration.tiedHead ? layout.count : layout.head
    }
}
