import CRankKernels
import Tensors

/// A decoder with all that workers need: weights, gradients and a workspace each.
///
/// Batches are dealt out to a fixed number of lanes; a lane adds up its batches' gradients in their
/// order, and lanes are added up in theirs. So losses and gradients are the same bits for any
/// number of threads.
public final class Decoder {
    /// Lanes that may run at once. Each costs one gradient's memory; changing this changes rounding.
    public var lanes: Int { workspaces.count }
    /// Whether weights count for more memory than activations: few lanes then, and small packed batches.
    public var isLarge: Bool { parameters.layout.count > Decoder.large }
    private static let large = 30_000_000

    public let parameters: DecoderParameters
    private let folded: FoldedWeights
    private let workers: WorkerPool
    private let workspaces: [DecoderWorkspace]
    private var rotary: RotaryTable
    private var gradients: [GradientBuffer] = []

    public init(_ parameters: DecoderParameters, workers: WorkerPool) {
        self.parameters = parameters
        self.workers = workers
        folded = FoldedWeights(parameters)
        folded.update()
        workspaces = (0..<(parameters.layout.count > Decoder.large ? 2 : 4)).map { _ in
            DecoderWorkspace(parameters.configuration)
        }
        rotary = RotaryTable(parameters.configuration, positions: 256)
    }

    /// Call after the weights have changed.
    public func weightsChanged() { folded.update() }

    /// Loss of all batches' targets, and its gradient, in the parameters' layout.
    ///
    /// - Parameter scale: Multiplies loss and gradient, say 1 / (number of points).
    /// - Returns: The loss in nats, and the gradient; its first `layout.count` floats are valid
    ///   until the next call.
    public func lossAndGradient(_ batches: [PackedBatch], scale: Float) -> (
        loss: Double, gradient: FloatBuffer
    ) {
        prepare(batches)
        while gradients.count < lanes { gradients.append(GradientBuffer(parameters)) }
        var losses = [Double](repeating: 0, count: lanes)
        losses.withUnsafeMutableBufferPointer { losses in
            let results = SendablePointer(losses.baseAddress!)
            let work = passes()
            let (gradients, lanes) = (gradients, lanes)
            workers.run(lanes) { lane in
                gradients[lane].values.fill(0)
                for index in stride(from: lane, to: batches.count, by: lanes) {
                    results.base[lane] += work.passes[lane].lossAndGradient(
                        batches[index], scale: scale, into: gradients[lane])
                }
            }
        }
        addLanes()
        folded.unfold(gradients[0])
        return (losses.reduce(0, +), gradients[0].values)
    }

    /// log p(token | row) for each batch's asked pairs.
    public func logProbabilities(_ batches: [PackedBatch], _ asked: [[RowToken]]) -> [[Float]] {
        scores(batches, asked).map(\.logProbabilities)
    }

    /// log p(token | row) for each batch's asked pairs, and the most probable token of each row.
    public func scores(_ batches: [PackedBatch], _ asked: [[RowToken]]) -> [TokenScores] {
        precondition(batches.count == asked.count, "one list of pairs a batch")
        prepare(batches)
        var results = [TokenScores](repeating: TokenScores(count: 0), count: batches.count)
        results.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let target = SendablePointer(base)
            let (work, lanes) = (passes(), lanes)
            workers.run(lanes) { lane in
                for index in stride(from: lane, to: batches.count, by: lanes) {
                    target.base[index] = work.passes[lane].scores(batches[index], asked[index])
                }
            }
        }
        return results
    }

    /// Logits of the given rows of one batch, [rows, vocabulary].
    public func logits(_ batch: PackedBatch, rows: [Int]) -> [Float] {
        prepare([batch])
        return passes().passes[0].logits(batch, rows: rows)
    }

    /// log p of every token after each of the given rows of one batch, [rows, vocabulary].
    public func logProbabilities(_ batch: PackedBatch, rows: [Int]) -> [Float] {
        prepare([batch])
        return passes().passes[0].logProbabilities(batch, rows: rows)
    }

    private func prepare(_ batches: [PackedBatch]) {
        let longest = batches.reduce(0) { max($0, Int($1.positions.max() ?? 0)) } + 1
        if longest > rotary.positions {
            rotary = RotaryTable(parameters.configuration, positions: 2 * longest)
        }
    }

    private func passes() -> LanePasses {
        LanePasses(
            passes: workspaces.map {
                DecoderPass(parameters: parameters, folded: folded, rotary: rotary, workspace: $0)
            })
    }

    /// Adds the lanes' gradients into the first, in order, by ranges that workers share.
    private func addLanes() {
        let count = gradients[0].values.count
        let ranges = 16
        let bases = gradients.map { SendablePointer($0.values.base) }
        workers.run(ranges) { index in
            let range = (count * index / ranges)..<(count * (index + 1) / ranges)
            for lane in 1..<bases.count {
                rk_axpy(1, bases[lane].base + range.lowerBound, bases[0].base + range.lowerBound, range.count)
            }
        }
    }
}

/// One pass a lane; each is used by one worker at a time.
private struct LanePasses: @unchecked Sendable {
    let passes: [DecoderPass]
}

/// A pointer that workers write through at disjoint places.
struct SendablePointer<Pointee>: @unchecked Sendable {
    let base: UnsafeMutablePointer<Pointee>

    init(_ base: UnsafeMutablePointer<Pointee>) { self.base = base }
}
