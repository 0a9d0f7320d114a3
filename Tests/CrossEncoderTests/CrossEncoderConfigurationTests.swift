import Foundation
import LookupTables
import Options
import Rankers
import RankingData
import Tensors
import Testing

@testable import CrossEncoder

@Suite struct CrossEncoderConfigurationTests {
    /// Each option is in its range, and together they ask for more than most machines have.
    @Test func memoryIsKnownBeforehand() {
        let vast = CrossEncoderConfiguration(dimension: 2048, batch: 65_536)
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationError.requireMemory(
                dimension: vast.dimension, batch: vast.batch, available: 100_000_000_000
            ) { vast.memoryBytes(batch: $0, entities: 9, threads: 2) }
        }
        #expect(error?.description.hasPrefix("batch is 65536, it must be smaller: it needs") == true)
        // The table seven times, each row's step twice, the perceptron five times, two tables of a minibatch's rows, two factors
        // a step; layers of all rows and of two workers' shards; 16 shards' and 16 chunks' gradients.
        let perceptron = 3 * 64 * 65 + 72
        let table = 7 * 82_115 * 32 + 2 * 82_115 + 5 * perceptron + 2 * 4_096 * 32 + 2 * 20_000
        let loss = (3 * 4_096 + 2 * 5 * 128) * 64 + 16 * perceptron + 16 * 64 * 64
        let own = CrossEncoderConfiguration().memoryBytes(batch: 2048, entities: 82_115, threads: 2)
        #expect(own == 4 * (table + loss))
    }

    @Test func defaultsAreThePapers() throws {
        let configuration = CrossEncoderConfiguration()
        try configuration.validate()
        #expect(configuration.learningRate == 0.001 && configuration.weightDecay == 0.001)
        #expect(configuration.batch == 2048 && configuration.steps == 20_000)
    }

    @Test(arguments: [
        (CrossEncoderConfiguration(dimension: 0), "dimension is 0, it must be a whole number in 1...2048"),
        (
            CrossEncoderConfiguration(weighting: .fractional(alpha: -1)),
            "alpha is -1, it must be a number in 0...100"
        ),
        (CrossEncoderConfiguration(learningRate: -1), "learningRate is -1, it must be a number above 0"),
        (CrossEncoderConfiguration(beta1: 1), "beta1 is 1, it must be a number in 0..<1"),
        (CrossEncoderConfiguration(beta2: -0.5), "beta2 is -0.5, it must be a number in 0..<1"),
        (CrossEncoderConfiguration(epsilon: 0), "epsilon is 0, it must be a number of at least 1e-15"),
        (
            CrossEncoderConfiguration(weightDecay: .nan),
            "weightDecay is nan, it must be a number of at least 0"
        ),
        (CrossEncoderConfiguration(batch: 0), "batch is 0, it must be a whole number in 1...65536"),
        (CrossEncoderConfiguration(steps: 0), "steps is 0, it must be a whole number in 1...10000000"),
        (
            CrossEncoderConfiguration(embeddingDeviation: 0),
            "embeddingDeviation is 0, it must be a number above 0"
        ),
    ])
    func namesTheValueAndItsRange(configuration: CrossEncoderConfiguration, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
        #expect(error?.description == message)
    }

    @Test func trainerRefusesEmptyTasks() {
        let empty = RankingTask(
            collection: Collection(names: ["a"]), training: [], development: [], evaluation: [])
        #expect(throws: ConfigurationError.noTrainingPairs) {
            try CrossEncoderTrainer(
                configuration: CrossEncoderConfiguration(), task: empty, seed: 1,
                workers: WorkerPool(threads: 1))
        }
    }

    @Test func optionsMakeAConfigurationAndComeBack() {
        let configuration = CrossEncoderConfiguration(
            dimension: 8, weighting: .top1, weightDecay: 0.5, decay: .coupled, decaysEmbeddings: false)
        let values = Dictionary(uniqueKeysWithValues: configuration.optionValues.map { ($0.key, $0.value) })
        #expect(CrossEncoderConfiguration(values: values) == configuration)
    }

    /// Without weight decay its strength is no part of a run.
    @Test func whatDecayDoesNotUseDoesNotCount() {
        let values: [String: OptionValue] = ["decay": .text("none"), "weightDecay": .number(0.5)]
        #expect(CrossEncoderConfiguration(values: values) == CrossEncoderConfiguration(decay: .none))
    }
}
