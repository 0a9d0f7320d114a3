import CRankKernels
import Foundation
import Tensors

/// Muon for the layers' matrices, AdamW for embeddings, head and gains.
///
/// A matrix moves along the orthogonal factor of its momentum, found by five Newton-Schulz steps
/// (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon): every direction that the
/// gradient has seen moves equally far, times sqrt(max(1, rows / columns)).
final class Muon: UpdateRule {
    /// The quintic a x + b x^3 + c x^5 that drives singular values towards 1.
    private static let coefficients: (a: Float, b: Float, c: Float) = (3.4445, -4.7750, 2.0315)
    private static let iterations = 5

    private let configuration: OptimizerConfiguration
    private let layout: ParameterLayout
    private let momentum: FloatBuffer
    private let adam: AdamW

    init(_ configuration: OptimizerConfiguration, layout: ParameterLayout) {
        self.configuration = configuration
        self.layout = layout
        momentum = FloatBuffer(count: layout.count)
        adam = AdamW(configuration, count: layout.count)
    }

    private static func isOrthogonalized(_ entry: ParameterLayout.Entry) -> Bool {
        entry.shape.count == 2 && entry.name.contains("layers.")
    }

    func update(
        _ weights: FloatBuffer, _ gradient: FloatBuffer, step: Int, gradientScale: Float, learningRate: Float,
        workers: WorkerPool
    ) {
        let rule = SendableRule(value: self)
        let share = Float(configuration.matrixLearningRate / configuration.learningRate)
        // Largest first, so that workers end at about the same time.
        let order = layout.entries.indices.sorted { layout.entries[$0].count > layout.entries[$1].count }
        workers.run(order.count) { index in
            let entry = rule.value.layout.entries[order[index]]
            if Muon.isOrthogonalized(entry) {
                rule.value.move(entry, weights, gradient, learningRate: learningRate * share)
            } else {
                rule.value.adam.update(
                    weights, gradient, range: entry.offset..<(entry.offset + entry.count), step: step,
                    gradientScale: gradientScale, learningRate: learningRate)
            }
        }
    }

    private struct SendableRule: @unchecked Sendable {
        let value: Muon
    }

    /// Momentum, a look ahead (Nesterov), orthogonalisation. Scaling the gradient would change nothing but
    /// its weight in the momentum, so clipping is left out.
    private func move(
        _ entry: ParameterLayout.Entry, _ weights: FloatBuffer, _ gradient: FloatBuffer, learningRate: Float
    ) {
        let beta = Float(configuration.matrixMomentum)
        let (m, g, w) = (
            momentum.base + entry.offset, gradient.base + entry.offset, weights.base + entry.offset
        )
        let (rows, columns) = (entry.shape[0], entry.shape[1])
        var ahead = [Float](repeating: 0, count: entry.count)
        for index in 0..<entry.count {
            m[index] = beta * m[index] + (1 - beta) * g[index]
            ahead[index] = beta * m[index] + (1 - beta) * g[index]
        }
        let direction = Muon.orthogonalFactor(ahead, rows: rows, columns: columns)
        let rate = learningRate * max(1, Float(rows) / Float(columns)).squareRoot()
        for index in 0..<entry.count { w[index] -= rate * direction[index] }
    }

    /// About U V^T of a matrix U S V^T, row-major.
    static func orthogonalFactor(_ matrix: [Float], rows: Int, columns: Int) -> [Float] {
        let wide = rows <= columns
        let (short, long) = (min(rows, columns), max(rows, columns))
        let norm = matrix.withUnsafeBufferPointer { rk_sum_of_squares($0.baseAddress!, $0.count) }
            .squareRoot()
        let scale = Float(1 / (norm + 1e-7))
        var x = [Float](repeating: 0, count: matrix.count)
        for row in 0..<rows {
            for column in 0..<columns {
                x[wide ? row * long + column : column * long + row] = matrix[row * columns + column] * scale
            }
        }
        for _ in 0..<iterations { x = step(x, short: short, long: long) }
        guard !wide else { return x }
        return (0..<matrix.count).map { x[($0 % columns) * long + $0 / columns] }
    }

    /// a X + (b A + c A^2) X with A = X X^T.
    private static func step(_ x: [Float], short: Int, long: Int) -> [Float] {
        let (a, b, c) = coefficients
        var gram = [Float](repeating: 0, count: short * short)
        sgemm(.no, .yes, short, short, long, x, lda: long, x, ldb: long, &gram, ldc: short)
        var polynomial = gram
        sgemm(
            .no, .no, short, short, short, alpha: c, gram, lda: short, gram, ldb: short, beta: b, &polynomial,
            ldc: short)
        var next = x
        sgemm(
            .no, .no, short, long, short, polynomial, lda: short, x, ldb: long, beta: a, &next, ldc: long)
        return next
    }

    func state() -> [String: TensorArchive.Tensor] {
        var state = adam.state()
        state["muon.momentum"] = TensorArchive.Tensor(shape: [momentum.count], values: momentum.array)
        return state
    }

    func restore(_ archive: TensorArchive) throws {
        try adam.restore(archive)
        momentum.assign(try archive.values("muon.momentum", shape: [momentum.count]))
    }
}
