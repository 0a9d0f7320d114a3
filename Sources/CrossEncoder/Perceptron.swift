import CRankKernels
import Tensors

/// Where each layer of the perceptron lies among its parameters: R^2n -> three ReLU layers of 2n -> R.
///
/// Layer l = 0, 1, 2, 3 computes W h + b with W [outputs(l), 2n] as stored, biases after it.
struct PerceptronShape: Equatable, Sendable {
    let dimension: Int
    /// 2n: width of the input and of the three hidden layers.
    var width: Int { 2 * dimension }

    static let layers = 4

    func outputs(_ layer: Int) -> Int { layer < Self.layers - 1 ? width : 1 }
    func weights(_ layer: Int) -> Int { layer * width * (width + 1) }
    func biases(_ layer: Int) -> Int { weights(layer) + outputs(layer) * width }
    /// Number of floats, with padding to a multiple of 8 at the end.
    var count: Int { EmbeddingTable.padded(biases(Self.layers - 1) + 1) }
}

/// The parameters psi of f_MLP (section 5.3), or a gradient or moment of the same shape.
final class Perceptron: Sendable {
    let shape: PerceptronShape
    let buffer: FloatBuffer

    /// All zeros.
    init(shape: PerceptronShape) {
        self.shape = shape
        buffer = FloatBuffer(count: shape.count)
    }

    func weights(_ layer: Int) -> UnsafeMutablePointer<Float> { buffer.base + shape.weights(layer) }
    func biases(_ layer: Int) -> UnsafeMutablePointer<Float> { buffer.base + shape.biases(layer) }

    /// Weights from N(0, 1/(2n)), biases 0 (appendix A.3).
    func initialize(seed: UInt64) {
        buffer.fill(0)
        var stream = RandomStream(seed: seed, name: "cross-encoder.weights")
        let deviation = 1 / Float(shape.width).squareRoot()
        for layer in 0..<PerceptronShape.layers {
            for index in 0..<shape.outputs(layer) * shape.width {
                weights(layer)[index] = deviation * stream.normal()
            }
        }
    }

    func copy() -> Perceptron {
        let other = Perceptron(shape: shape)
        other.buffer.base.update(from: buffer.base, count: buffer.count)
        return other
    }

    /// f_MLP of each row of `inputs` [rows, 2n], into `outputs` [rows].
    ///
    /// - Parameter hidden: Workspace of 2 * rows * 2n floats.
    func evaluate(_ inputs: FloatBuffer, rows: Int, hidden: FloatBuffer, outputs: inout [Float]) {
        let width = shape.width
        var source = inputs.base
        for layer in 0..<PerceptronShape.layers - 1 {
            // Layers write to the two halves in turn, so that none writes where it reads.
            let target = hidden.base + (layer % 2) * rows * width
            sgemm(
                .no, .yes, rows, width, width, source, lda: width, weights(layer), ldb: width, target,
                ldc: width)
            rk_bias_relu(target, biases(layer), rows, width)
            source = target
        }
        let last = PerceptronShape.layers - 1
        for row in 0..<rows {
            outputs[row] = rk_dot(source + row * width, weights(last), width) + biases(last)[0]
        }
    }
}

// MARK: - Tensors by name

extension Perceptron {
    /// `prefix` + `0.weight` [2n, 2n], `0.bias` [2n], ..., `3.weight` [1, 2n], `3.bias` [1].
    func tensors(prefix: String) -> [String: TensorArchive.Tensor] {
        var tensors: [String: TensorArchive.Tensor] = [:]
        for (name, shape, start) in entries(prefix: prefix) {
            let values = UnsafeBufferPointer(start: buffer.base + start, count: shape.reduce(1, *))
            tensors[name] = TensorArchive.Tensor(shape: shape, values: Array(values))
        }
        return tensors
    }

    convenience init(
        shape: PerceptronShape, from archive: TensorArchive, prefix: String
    ) throws(TensorArchiveError) {
        self.init(shape: shape)
        for (name, shape, start) in entries(prefix: prefix) {
            for (index, value) in try archive.values(name, shape: shape).enumerated() {
                buffer.base[start + index] = value
            }
        }
    }

    private func entries(prefix: String) -> [(name: String, shape: [Int], start: Int)] {
        (0..<PerceptronShape.layers).flatMap { layer in
            [
                ("\(prefix)\(layer).weight", [shape.outputs(layer), shape.width], shape.weights(layer)),
                ("\(prefix)\(layer).bias", [shape.outputs(layer)], shape.biases(layer)),
            ]
        }
    }
}
