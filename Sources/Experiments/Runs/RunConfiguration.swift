import AutoregressiveRanker
import CrossEncoder
import DualEncoder
import Foundation
import LanguageModels
import Options
import RankingData

/// The three kinds of ranker, as specs and commands name them.
public enum ModelKind: String, Codable, Hashable, Sendable, CaseIterable {
    case dualEncoder = "dual-encoder"
    case crossEncoder = "cross-encoder"
    case autoregressive
}

/// Every option that a run's numbers depend on. Threads, results folders and machines are no part
/// of it; what data and pretrained model are called is, beside the fingerprints of what they hold.
public struct RunConfiguration: Codable, Hashable, Sendable {
    /// Raised when code changes what equal configurations compute.
    public static let currentSchema = 1

    public var schema: Int
    public var model: ModelKind
    public var seed: UInt64
    public var data: DataConfiguration
    /// `RankingTask.fingerprint` of the data that the run saw; empty before it is known.
    public var dataFingerprint: String
    /// `ModelStore.fingerprint` of the pretrained model that the run started from, if any.
    public var modelFingerprint: String?
    public var evaluation: EvaluationConfiguration
    public var dualEncoder: DualEncoderConfiguration?
    public var crossEncoder: CrossEncoderConfiguration?
    public var autoregressive: AutoregressiveConfiguration?

    /// The defaults of a kind of model: the paper's values.
    public init(
        model: ModelKind, seed: UInt64 = 1, data: DataConfiguration = DataConfiguration(),
        evaluation: EvaluationConfiguration = EvaluationConfiguration()
    ) {
        schema = RunConfiguration.currentSchema
        self.model = model
        self.seed = seed
        self.data = data
        self.evaluation = evaluation
        dataFingerprint = ""
        switch model {
        case .dualEncoder: dualEncoder = DualEncoderConfiguration()
        case .crossEncoder: crossEncoder = CrossEncoderConfiguration()
        case .autoregressive: autoregressive = AutoregressiveConfiguration()
        }
    }

    public func validate() throws(ConfigurationError) {
        try data.validate()
        try evaluation.validate(for: model)
        try dualEncoder?.validate()
        try crossEncoder?.validate()
        try autoregressive?.validate()
    }

    /// Optimiser steps of the whole run.
    public var steps: Int { dualEncoder?.steps ?? crossEncoder?.steps ?? autoregressive?.steps ?? 0 }

    /// The run that trains the model which this one starts from, or nil.
    public var baseRun: RunConfiguration? {
        guard let base = autoregressive?.baseRun, let seed = autoregressive?.base.seed else { return nil }
        var configuration = self
        configuration.autoregressive = base
        configuration.seed = seed
        return configuration
    }
}

extension RunConfiguration {
    /// Every option, keys sorted: equal configurations give equal text.
    public var canonicalJSON: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Configurations hold finite numbers alone (validate), which always encode.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The run's identity: SHA-256 of the canonical JSON, in hexadecimal.
    public var identity: String { RunConfiguration.identity(canonicalJSON: canonicalJSON) }

    static func identity(canonicalJSON text: String) -> String {
        Fingerprint.of(Data(text.utf8))
    }

    public init(canonicalJSON text: String) throws {
        self = try JSONDecoder().decode(RunConfiguration.self, from: Data(text.utf8))
    }
}

/// The part of a run's options that a spec may set: the model's own at the top, then `data` and `evaluation`.
extension RunConfiguration {
    func optionTree() throws -> ConfigurationTree {
        var tree =
            switch model {
            case .dualEncoder: try ConfigurationTree(encoding: dualEncoder)
            case .crossEncoder: try ConfigurationTree(encoding: crossEncoder)
            case .autoregressive: try ConfigurationTree(encoding: autoregressive)
            }
        if model == .autoregressive {
            tree["pretrained"] = .string(autoregressive?.pretrained ?? "")
            tree["prompt"] = .string((autoregressive?.prompt ?? .instruction).rawValue)
            tree["loss"]?["kind"] = .string((autoregressive?.loss.kind ?? .stoical).rawValue)
            tree["score"] = .string((autoregressive?.score ?? .mean).rawValue)
            tree["order"] = .string((autoregressive?.order ?? .shuffled).rawValue)
            tree["tuning"] = try ConfigurationTree(encoding: autoregressive?.tuning ?? .full)
        }
        tree["data"] = try ConfigurationTree(encoding: data)
        tree["evaluation"] = try ConfigurationTree(encoding: evaluation)
        // Options that are written only where they differ from the default.
        tree["data"]?["source"] = .string(data.source)
        tree["evaluation"]?["candidates"] = .string(evaluation.candidates.rawValue)
        return tree
    }

    init(model: ModelKind, seed: UInt64, options: ConfigurationTree) throws {
        self.init(model: model, seed: seed)
        data = try options["data"]?.decode(DataConfiguration.self) ?? data
        evaluation = try options["evaluation"]?.decode(EvaluationConfiguration.self) ?? evaluation
        switch model {
        case .dualEncoder: dualEncoder = try options.decode(DualEncoderConfiguration.self)
        case .crossEncoder: crossEncoder = try options.decode(CrossEncoderConfiguration.self)
        case .autoregressive:
            autoregressive = try options.decode(AutoregressiveConfiguration.self)
            if autoregressive?.pretrained == "" { autoregressive?.pretrained = nil }
            // Not written where they are the defaults, so that runs from before these options keep their ids.
            if autoregressive?.loss.kind == .stoical { autoregressive?.loss.kind = nil }
            if autoregressive?.score == .mean { autoregressive?.score = nil }
            if autoregressive?.order == .shuffled { autoregressive?.order = nil }
            if autoregressive?.prompt == .instruction { autoregressive?.prompt = nil }
            if autoregressive?.tuning == .full { autoregressive?.tuning = nil }
        }
    }
}
