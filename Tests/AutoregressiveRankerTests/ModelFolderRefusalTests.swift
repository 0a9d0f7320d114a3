import Options
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

/// Models that other programs would load and ask otherwise than they are asked here.
@Suite struct ModelFolderRefusalTests {
    private func refusedOption(
        _ task: RankingTask, vocabulary: Int, _ change: (inout AutoregressiveConfiguration) -> Void
    ) throws -> String? {
        var configuration = ToyTask.configuration(steps: 1, vocabulary: vocabulary)
        change(&configuration)
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 2, workers: WorkerPool(threads: 1))
        let ranker = try #require(try trainer.ranker() as? DecoderRanker)
        do { _ = try ranker.modelFolder() } catch ConfigurationError.outOfRange(let option, _, _) {
            return option
        }
        return nil
    }

    @Test func namesReadDenselyAreExported() throws {
        #expect(try refusedOption(ToyTask.make(), vocabulary: 260) { _ in } == nil)
    }

    @Test func blocksAreRefused() throws {
        #expect(try refusedOption(ToyTask.make(), vocabulary: 260) { $0.attention = .blocks } == "attention")
    }

    /// A docID's numbers are tokens of their own, and so would be the numbers in a title.
    @Test func docIDsOfNumbersAreRefused() throws {
        #expect(
            try refusedOption(TitledPromptTests.task(), vocabulary: 400) { _ in } == "data.source")
    }
}
