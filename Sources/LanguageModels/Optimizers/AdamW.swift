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
        _ weights: UnsafeMutablePointer<Float>, _ gradient: FloatBuffer, step: Int, gradientScale: Float,
        learningRate: Float, workers: WorkerPool
    ) {
        let c = configuration
        let (first, second) = (first, second)
        let correction1 = Float(1 - pow(c.beta1, Double(step + 1)))
        let correction2 = Float(1 - pow(c.beta2, Double(step + 1)))
        let count = first.count
        let target = SendablePointer(weights)
        workers.runRanges(count) { _, range in
            let start = range.lowerBound
            rk_adamw(
                target.base + start, gradient.base + start, first.base + start, second.base + start,
                range.count, gradientScale, learningRate, Float(c.beta1), Float(c.beta2), Float(c.epsilon),
                correction1,
                correction2, Float(c.weightDecay))
        }
    }

    var state: [String: FloatBuffer] { ["adamw.first": first, "adamw.second": second] }
}
