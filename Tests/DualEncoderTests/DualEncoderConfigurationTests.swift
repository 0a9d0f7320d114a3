import Foundation
import Options
import Rankers
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
        (DualEncoderConfiguration(dimension: 0), "dimension is 0, it must be a whole number in 1...4096"),
        (
            DualEncoderConfiguration(weighting: .fractional(alpha: -1)),
            "alpha is -1, it must be a number in 0...100"
        ),
        (
            DualEncoderConfiguration(weighting: .fractional(alpha: .nan)),
            "alpha is nan, it must be a number in 0...100"
        ),
        (
            DualEncoderConfiguration(temperature: 0),
            "temperature is 0, it must be a number of at least 0.0001"
        ),
        (DualEncoderConfiguration(learningRate: 0), "learningRate is 0, it must be a number above 0"),
        (DualEncoderConfiguration(momentum: 1), "momentum is 1, it must be a number in 0...0.9999"),
        (DualEncoderConfiguration(batch: 0), "batch is 0, it must be a whole number in 1...65536"),
        (DualEncoderConfiguration(steps: 0), "steps is 0, it must be a whole number in 1...10000000"),
    ])
    func namesTheValueAndItsRange(configuration: DualEncoderConfiguration, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
        #expect(error?.description == message)
    }

    @Test func trainerRefusesBadOptionsAndEmptyTasks() {
        let empty = RankingTask(
            collection: Collection(names: ["a"]), training: [], development: [], evaluation: [])
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

    /// Each option is in its range, and together they ask for hundreds of terabytes.
    @Test func whatNoMachineHasIsRefusedBeforeItIsAllocated() {
        let vast = DualEncoderConfiguration(dimension: 4096, batch: 65_536)
        let error = #expect(throws: ConfigurationError.self) {
            try DualEncoderTrainer(
                configuration: vast, task: treeTask(entities: 70_000), seed: 1,
                workers: WorkerPool(threads: 2))
        }
        #expect(error?.description.hasPrefix("batch is 65536, it must be smaller: it needs") == true)
        // The table four times, each row's step, three tables of a minibatch's rows, counts and two workers' logits, 16 shards.
        let paper = 4 * 82_115 * 32 + 82_115 + 3 * 4_096 * 32 + (1 + 2 * 64) * 2_048 + 16 * 2_048 * 32
        let own = DualEncoderConfiguration().memoryBytes(batch: 2048, entities: 82_115, threads: 2)
        #expect(own == 4 * paper)
    }

    @Test func everyWeightingTrains() throws {
        for weighting in [RankWeighting.top1, .fractional(alpha: 2), .stepwise] {
            let trainer = try DualEncoderTrainer(
                configuration: DualEncoderConfiguration(
                    dimension: 4, weighting: weighting, batch: 16, steps: 3),
                task: treeTask(entities: 30), seed: 1, workers: WorkerPool(threads: 1))
            try trainer.train { _ in .more }
            #expect(trainer.completedSteps == 3)
        }
    }

    @Test func optionsMakeAConfigurationAndComeBack() {
        let configuration = DualEncoderConfiguration(
            dimension: 8, weighting: .stepwise, sampling: .replacement)
        let values = Dictionary(uniqueKeysWithValues: configuration.optionValues.map { ($0.key, $0.value) })
        #expect(values["lambda"] == .text("stepwise") && values["alpha"] == nil)
        #expect(DualEncoderConfiguration(values: values) == configuration)
    }
}
