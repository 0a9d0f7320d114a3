import CRankKernels
import Foundation
import Tensors

/// Adam's constants and its step-dependent factors, for all steps of a run (arXiv 1412.6980).
final class AdamSchedule: @unchecked Sendable {
    private let sizes: FloatBuffer
    private let scales: FloatBuffer
    /// For the perceptron's parameters, and for embeddings.
    let weights: rk_adam
    let embeddings: rk_adam

    init(_ configuration: CrossEncoderConfiguration) {
        // In double precision: the corrections are differences from 1, and late ones would vanish in a float.
        let exponents = (1...configuration.steps).lazy.map(Double.init)
        let rate = configuration.learningRate
        sizes = FloatBuffer(exponents.map { Float(rate / (1 - pow(configuration.beta1, $0))) })
        scales = FloatBuffer(exponents.map { Float(1 / (1 - pow(configuration.beta2, $0)).squareRoot()) })
        let (sizes, scales) = (sizes, scales)
        func adam(decay: Double) -> rk_adam {
            rk_adam(
                beta1: Float(configuration.beta1), beta2: Float(configuration.beta2),
                epsilon: Float(configuration.epsilon),
                coupled: configuration.decay == .coupled ? Float(decay) : 0,
                shrink: configuration.decay == .decoupled ? Float(1 - rate * decay) : 1,
                sizes: UnsafePointer(sizes.base), scales: UnsafePointer(scales.base))
        }
        weights = adam(decay: configuration.weightDecay)
        embeddings = adam(decay: configuration.decaysEmbeddings ? configuration.weightDecay : 0)
    }
}

/// The embedding table under Adam.
///
/// Moments and decay move every row in every step. A row's steps without a gradient are made up when
/// the row is next needed, so that a step costs as much as its minibatch's rows and not as the whole table; rows
/// are where a pass over the whole table would have put them, up to rounding.
///
/// Writers of different rows may run at once.
final class AdamTable: @unchecked Sendable {
    /// Each row and its moments, after the number of steps in `updated`.
    let embeddings: EmbeddingTable
    let firstMoment: EmbeddingTable
    let secondMoment: EmbeddingTable
    /// Steps done in each row; whole numbers, as floats for the archive.
    let updated: FloatBuffer
    private let schedule: AdamSchedule

    init(rows: Int, dimension: Int, schedule: AdamSchedule) {
        embeddings = EmbeddingTable(rows: rows, columns: dimension)
        firstMoment = EmbeddingTable(rows: rows, columns: dimension)
        secondMoment = EmbeddingTable(rows: rows, columns: dimension)
        updated = FloatBuffer(count: rows)
        self.schedule = schedule
    }

    private init(copying other: AdamTable) {
        embeddings = other.embeddings.copy()
        firstMoment = other.firstMoment.copy()
        secondMoment = other.secondMoment.copy()
        updated = FloatBuffer(other.updated.array)
        schedule = other.schedule
    }

    /// Brings a row to where it stands after `step` steps.
    func advance(row: Int, to step: Int) {
        let (start, done) = (row * embeddings.stride, Int(updated.base[row]))
        guard done < step else { return }
        withUnsafePointer(to: schedule.embeddings) { adam in
            rk_adam_replay(
                adam, done, step, embeddings.base + start, firstMoment.base + start,
                secondMoment.base + start,
                embeddings.stride)
        }
        // Exact: a float holds whole numbers up to 2^24, and no training has more than ten million steps.
        updated.base[row] = Float(step)
    }

    /// Brings the rows of `entities[slots]` to `step` and copies them to the same slots of `rows`.
    func gather(_ entities: [Int32], slots: Range<Int>, step: Int, rows: EmbeddingTable) {
        withUnsafePointer(to: schedule.embeddings) { adam in
            entities.withUnsafeBufferPointer { entities in
                rk_adam_gather(
                    adam, embeddings.base, firstMoment.base, secondMoment.base, updated.base,
                    entities.baseAddress! + slots.lowerBound, slots.count, embeddings.stride, step,
                    rows.base + slots.lowerBound * rows.stride)
            }
        }
    }

    /// The step that takes rows from `step - 1` to `step`, where `gradient` moves them.
    func update(_ entities: [Int32], slots: Range<Int>, step: Int, gradient: EmbeddingTable) {
        withUnsafePointer(to: schedule.embeddings) { adam in
            entities.withUnsafeBufferPointer { entities in
                rk_adam_update_rows(
                    adam, embeddings.base, firstMoment.base, secondMoment.base, updated.base,
                    entities.baseAddress! + slots.lowerBound, slots.count, embeddings.stride, step,
                    gradient.base + slots.lowerBound * gradient.stride)
            }
        }
    }

    /// A copy of the whole table as it stands after `step` steps.
    func current(step: Int, workers: WorkerPool) -> EmbeddingTable {
        // A copy is advanced and the table is not: steps made up in two goes round in another way than in one, and a
        // look at the model must not change how the training goes on.
        let copy = AdamTable(copying: self)
        let rows = embeddings.rows
        // A task for each row would cost more than the row does.
        let chunk = 1024
        workers.run((rows + chunk - 1) / chunk) { index in
            for row in index * chunk..<min((index + 1) * chunk, rows) { copy.advance(row: row, to: step) }
        }
        return copy.embeddings
    }
}
