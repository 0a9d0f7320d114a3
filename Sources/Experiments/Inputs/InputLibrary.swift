import Foundation
import LanguageModels
import Options
import Rankers
import RankingData
import Tensors

/// What runs are made from: ranking tasks of WordNet and of imported data, and pretrained models; each made once.
public final class InputLibrary: @unchecked Sendable {
    private let wordNetFolder: String
    private let folder: ResultsFolder
    private let lock = NSLock()
    private let embedding = NSLock()
    private var sources: [String: any RankingSource] = [:]
    private let models: ModelStore
    private var pretrained: [String: (model: PretrainedModel, fingerprint: String)] = [:]
    private var tasks: [DataConfiguration: RankingTask] = [:]

    /// - Parameters:
    ///   - wordNetFolder: Where data.noun and index.noun lie.
    ///   - folder: The results folder that holds imported data.
    ///   - models: Where pretrained models lie.
    public init(wordNetFolder: String, folder: ResultsFolder, models: ModelStore) {
        self.models = models
        self.wordNetFolder = wordNetFolder
        self.folder = folder
    }

    /// The task of a configuration. WordNet's statistics are checked before the first is made.
    public func task(_ configuration: DataConfiguration) throws -> RankingTask {
        // Held while a task is made: workers of a sweep ask for the same one at once, and it is large.
        lock.lock()
        defer { lock.unlock() }
        if let task = tasks[configuration] { return task }
        let source = try sources[configuration.source] ?? load(configuration.source)
        sources[configuration.source] = source
        let task = try RankingTask(source, configuration)
        tasks[configuration] = task
        return task
    }

    /// The task that a run was entered with.
    ///
    /// - Throws: `ImportError.changed` where its data's name stands for others by now.
    public func task(of run: RunRecord) throws -> RankingTask {
        let changed = ImportError.changed(run: run.id, name: run.configuration.data.source)
        let task: RankingTask
        // The run's options were possible with its own data; with others of that name they may not be.
        do { task = try self.task(run.configuration.data) } catch is ConfigurationError { throw changed }
        guard task.fingerprint == run.configuration.dataFingerprint else {
            throw changed
        }
        return task
    }

    private func load(_ name: String) throws -> any RankingSource {
        guard let builtIn = DataSources.builtIn.first(where: { $0.name == name }) else {
            return try ImportedData.read(name, in: folder).source()
        }
        // Data that were imported before this data set had the name are the user's, and must not be passed over in silence.
        let file = folder.data(name)
        guard !FileManager.default.fileExists(atPath: file.path) else {
            throw ImportError.shadowed(name: name, file: file.path)
        }
        return try builtIn.load(BuiltInSource.Folders(wordNet: wordNetFolder))
    }

    /// The model that a configuration starts from, or nil; and what its files hash to.
    func pretrained(_ configuration: RunConfiguration) throws -> (
        model: PretrainedModel, fingerprint: String
    )? {
        guard let source = configuration.ranker.pretrained else { return nil }
        lock.lock()
        defer { lock.unlock() }
        if let known = pretrained[source] { return known }
        let opened = try (PretrainedModel(models.path(of: source)), models.fingerprint(of: source))
        pretrained[source] = opened
        return opened
    }

    /// The model that a finished run started from, or nil.
    ///
    /// - Throws: `ModelStoreError.changed` where another model has its place by now.
    public func pretrainedModel(of run: RunRecord) throws -> PretrainedModel? {
        guard let found = try pretrained(run.configuration) else { return nil }
        guard found.fingerprint == run.configuration.modelFingerprint else {
            throw ModelStoreError.changed(run: run.id, source: run.configuration.ranker.pretrained ?? "")
        }
        return found.model
    }

    /// The text encoder by which a run ranks, or nil.
    ///
    /// - Parameter shouldStop: Asked before texts are embedded and while a whole collection is, which then ends with `CancellationError`.
    /// - Throws: `ModelStoreError.changed` where another encoder has its place by now; `ModelFileError`.
    public func textEmbedder(
        of run: RunRecord, workers: WorkerPool, shouldStop: @escaping @Sendable () -> Bool = { false }
    ) throws -> (any TextEmbedder)? {
        guard let source = run.configuration.ranker.textEncoder else { return nil }
        let fingerprint = try models.fingerprint(of: source)
        guard fingerprint == run.configuration.modelFingerprint else {
            throw ModelStoreError.changed(run: run.id, source: source)
        }
        return CachedTextEncoder(
            try TextEncoder(folder: models.path(of: source), workers: workers),
            folder: folder.cache.appendingPathComponent("embeddings"), fingerprint: fingerprint,
            turn: embedding, shouldStop: shouldStop)
    }

    /// The point with the fingerprints of its data and of its pretrained model or text encoder, that model's shape, and its
    /// budget in steps: as it is identified and stored.
    public func resolve(_ point: SweepPoint) throws -> SweepPoint {
        var resolved = point
        if let pretrained = try pretrained(point.configuration) {
            resolved.configuration.modelFingerprint = pretrained.fingerprint
            try resolved.configuration.ranker.adopt(pretrained.model)
        }
        if let encoder = point.configuration.ranker.textEncoder {
            resolved.configuration.modelFingerprint = try models.fingerprint(of: encoder)
        }
        let task = try task(point.configuration.data)
        resolved.configuration.dataFingerprint = task.fingerprint
        guard let points = point.trainingPoints else { return resolved }
        try resolved.configuration.ranker.setBudget(
            points: points, task: task, seed: resolved.configuration.seed)
        // Only now is the number of steps known, which may be out of its range.
        try resolved.configuration.validate()
        return resolved
    }

    /// The same, or nil where the point's data were not imported or its model is not here.
    public func resolveIfThere(_ point: SweepPoint) throws -> SweepPoint? {
        do {
            return try resolve(point)
        } catch ImportError.unknown {
            return nil
        } catch ModelStoreError.notFetched, ModelStoreError.unknown {
            return nil
        }
    }
}
