import CRankKernels
import Tensors

/// One worker's way through the encoder: a batch of texts, packed one after the other without padding.
///
/// Shapes: `rows` tokens by the widths that the buffers' names say.
final class EncoderPass: @unchecked Sendable {
    private let c: EncoderConfiguration
    private let parameters: EncoderParameters
    private let x: FloatBuffer
    private let y: FloatBuffer
    private let mixed: FloatBuffer
    /// [rows, 3 width] of queries, keys and values.
    private let queryKeyValue: FloatBuffer
    /// [rows, feedForward].
    private let hidden: FloatBuffer
    private let scratch: FloatBuffer

    /// - Parameters:
    ///   - rows: The most tokens that a batch has.
    ///   - longest: The most tokens that a text has.
    init(_ c: EncoderConfiguration, _ parameters: EncoderParameters, rows: Int, longest: Int) {
        self.c = c
        self.parameters = parameters
        x = FloatBuffer(count: rows * c.width)
        y = FloatBuffer(count: rows * c.width)
        mixed = FloatBuffer(count: rows * c.width)
        queryKeyValue = FloatBuffer(count: 3 * rows * c.width)
        hidden = FloatBuffer(count: rows * c.feedForward)
        scratch = FloatBuffer(count: rk_full_attention_scratch(longest, c.headDimension))
    }

    /// Writes the unit vector of each text to where `target` says.
    func embed(_ texts: [[Int32]], to target: (Int) -> UnsafeMutablePointer<Float>) {
        let rows = lookUp(texts)
        for layer in parameters.layers {
            attend(layer, texts.map(\.count), rows: rows)
            feedForward(layer, rows: rows)
        }
        var row = 0
        for (place, tokens) in texts.enumerated() {
            pool(from: row, count: tokens.count, to: target(place))
            row += tokens.count
        }
    }

    private func lookUp(_ texts: [[Int32]]) -> Int {
        var row = 0
        for tokens in texts {
            for (position, token) in tokens.enumerated() {
                precondition(token >= 0 && Int(token) < c.vocabulary, "token \(token) is in no vocabulary")
                let to = x.base + row * c.width
                to.update(from: parameters.tokens.base + Int(token) * c.width, count: c.width)
                rk_axpy(1, parameters.positions.base + position * c.width, to, c.width)
                row += 1
            }
        }
        let norm = parameters.norm
        rk_add_layer_norm(x.base, nil, nil, norm.gain.base, norm.shift.base, row, c.width, c.epsilon)
        return row
    }

    private func attend(_ layer: EncoderParameters.Layer, _ lengths: [Int], rows: Int) {
        let inner = 3 * c.width
        // The bias stands where the product adds itself: no pass of its own is needed.
        for row in 0..<rows {
            (queryKeyValue.base + row * inner).update(from: layer.queryKeyValue.bias.base, count: inner)
        }
        product(x, layer.queryKeyValue, rows, inner, c.width, beta: 1, to: queryKeyValue)
        var row = 0
        for length in lengths {
            rk_full_attention(
                queryKeyValue.base + row * inner, length, c.heads, c.headDimension,
                mixed.base + row * c.width, scratch.base)
            row += length
        }
        product(mixed, layer.output, rows, c.width, c.width, to: y)
        addNormalised(layer.output, layer.attentionNorm, rows)
    }

    private func feedForward(_ layer: EncoderParameters.Layer, rows: Int) {
        product(x, layer.intermediate, rows, c.feedForward, c.width, to: hidden)
        rk_bias_gelu(hidden.base, layer.intermediate.bias.base, rows, c.feedForward)
        product(hidden, layer.down, rows, c.width, c.feedForward, to: y)
        addNormalised(layer.down, layer.outputNorm, rows)
    }

    /// out = in W^T + beta out.
    private func product(
        _ input: FloatBuffer, _ linear: EncoderParameters.Linear, _ rows: Int, _ outputs: Int, _ inputs: Int,
        beta: Float = 0, to output: FloatBuffer
    ) {
        sgemm(
            .no, .yes, rows, outputs, inputs, input.base, lda: inputs, linear.weight.base, ldb: inputs,
            beta: beta, output.base, ldc: outputs)
    }

    /// x = norm(x + y + bias).
    private func addNormalised(
        _ linear: EncoderParameters.Linear, _ norm: EncoderParameters.Norm, _ rows: Int
    ) {
        rk_add_layer_norm(
            x.base, y.base, linear.bias.base, norm.gain.base, norm.shift.base, rows, c.width, c.epsilon)
    }

    private func pool(from first: Int, count: Int, to target: UnsafeMutablePointer<Float>) {
        target.update(repeating: 0, count: c.width)
        for row in first..<(first + count) { rk_axpy(1, x.base + row * c.width, target, c.width) }
        // The mean's direction is the sum's; a vector of zeros stays one.
        let length = Float(rk_sum_of_squares(target, c.width).squareRoot())
        guard length > 0 else { return }
        for column in 0..<c.width { target[column] /= length }
    }
}
