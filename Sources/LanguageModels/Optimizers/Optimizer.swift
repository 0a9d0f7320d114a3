import CRankKernels
import Foundation
import Tensors

/// An optimiser's state over the tensors that learn.
///
/// A step: the gradient's norm is clipped, the learning rate follows its schedule, the weights move.
public final class Optimizer {
    /// The options.
    public let configuration: OptimizerConfiguration
    /// Steps of the whole training, over which the learning rate falls.
    public let totalSteps: Int
    private let trained: TensorBlock
    private let workers: WorkerPool
    private let method: any UpdateRule

    /// State of zeros for the tensors that learn.
    public init(
        _ configuration: OptimizerConfiguration, _ trained: TensorBlock, totalSteps: Int,
        workers: WorkerPool
    ) {
        self.configuration = configuration
        self.totalSteps = totalSteps
        self.trained = trained
        self.workers = workers
        method =
            switch configuration.kind {
            case .adamw: AdamW(configuration, count: trained.count)
            case .adafactor: Adafactor(configuration, entries: trained.entries)
            }
    }

    /// What a step did, for the curves.
    public struct Report: Sendable {
        /// The learning rate of the step.
        public let learningRate: Double
        /// The gradient's norm before clipping.
        public let gradientNorm: Double
    }

    /// - Parameter step: 0 for the first.
    public func apply(_ gradient: FloatBuffer, step: Int) -> Report {
        let norm = euclideanNorm(gradient, count: trained.count, workers: workers)
        let clip = norm > configuration.clipNorm ? configuration.clipNorm / norm : 1
        let rate = configuration.learningRate(step: step, of: totalSteps)
        method.update(
            trained.base, gradient, step: step, gradientScale: Float(clip), learningRate: Float(rate),
            workers: workers)
        return Report(learningRate: rate, gradientNorm: norm)
    }

    /// What a checkpoint holds of the optimiser: buffers by name.
    public var state: [String: FloatBuffer] { method.state }

    /// Takes the state from a checkpoint.
    ///
    /// - Throws: `TensorArchiveError` where a buffer is missing or of another size.
    public func restore(_ archive: TensorArchive) throws {
        for (name, buffer) in state { buffer.assign(try archive.values(name, shape: [buffer.count])) }
    }
}

extension OptimizerConfiguration {
    /// Linear growth over `warmupSteps`, then half a cosine down to `finalShare` of the peak (appendix A.1).
    public func learningRate(step: Int, of totalSteps: Int) -> Double {
        // Step + 1, so that the first step moves something.
        if step < warmupSteps { return learningRate * Double(step + 1) / Double(warmupSteps) }
        let span = max(1, totalSteps - warmupSteps)
        let progress = min(1, Double(step - warmupSteps) / Double(span))
        return learningRate * (finalShare + (1 - finalShare) * 0.5 * (1 + cos(.pi * progress)))
    }
}

/// How weights move given a gradient. State tensors have names, so that a checkpoint is readable.
protocol UpdateRule: AnyObject {
    func update(
        _ weights: UnsafeMutablePointer<Float>, _ gradient: FloatBuffer, step: Int, gradientScale: Float,
        learningRate: Float, workers: WorkerPool)
    var state: [String: FloatBuffer] { get }
}

/// The Euclidean norm of the first `count` floats, summed in double precision over fixed ranges.
func euclideanNorm(_ buffer: FloatBuffer, count: Int, workers: WorkerPool) -> Double {
    var sums = [Double](repeating: 0, count: WorkerPool.ranges)
    sums.withUnsafeMutableBufferPointer { sums in
        let target = SendablePointer(sums.baseAddress!)
        workers.runRanges(count) { number, range in
            target.base[number] = rk_sum_of_squares(buffer.base + range.lowerBound, range.count)
        }
    }
    return sums.reduce(0, +).squareRoot()
}
