import AutoregressiveRanker
import Foundation
import RankingData

/// Ranking tasks made from WordNet and from imported data, each made once.
public final class TaskLibrary: @unchecked Sendable {
    private let wordNetFolder: String
    private let folder: ResultsFolder
    private let lock = NSLock()
    private var sources: [String: ImportedData] = [:]
    private var tasks: [DataConfiguration: RankingTask] = [:]

    /// - Parameters:
    ///   - wordNetFolder: Where data.noun and index.noun lie.
    ///   - folder: The results folder that holds imported data.
    public init(wordNetFolder: String, folder: ResultsFolder) {
        self.wordNetFolder = wordNetFolder
        self.folder = folder
    }

    /// The task of a configuration. WordNet's statistics are checked before the first is made.
    public func task(_ configuration: DataConfiguration) throws -> RankingTask {
        lock.lock()
        defer { lock.unlock() }
        if let task = tasks[configuration] { return task }
        let source = try sources[configuration.source] ?? load(configuration.source)
        sources[configuration.source] = source
        let task =
            switch source {
            case .taxonomy(let taxonomy): try RankingTask(taxonomy, configuration)
            case .judgments(let judgments): try RankingTask(judgments, configuration)
            }
        tasks[configuration] = task
        return task
    }

    private func load(_ name: String) throws -> ImportedData {
        guard name == DataConfiguration.wordNet else { return try ImportedData(name, in: folder) }
        let wordNet = try Taxonomy(wordNet: wordNetFolder)
        try TaxonomyStatistics(wordNet, HypernymPaths(wordNet)).verify()
        return .taxonomy(wordNet)
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
