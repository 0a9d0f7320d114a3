import Options
import Rankers
import RankingData

/// Every option that a run's numbers depend on. Threads, results folders and machines are no part
/// of it; what data and pretrained model are called is, beside the fingerprints of what they hold.
public struct RunConfiguration: Sendable {
    /// The seed of everything that the run draws at random, but for splits and a base.
    public var seed: UInt64
    /// The queries and documents.
    public var data: DataConfiguration
    /// `RankingTask.fingerprint` of the data that the run saw; empty before it is known.
    public var dataFingerprint: String
    /// `ModelStore.fingerprint` of the pretrained model that the run started from, or of the text encoder by which it ranks, if any.
    public var modelFingerprint: String?
    /// What is measured.
    public var evaluation: EvaluationConfiguration
    /// The kind of ranker and its options.
    public var ranker: any RankerKind

    /// A run of `ranker`; what is not given has its default, the paper's value.
    public init(
        _ ranker: any RankerKind, seed: UInt64 = 1, data: DataConfiguration = DataConfiguration(),
        evaluation: EvaluationConfiguration = EvaluationConfiguration()
    ) {
        self.seed = seed
        self.data = data
        self.evaluation = evaluation
        self.ranker = ranker
        dataFingerprint = ""
    }

    /// The kind of ranker.
    public var model: ModelKind { ModelKind(type(of: ranker)) }

    /// Throws at the first option that is outside its range, or that does not go with another.
    public func validate() throws(ConfigurationError) {
        try data.validate()
        try evaluation.validate()
        try ConfigurationError.require(
            evaluation.split != .development || data.developmentQueries > 0, "evaluation.split",
            evaluation.split.rawValue, "evaluation: data.developmentQueries is 0")
        try ConfigurationError.require(
            evaluation.candidates == .own || model.type.ranksCorpus, "evaluation.candidates",
            evaluation.candidates.rawValue, "own: this kind of ranker cannot rank the whole corpus")
        try ranker.validate()
    }

    /// Optimiser steps of the run; 0 where nothing is trained.
    public var steps: Int { ranker.steps }

    /// What the run's matrix products multiply, `float32` or `bfloat16`; nil for a kind of ranker that computes none.
    var precisionOfProducts: String? {
        let option = ranker.optionValues.first { $0.key == "precision" }?.value.description
        // A kind without the option that trains nothing has no model either.
        return option ?? (steps > 0 ? "float32" : nil)
    }

    /// The run that trains the model which this one starts from, or nil.
    public var baseRun: RunConfiguration? {
        guard let base = ranker.baseRanker else { return nil }
        var configuration = self
        configuration.ranker = base
        // The base has a seed of its own, so that rows with different seeds start from one base.
        configuration.seed = ranker.baseSeed
        return configuration
    }
}

extension RunConfiguration: Hashable {
    public static func == (left: RunConfiguration, right: RunConfiguration) -> Bool {
        left.seed == right.seed && left.data == right.data && left.dataFingerprint == right.dataFingerprint
            && left.modelFingerprint == right.modelFingerprint && left.evaluation == right.evaluation
            && left.ranker.isEqual(to: right.ranker)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(seed)
        hasher.combine(data)
        hasher.combine(dataFingerprint)
        hasher.combine(modelFingerprint)
        hasher.combine(evaluation)
        ranker.hash(into: &hasher)
    }
}
