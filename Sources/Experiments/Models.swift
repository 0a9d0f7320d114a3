import AutoregressiveRanker
import CrossEncoder
import DualEncoder
import Foundation
import RankingData
import Tensors

/// From a run's configuration to its trainer, and from a saved model to its ranker: the one place
/// that knows all three kinds.
public enum Models {
    /// - Parameter base: The finished base run's model, where the configuration has one.
    static func trainer(
        _ run: RunConfiguration, task: RankingTask, workers: WorkerPool, base: TensorArchive?
    ) throws -> any Trainer {
        if let options = run.dualEncoder {
            return try DualEncoderTrainer(
                configuration: options, task: task, seed: run.seed, workers: workers)
        }
        if let options = run.crossEncoder {
            return try CrossEncoderTrainer(
                configuration: options, task: task, seed: run.seed, workers: workers)
        }
        return try AutoregressiveTrainer(
            configuration: run.autoregressive ?? AutoregressiveConfiguration(), task: task, seed: run.seed,
            workers: workers, base: base)
    }

    /// The ranker that a finished run's model is.
    public static func ranker(
        _ run: RunConfiguration, archive: TensorArchive, task: RankingTask, workers: WorkerPool
    ) throws -> any Ranker {
        if let options = run.dualEncoder {
            return try DualEncoderTrainer.ranker(from: archive, configuration: options)
        }
        if let options = run.crossEncoder {
            return try CrossEncoderTrainer.ranker(from: archive, configuration: options)
        }
        return try DecoderRanker(
            archive: archive, configuration: run.autoregressive ?? AutoregressiveConfiguration(), task: task,
            workers: workers)
    }
}
