import CRankKernels
import Foundation
import Tensors

/// Adam with bias correction and decoupled weight decay (arXiv 1711.05101, algorithm 2).
final class AdamW: UpdateRule {
    private let configuration: OptimizerConfiguration
    private let first: FloatBuffer
    private let second: FloatBuffer

    init(_ configuration: OptimizerConfiguration, count: Int) {
        self.configuration = configuration
        first = FloatBuffer(count: count)
        second = FloatBuffer(count: count)
    }

    func update(
        _ weights: FloatBuffer, _ gradient: FloatBuffer, step: Int, gradientScale: Float, learningRate: Float,
        workers: WorkerPool
    ) {
        let count = first.count
        let ranges = 16
        let rule = SendableRule(value: self)
        workers.run(ranges) { index in
            rule.value.update(
                weights, gradient, range: (count * index / ranges)..<(count * (index + 1) / ranges),
                step: step,
                gradientScale: gradientScale, learningRate: learningRate)
        }
    }

    private struct SendableRule: @unchecked Sendable {
        let value: AdamW
    }

    /// One range of the parameters, on the calling thread.
    func update(
        _ weights: FloatBuffer, _ gradient: FloatBuffer, range: Range<Int>, step: Int, gradientScale: Float,
        learningRate: Float
    ) {
        let c = configuration
        let start = range.lowerBound
        rk_adamw(
            weights.base + start, gradient.base + start, first.base + start, second.base + start, range.count,
            gradientScale, learningRate, Float(c.beta1), Float(c.beta2), Float(c.epsilon),
            Float(1 - pow(c.beta1, Double(step + 1))), Float(1 - pow(c.beta2, Double(step + 1))),
            Float(c.weightDecay))
    }

    func state() -> [String: TensorArchive.Tensor] {
        [
            "adamw.first": TensorArchive.Tensor(shape: [first.count], values: first.array),
            "adamw.second": TensorArchive.Tensor(shape: [second.count], values: second.array),
        ]
    }

    func restore(_ archive: TensorArchive) throws {
        first.assign(try archive.values("adamw.first", shape: [first.count]))
        second.assign(try archive.values("adamw.second", shape: [second.count]))
    }
}
