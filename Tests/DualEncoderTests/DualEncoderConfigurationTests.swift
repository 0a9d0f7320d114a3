import Foundation
import Options
import RankingData
import Tensors
import Testing

@testable import DualEncoder

@Suite struct DualEncoderConfigurationTests {
    @Test func defaultsAreThePapers() throws {
        let configuration = DualEncoderConfiguration()
        try configuration.validate()
        #expect(configuration.temperature == 0.05)
        #expect(configuration.learningRate == 1 && configuration.momentum == 0.9)
        #expect(configuration.batch == 2048 && configuration.steps == 50_000)
    }

    @Test(arguments: [
        (DualEncoderConfiguration(dimension: 0), "dimension is 0, it must be between 1 and 4096"),
        (DualEncoderConfiguration(alpha: -1), "alpha is -1.0, it must be a number of at least 0"),
        (DualEncoderConfiguration(alpha: .nan), "alpha is nan, it must be a number of at least 0"),
        (DualEncoderConfiguration(temperature: 0), "temperature is 0.0, it must be at least 0.0001"),
        (DualEncoderConfiguration(learningRate: 0), "learningRate is 0.0, it must be more than 0"),
        (DualEncoderConfiguration(momentum: 1), "momentum is 1.0, it must be between 0 and 0.9999"),
        (DualEncoderConfiguration(batch: 0), "batch is 0, it must be between 1 and 65536"),
        (DualEncoderConfiguration(steps: 0), "steps is 0, it must be between 1 and 10000000"),
    ])
    func namesTheValueAndItsRange(configuration: DualEncoderConfiguration, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
        #expect(error?.description == message)
    }

    @Test func trainerRefusesBadOptionsAndEmptyTasks() {
        let empty = RankingTask(
            collection: Collection(names: ["a"]), training: [], development: [], evaluation: [],
            fingerprint: "")
        #expect(throws: ConfigurationError.noTrainingPairs) {
            try DualEncoderTrainer(
                configuration: DualEncoderConfiguration(), task: empty, seed: 1,
                workers: WorkerPool(threads: 1))
        }
        #expect(throws: ConfigurationError.self) {
            try DualEncoderTrainer(
                configuration: DualEncoderConfiguration(batch: -1), task: treeTask(entities: 9), seed: 1,
                workers: WorkerPool(threads: 1))
        }
    }

    @Test func survivesJSON() throws {
        let configuration = DualEncoderConfiguration(dimension: 8, alpha: 3, sampling: .replacement)
        let data = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(DualEncoderConfiguration.self, from: data) == configuration)
    }
}
