import AutoregressiveRanker
import CrossEncoder
import DualEncoder
import Foundation
import LanguageModels
import Rankers
import RankingData
import Tensors

/// From a run's configuration to its trainer, and from a saved model to its ranker: the one place
/// that knows all three kinds.
public enum Models {
    /// - Parameters:
    ///   - base: The finished base run's model, where the configuration has one.
    ///   - pretrained: The pretrained model, where the configuration names one.
    static func trainer(
        _ run: RunConfiguration, task: RankingTask, workers: WorkerPool, base: TensorArchive?,
        pretrained: PretrainedModel?
    ) throws -> any Trainer {
        if let options = run.dualEncoder {
            return try DualEncoderTrainer(
                configuration: options, task: task, seed: run.seed, workers: workers)
        }
        if let options = run.crossEncoder {
            return try CrossEncoderTrainer(
                configuration: options, task: task, seed: run.seed, workers: workers)
        }
        let options = run.autoregressive ?? AutoregressiveConfiguration()
        if let pretrained {
            return try AutoregressiveTrainer(
                configuration: options, task: task, seed: run.seed, workers: workers, pretrained: pretrained)
        }
        return try AutoregressiveTrainer(
            configuration: options, task: task, seed: run.seed, workers: workers, base: base)
    }

    /// The ranker that a finished run's model is.
    ///
    /// - Parameters:
    ///   - archive: The model; nil for a run that left its pretrained model as it is.
    ///   - pretrained: The pretrained model that the run started from, if any.
    public static func ranker(
        _ run: RunConfiguration, archive: TensorArchive?, pretrained: PretrainedModel?, task: RankingTask,
        workers: WorkerPool
    ) throws -> any Ranker {
        let options = run.autoregressive ?? AutoregressiveConfiguration()
        if let pretrained {
            return try DecoderRanker(
                pretrained: pretrained, archive: archive, configuration: options, task: task, workers: workers
            )
        }
        guard let archive else { throw TensorArchiveError.missing(name: "model") }
        if let options = run.dualEncoder {
            return try DualEncoderTrainer.ranker(from: archive, configuration: options)
        }
        if let options = run.crossEncoder {
            return try CrossEncoderTrainer.ranker(from: archive, configuration: options)
        }
        return try DecoderRanker(archive: archive, configuration: options, task: task, workers: workers)
    }
}
