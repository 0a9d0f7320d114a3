import CRankKernels
import Tensors
import Testing

@testable import CrossEncoder

@Suite struct AdamTableTests {
    /// Steps made up late are those taken one by one with a gradient of zero: the same bits where decay is in the gradient,
    /// a few roundings apart otherwise.
    @Test(arguments: AdamDecay.allCases, [4, 24, 40]) func missedStepsAreMadeUp(
        decay: AdamDecay, dimension: Int
    ) {
        let configuration = CrossEncoderConfiguration(
            dimension: dimension, decay: decay, decaysEmbeddings: true, steps: 400)
        let schedule = AdamSchedule(configuration)
        func table() -> AdamTable {
            let table = AdamTable(rows: 3, dimension: dimension, schedule: schedule)
            var stream = RandomStream(seed: 1, name: "adam")
            table.embeddings.fillNormal(deviation: 1, from: &stream)
            table.firstMoment.fillNormal(deviation: 0.01, from: &stream)
            for value in 0..<table.secondMoment.buffer.count { table.secondMoment.base[value] = 1e-4 }
            return table
        }
        let (late, dense) = (table(), table())
        let zero = EmbeddingTable(rows: 3, columns: dimension)
        for step in 1...400 { dense.update([0, 1, 2], slots: 0..<3, step: step, gradient: zero) }
        late.advance(row: 1, to: 13)
        let tolerance: Float = decay == .coupled ? 0 : 2e-5
        let current = late.current(step: 400, workers: WorkerPool(threads: 2))
        #expect(apart(current, dense.embeddings) <= tolerance)
        #expect(late.updated.array == [0, 13, 0])
        for row in 0..<3 { late.advance(row: row, to: 400) }
        #expect(late.embeddings.tensor == current.tensor, "a copy is made up as the table itself")
        #expect(apart(late.firstMoment, dense.firstMoment) <= tolerance * 10)
        #expect(apart(late.secondMoment, dense.secondMoment) <= tolerance * 10)
    }

    /// The largest difference of two tables, relative to the larger of the value and a thousandth of the largest value.
    private func apart(_ a: EmbeddingTable, _ b: EmbeddingTable) -> Float {
        let largest = b.buffer.array.map(abs).max() ?? 0
        return zip(a.buffer.array, b.buffer.array).map {
            abs($0 - $1) / max(abs($1), largest / 1000)
        }.max() ?? 0
    }

    @Test func momentsEndAtZeroAndNotInDenormals() {
        let configuration = CrossEncoderConfiguration(dimension: 8, beta2: 0.9, decay: .none, steps: 2000)
        let table = AdamTable(rows: 1, dimension: 8, schedule: AdamSchedule(configuration))
        table.firstMoment.buffer.fill(1)
        table.secondMoment.buffer.fill(1)
        table.advance(row: 0, to: 700)
        #expect(table.firstMoment.buffer[0] > 0)
        table.advance(row: 0, to: 2000)
        #expect(table.firstMoment.buffer.array.allSatisfy { $0 == 0 })
        #expect(table.secondMoment.buffer.array.allSatisfy { $0 == 0 })
        #expect(table.embeddings.buffer.array.allSatisfy { $0.isFinite })
    }
}
