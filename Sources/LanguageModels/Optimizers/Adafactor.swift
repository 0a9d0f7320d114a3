import Foundation
import Tensors

/// Adafactor with a first moment and given learning rates (arXiv 1804.04235, algorithms 4 and 5).
///
/// A matrix's second moment is kept as its row and column means, a vector's in full. The update is
/// scaled down to a root mean square of at most 1 a tensor; beta2 grows as 1 - t^-0.8. Learning
/// rates are not scaled by the parameters' size. The first moment averages the updates.
final class Adafactor: UpdateRule {
    private static let decayExponent = -0.8
    private static let gradientFloor: Float = 1e-30
    private static let clipThreshold = 1.0

    private let beta1: Float
    private let weightDecay: Float
    private let entries: [ParameterLayout.Entry]
    private let first: FloatBuffer
    /// For each tensor its row means, then its column means; for a vector all its values.
    private let second: FloatBuffer
    private let secondOffsets: [Int]

    init(_ configuration: OptimizerConfiguration, entries: [ParameterLayout.Entry]) {
        beta1 = Float(configuration.beta1)
        weightDecay = Float(configuration.weightDecay)
        self.entries = entries
        first = FloatBuffer(count: entries.reduce(0) { $0 + $1.count })
        var offsets: [Int] = []
        var end = 0
        for entry in entries {
            offsets.append(end)
            end += entry.shape.reduce(0, +)
        }
        secondOffsets = offsets
        second = FloatBuffer(count: end)
    }

    func update(
        _ weights: UnsafeMutablePointer<Float>, _ gradient: FloatBuffer, step: Int, gradientScale: Float,
        learningRate: Float, workers: WorkerPool
    ) {
        // 0 in the first step, so that moments need no correction of their bias.
        let decay = Float(1 - pow(Double(step + 1), Adafactor.decayExponent))
        let rule = SendableRule(self)
        let target = SendablePointer(weights)
        // A task for each tensor, as the update is scaled by the root mean square of the whole tensor.
        workers.run(entries.count) { index in
            rule.value.updateTensor(
                index, target.base, gradient.base, decay: decay, gradientScale: gradientScale,
                learningRate: learningRate)
        }
    }

    private struct SendableRule: @unchecked Sendable {
        let value: Adafactor
        init(_ value: Adafactor) { self.value = value }
    }

    private func updateTensor(
        _ index: Int, _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>,
        decay: Float,
        gradientScale: Float, learningRate: Float
    ) {
        let entry = entries[index]
        let g = gradient + entry.offset
        // From here on the gradient's place holds the update: nobody reads the gradient after this.
        for i in 0..<entry.count { g[i] *= gradientScale }
        let moment = second.base + secondOffsets[index]
        if entry.shape.count == 2 {
            factoredUpdate(g, rows: entry.shape[0], columns: entry.shape[1], moment, decay)
        } else {
            for i in 0..<entry.count {
                moment[i] = decay * moment[i] + (1 - decay) * (g[i] * g[i] + Adafactor.gradientFloor)
                g[i] /= moment[i].squareRoot()
            }
        }
        var squares = 0.0
        for i in 0..<entry.count { squares += Double(g[i]) * Double(g[i]) }
        let rootMeanSquare = (squares / Double(entry.count)).squareRoot()
        let step = learningRate / Float(max(1, rootMeanSquare / Adafactor.clipThreshold))
        let m = first.base + entry.offset
        let w = weights + entry.offset
        for i in 0..<entry.count {
            // The first moment is of whole updates, learning rate included, and has no correction of its bias.
            m[i] = beta1 * m[i] + (1 - beta1) * step * g[i]
            w[i] -= m[i] + learningRate * weightDecay * w[i]
        }
    }

    /// Divides g by the root of the outer product of row and column means over the rows' mean.
    private func factoredUpdate(
        _ g: UnsafeMutablePointer<Float>, rows: Int, columns: Int, _ moment: UnsafeMutablePointer<Float>,
        _ decay: Float
    ) {
        let columnMoment = moment + rows
        var columnSums = [Float](repeating: 0, count: columns)
        var rowTotal: Float = 0
        for row in 0..<rows {
            var sum: Float = 0
            for column in 0..<columns {
                // The floor keeps a row or column of zeros from a division by 0.
                let square = g[row * columns + column] * g[row * columns + column] + Adafactor.gradientFloor
                sum += square
                columnSums[column] += square
            }
            moment[row] = decay * moment[row] + (1 - decay) * sum / Float(columns)
            rowTotal += moment[row]
        }
        for column in 0..<columns {
            columnMoment[column] =
                decay * columnMoment[column] + (1 - decay) * columnSums[column] / Float(rows)
        }
        // A row's mean times a column's over the mean of all stands for the second moment of their element.
        let columnFactors = (0..<columns).map { 1 / columnMoment[$0].squareRoot() }
        for row in 0..<rows {
            let rowFactor = (rowTotal / Float(rows) / moment[row]).squareRoot()
            for column in 0..<columns { g[row * columns + column] *= rowFactor * columnFactors[column] }
        }
    }

    var state: [String: FloatBuffer] { ["adafactor.first": first, "adafactor.second": second] }
}
