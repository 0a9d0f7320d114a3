import CRankKernels
import Tensors

/// A decoder's matrices in bfloat16, laid out for products: rounded once a step, and read by all workers.
///
/// y = x W^T wants W's pairs along its inputs, dx = dy W along its outputs, so there are two copies; together they take
/// as much memory as the weights themselves.
final class RoundedWeights: @unchecked Sendable {
    private let parameters: DecoderParameters
    private let folded: FoldedWeights
    private let matrices: [Matrix]
    private var forward = PairBuffer()
    private var backward = PairBuffer()
    /// Whether products have a gradient: a decoder that scores alone needs the first copy alone.
    private var learns = false

    /// W [outputs, inputs], and where its copies begin.
    private struct Matrix {
        let projection: (kind: Projection, layer: Int)?
        let outputs, inputs, forward, backward: Int
    }

    init(_ parameters: DecoderParameters, _ folded: FoldedWeights) {
        self.parameters = parameters
        self.folded = folded
        let c = parameters.configuration
        var matrices: [Matrix] = []
        var (forward, backward) = (0, 0)
        func place(_ projection: (Projection, Int)?, outputs: Int, inputs: Int) {
            matrices.append(
                Matrix(
                    projection: projection, outputs: outputs, inputs: inputs, forward: forward,
                    backward: backward))
            forward += (inputs + 1) / 2 * rk_pair_stride(outputs)
            backward += (outputs + 1) / 2 * rk_pair_stride(inputs)
        }
        for layer in 0..<c.layers {
            for projection in Projection.allCases {
                place((projection, layer), outputs: c.outputs(projection), inputs: c.inputs(projection))
            }
        }
        place(nil, outputs: c.vocabulary, inputs: c.width)
        self.matrices = matrices
        counts = (forward, backward)
    }

    private let counts: (forward: Int, backward: Int)

    /// Rounds anew after the weights have changed.
    func update(_ workers: WorkerPool) {
        forward.reserve(counts.forward)
        if learns { backward.reserve(counts.backward) }
        // The head, the largest, first.
        workers.runAscending(matrices.count) { _, index in round(matrices[matrices.count - 1 - index]) }
    }

    /// Makes the copies for gradients too, if they are not there.
    func prepareToLearn(_ workers: WorkerPool) {
        guard !learns else { return }
        learns = true
        update(workers)
    }

    private func round(_ matrix: Matrix) {
        let (source, outputs, inputs) = (source(matrix), matrix.outputs, matrix.inputs)
        rk_pair_transposed(
            source, outputs, inputs, inputs, forward.base + matrix.forward, rk_pair_stride(outputs))
        guard learns else { return }
        rk_pair_rows(source, outputs, inputs, inputs, backward.base + matrix.backward, rk_pair_stride(inputs))
    }

    private func source(_ matrix: Matrix) -> UnsafePointer<Float> {
        guard let (projection, layer) = matrix.projection else {
            return folded.isFolded
                ? folded.head : UnsafePointer(parameters.values.base + parameters.layout.head)
        }
        if folded.isFolded, projection == .queryKeyValue { return folded.queryKeyValue(layer) }
        if folded.isFolded, projection == .gateUp { return folded.gateUp(layer) }
        return UnsafePointer(parameters.values.base + parameters.layout.layers[layer].offset(projection))
    }

    private func matrix(_ projection: Projection, _ layer: Int) -> Matrix {
        matrices[layer * Projection.allCases.count + projection.rawValue]
    }

    /// W^T: what y = x W^T has on its right.
    func transposed(_ projection: Projection, _ layer: Int) -> PairedMatrix {
        transposed(matrix(projection, layer))
    }

    var transposedHead: PairedMatrix { transposed(matrices[matrices.count - 1]) }

    private func transposed(_ matrix: Matrix) -> PairedMatrix {
        .pairsInColumns(forward.base + matrix.forward, stride: rk_pair_stride(matrix.outputs))
    }

    /// W: what dx = dy W has on its right.
    func plain(_ projection: Projection, _ layer: Int) -> PairedMatrix { plain(matrix(projection, layer)) }

    var head: PairedMatrix { plain(matrices[matrices.count - 1]) }

    private func plain(_ matrix: Matrix) -> PairedMatrix {
        precondition(learns, "prepareToLearn comes first")
        return .pairsInColumns(backward.base + matrix.backward, stride: rk_pair_stride(matrix.inputs))
    }

    /// Bytes of both copies.
    static func bytes(_ c: DecoderConfiguration, learns: Bool) -> Int {
        // Two bytes a number in each copy, and the eighth that a `PairBuffer` has to spare.
        let weights = c.layers * Projection.allCases.reduce(0) { $0 + c.inputs($1) * c.outputs($1) }
        return (learns ? 4 : 2) * (weights + c.vocabulary * c.width) * 9 / 8
    }
}
