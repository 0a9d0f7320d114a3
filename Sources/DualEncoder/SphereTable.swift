import CRankKernels
import Foundation
import Tensors

/// The embedding table on the unit sphere, under SGD with momentum (appendix A.2).
///
/// Momentum moves every row in every step. A row's steps without a gradient are made up when the row
/// is next needed, so a step costs as much as its minibatch's rows and not as the whole table; rows
/// are where a pass over the whole table would have put them, up to rounding.
///
/// Writers of different rows may run at once.
final class SphereTable: @unchecked Sendable {
    /// Each row, and its momentum, as of its own last gradient.
    let embeddings: EmbeddingTable
    let momentum: EmbeddingTable
    /// How many steps were done when the row was last written; whole numbers, as floats for the archive.
    let updated: FloatBuffer
    private let powers: FloatBuffer
    private let optimizer: rk_sphere

    init(rows: Int, configuration: DualEncoderConfiguration) {
        embeddings = EmbeddingTable(rows: rows, columns: configuration.dimension)
        momentum = EmbeddingTable(rows: rows, columns: configuration.dimension)
        updated = FloatBuffer(count: rows)
        powers = FloatBuffer(SphereTable.powers(of: configuration.momentum, steps: configuration.steps))
        optimizer = rk_sphere(
            rate: Float(configuration.learningRate), momentum: Float(configuration.momentum),
            powers: powers.base, power_count: powers.count)
    }

    /// mu^0, mu^1, ... as long as they can matter to a float, and no more than the steps there are.
    private static func powers(of mu: Double, steps: Int) -> [Float] {
        // mu^k is below 2^-50 from there on.
        let lasting = mu > 0 ? Int((-50 * log(2) / log(mu)).rounded(.up)) : 0
        return (0...min(lasting, steps)).map { Float(pow(mu, Double($0))) }
    }

    func initialize(_ initialization: DualEncoderInitialization, seed: UInt64) {
        var stream = RandomStream(seed: seed, name: "dual-encoder.embeddings")
        embeddings.fillNormal(deviation: 1, from: &stream)
        guard initialization == .sphere else { return }
        for index in 0..<embeddings.rows {
            let row = embeddings.row(index)
            // Over the whole stride: the padding is 0.
            let length = rk_dot(row, row, embeddings.stride).squareRoot()
            for column in 0..<embeddings.columns { row[column] /= max(length, 1e-15) }
        }
    }

    /// The rows of `entities[slots]` as they stand after `step` steps, into the same slots of `rows`;
    /// their momentum likewise.
    func gather(
        _ entities: [Int32], slots: Range<Int>, step: Int, rows: EmbeddingTable,
        momentum decayed: EmbeddingTable
    ) {
        withUnsafePointer(to: optimizer) { optimizer in
            entities.withUnsafeBufferPointer { entities in
                rk_sphere_gather(
                    optimizer, embeddings.base, momentum.base, updated.base,
                    entities.baseAddress! + slots.lowerBound, slots.count, embeddings.stride, step,
                    rows.base + slots.lowerBound * rows.stride,
                    decayed.base + slots.lowerBound * decayed.stride)
            }
        }
    }

    /// The step that takes `step - 1` to `step`, for rows that `gather` brought and `gradient` moves.
    func update(
        _ entities: [Int32], slots: Range<Int>, step: Int, rows: EmbeddingTable,
        momentum decayed: EmbeddingTable,
        gradient: EmbeddingTable
    ) {
        let start = slots.lowerBound * rows.stride
        withUnsafePointer(to: optimizer) { optimizer in
            entities.withUnsafeBufferPointer { entities in
                rk_sphere_update(
                    optimizer, embeddings.base, momentum.base, updated.base,
                    entities.baseAddress! + slots.lowerBound, slots.count, rows.stride, step,
                    rows.base + start, decayed.base + start, gradient.base + start)
            }
        }
    }

    /// The whole table as it stands after `step` steps.
    func current(step: Int) -> EmbeddingTable {
        let table = EmbeddingTable(rows: embeddings.rows, columns: embeddings.columns)
        let stride = table.stride
        let chunk = 1024
        // The kernel gives the decayed momentum too, which nobody wants here; the table itself stays as it is.
        let scratch = FloatBuffer(count: chunk * stride)
        withUnsafePointer(to: optimizer) { optimizer in
            for first in Swift.stride(from: 0, to: table.rows, by: chunk) {
                rk_sphere_gather(
                    optimizer, embeddings.base + first * stride, momentum.base + first * stride,
                    updated.base + first, nil, min(chunk, table.rows - first), stride, step,
                    table.base + first * stride, scratch.base)
            }
        }
        return table
    }
}
