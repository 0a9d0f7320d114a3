import LanguageModels
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

/// Which queries share a packed batch in an evaluation.
@Suite struct ScoringBatchTests {
    /// The memory of an evaluation is that of a batch's tokens, which long texts do not make more.
    @Test func longTextsShareNoBatch() throws {
        let trainer = try AutoregressiveTrainer(
            configuration: ToyTask.configuration(steps: 1), task: ToyTask.make(), seed: 3,
            workers: WorkerPool(threads: 1))
        let ranker = try #require(try trainer.ranker() as? DecoderRanker)
        func groups(_ lengths: [Int]) -> [[Int]] {
            ranker.groups(lengths.map { PackedSequence(prompt: [Int32](repeating: 1, count: $0)) })
        }
        #expect(groups([]) == [])
        #expect(groups([Int](repeating: 100, count: 20)).map(\.count) == [16, 4])
        #expect(groups([6000, 6000, 6000, 100, 40_000, 100]) == [[0, 1], [2, 3], [4], [5]])
    }
}
