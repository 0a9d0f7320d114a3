import CRankKernels
import Tensors
import Testing

@testable import CrossEncoder

@Suite struct AdamTableTests {
    /// Steps made up late are the same bits as steps taken one by one with a gradient of zero.
    @Test(arguments: AdamDecay.allCases, [4, 24, 40]) func missedStepsAreMadeUpExactly(
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
        let expected = dense.embeddings.tensor
        #expect(late.current(step: 400, workers: WorkerPool(threads: 2)).tensor == expected)
        #expect(late.updated.array == [0, 13, 0])
        for row in 0..<3 { late.advance(row: row, to: 400) }
        #expect(late.embeddings.tensor == expected)
        #expect(late.firstMoment.tensor == dense.firstMoment.tensor)
        #expect(late.secondMoment.tensor == dense.secondMoment.tensor)
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
