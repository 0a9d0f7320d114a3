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

/// Ranking tasks made from one WordNet, each made once.
public final class TaskLibrary: @unchecked Sendable {
    public let wordNetFolder: String
    private let lock = NSLock()
    private var wordNet: WordNet?
    private var tasks: [DataConfiguration: RankingTask] = [:]

    public init(wordNetFolder: String = WordNet.defaultFolder) { self.wordNetFolder = wordNetFolder }

    /// The task of a configuration. WordNet's statistics are checked before the first is made.
    public func task(_ configuration: DataConfiguration) throws -> RankingTask {
        lock.lock()
        defer { lock.unlock() }
        if let task = tasks[configuration] { return task }
        let loaded = try wordNet ?? verifiedWordNet()
        wordNet = loaded
        let task = try RankingTask(loaded, configuration)
        tasks[configuration] = task
        return task
    }

    private func verifiedWordNet() throws -> WordNet {
        let loaded = try WordNet(folder: wordNetFolder)
        try WordNetStatistics(loaded, HypernymPaths(loaded)).verify()
        return loaded
    }

    /// The point with the fingerprint of its data, and its budget in steps: as it is identified and stored.
    public func resolve(_ point: SweepPoint) throws -> SweepPoint {
        var resolved = point
        let task = try task(point.configuration.data)
        resolved.configuration.dataFingerprint = task.fingerprint
        guard let points = point.trainingPoints else { return resolved }
        try resolved.configuration.setBudget(points: points, task: task)
        try resolved.configuration.validate()
        return resolved
    }
}

extension RunConfiguration {
    /// The fewest steps that see `points` (query, document) points.
    fileprivate mutating func setBudget(points: Int, task: RankingTask) throws {
        if let batch = dualEncoder?.batch ?? crossEncoder?.batch {
            let steps = (points + batch - 1) / batch
            dualEncoder?.steps = steps
            crossEncoder?.steps = steps
        } else if let options = autoregressive {
            autoregressive?.steps = try AutoregressiveTrainer.steps(
                toReach: points, configuration: options, task: task, seed: seed)
        }
    }
}
