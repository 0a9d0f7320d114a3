import Foundation
import Options
import RankingData
import Tensors
import Testing

@testable import CrossEncoder

@Suite struct CrossEncoderConfigurationTests {
    @Test func defaultsAreThePapers() throws {
        let configuration = CrossEncoderConfiguration()
        try configuration.validate()
        #expect(configuration.learningRate == 0.001 && configuration.weightDecay == 0.001)
        #expect(configuration.batch == 2048 && configuration.steps == 20_000)
    }

    @Test(arguments: [
        (CrossEncoderConfiguration(dimension: 0), "dimension is 0, it must be between 1 and 2048"),
        (CrossEncoderConfiguration(alpha: -1), "alpha is -1.0, it must be a number of at least 0"),
        (CrossEncoderConfiguration(learningRate: -1), "learningRate is -1.0, it must be more than 0"),
        (CrossEncoderConfiguration(beta1: 1), "beta1 is 1.0, it must be at least 0 and less than 1"),
        (CrossEncoderConfiguration(beta2: -0.5), "beta2 is -0.5, it must be at least 0 and less than 1"),
        (CrossEncoderConfiguration(epsilon: 0), "epsilon is 0.0, it must be at least 1e-15"),
        (
            CrossEncoderConfiguration(weightDecay: .nan),
            "weightDecay is nan, it must be a number of at least 0"
        ),
        (CrossEncoderConfiguration(batch: 0), "batch is 0, it must be between 1 and 65536"),
        (CrossEncoderConfiguration(steps: 0), "steps is 0, it must be between 1 and 10000000"),
        (
            CrossEncoderConfiguration(embeddingDeviation: 0),
            "embeddingDeviation is 0.0, it must be more than 0"
        ),
    ])
    func namesTheValueAndItsRange(configuration: CrossEncoderConfiguration, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
        #expect(error?.description == message)
    }

    @Test func trainerRefusesEmptyTasks() {
        let empty = RankingTask(
            collection: Collection(names: ["a"]), training: [], development: [], evaluation: [],
            fingerprint: "")
        #expect(throws: ConfigurationError.noTrainingPairs) {
            try CrossEncoderTrainer(
                configuration: CrossEncoderConfiguration(), task: empty, seed: 1,
                workers: WorkerPool(threads: 1))
        }
    }

    @Test func survivesJSON() throws {
        let configuration = CrossEncoderConfiguration(
            dimension: 8, decay: .decoupled, decaysEmbeddings: true)
        let data = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(CrossEncoderConfiguration.self, from: data) == configuration)
    }
}
