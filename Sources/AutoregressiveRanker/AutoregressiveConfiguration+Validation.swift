import LanguageModels
import Options
import RankingData

extension AutoregressiveConfiguration {
    /// Throws at the first option that is out of its range.
    public func validate() throws(ConfigurationError) {
        try decoder.validateAsOption()
        try loss.validate()
        try optimizer.validateAsOption()
        try ConfigurationError.require(
            steps >= (pretrained == nil ? 1 : 0), "steps", steps, "at least 1, or 0 with a pretrained model")
        try ConfigurationError.require(
            steps <= AutoregressiveTrainer.mostSteps, "steps", steps,
            "at most \(AutoregressiveTrainer.mostSteps)")
        try ConfigurationError.require(
            (1...65_536).contains(queriesPerBatch), "queriesPerBatch", queriesPerBatch, "in 1...65536")
        try ConfigurationError.require(
            order == nil || steps * queriesPerBatch <= 100_000_000, "order", order?.rawValue ?? "",
            "shuffled for more than 100000000 queries")
        try ConfigurationError.require(
            promptWeight >= 0 && promptWeight.isFinite, "promptWeight", promptWeight, "0 or more")
        if case .ofScores = loss.training {
            try ConfigurationError.require(
                promptWeight == 0, "promptWeight", promptWeight, "0 beside a loss of documents' scores")
        }
        try ConfigurationError.require(base.steps >= 0, "base.steps", base.steps, "0 (from scratch) or more")
        try tuning?.validateAsOption(hasPretrained: pretrained != nil, trains: steps > 0)
        try ConfigurationError.require(
            prompt == nil || pretrained != nil, "prompt", prompt?.rawValue ?? "",
            "set with a pretrained model alone")
        try ConfigurationError.require(
            precision != .bfloat16 || fineTuning.frozenStorage == .float32, "precision", "bfloat16",
            "float32 where weights are kept in bfloat16 (tuning.frozenStorage)")
        guard let baseRun else { return }
        try baseRun.validate()
    }
}

extension AutoregressiveConfiguration {
    /// Throws, before anything is allocated, where a decoder that is trained from scratch does not fit into this machine.
    func checkMemory(threads: Int) throws(ConfigurationError) {
        let needed = decoder.memoryBytes(
            optimizer: optimizer.kind, threads: threads, precision: precision ?? .float32)
        let available = DecoderConfiguration.machineMemory
        try ConfigurationError.require(
            needed < available, "decoder", "of \(needed / 1_000_000) MB with gradient and moments",
            "smaller than this machine's \(available / 1_000_000) MB")
    }
}

extension SToICaLConfiguration {
    func validate() throws(ConfigurationError) {
        try ConfigurationError.require(
            alpha >= 0 && alpha <= 100, "loss.alpha", alpha, "in 0...100")
        try ConfigurationError.require(beta >= 0 && beta <= 100, "loss.beta", beta, "in 0...100")
    }
}

extension FineTuning {
    func validateAsOption(hasPretrained: Bool, trains: Bool) throws(ConfigurationError) {
        try ConfigurationError.require(
            (0...1_000).contains(lastLayers), "tuning.lastLayers", lastLayers, "in 0 (all)...1000")
        try ConfigurationError.require(
            (0...4_096).contains(adapterRank), "tuning.adapterRank", adapterRank, "in 0 (none)...4096")
        try ConfigurationError.require(
            adapterAlpha > 0 && adapterAlpha <= 10_000, "tuning.adapterAlpha", adapterAlpha,
            "above 0, at most 10000")
        // What would change nothing would make another run of the same numbers.
        let mayBePart = hasPretrained && trains
        try ConfigurationError.require(
            mayBePart || lastLayers == 0, "tuning.lastLayers", lastLayers,
            "0 but where a pretrained model learns")
        try ConfigurationError.require(
            mayBePart || adapterRank == 0, "tuning.adapterRank", adapterRank,
            "0 but where a pretrained model learns")
        try ConfigurationError.require(
            adapterRank > 0 || adapterAlpha == FineTuning.full.adapterAlpha, "tuning.adapterAlpha",
            adapterAlpha, "\(FineTuning.full.adapterAlpha) without adapters")
        try ConfigurationError.require(
            frozenStorage == .float32 || (hasPretrained && !(isFull && trains)), "tuning.frozenStorage",
            frozenStorage.rawValue, "float32 where every weight learns")
    }

    /// Throws where more layers are to learn than a model has, whose shape is known by now.
    public func validate(layers: Int) throws(ConfigurationError) {
        try ConfigurationError.require(
            lastLayers <= layers, "tuning.lastLayers", lastLayers, "at most \(layers), the model's layers")
    }
}

extension DecoderConfiguration {
    func validateAsOption() throws(ConfigurationError) {
        func positive(_ value: Int, _ name: String, atMost limit: Int) throws(ConfigurationError) {
            try ConfigurationError.require(
                value >= 1 && value <= limit, "decoder.\(name)", value, "in 1...\(limit)")
        }
        try ConfigurationError.require(
            (260...1_000_000).contains(vocabulary), "decoder.vocabulary", vocabulary, "in 260...1000000")
        try positive(width, "width", atMost: 65_536)
        try positive(layers, "layers", atMost: 1_000)
        try positive(heads, "heads", atMost: 1_000)
        try positive(keyValueHeads, "keyValueHeads", atMost: heads)
        try ConfigurationError.require(
            heads % keyValueHeads == 0, "decoder.keyValueHeads", keyValueHeads,
            "a divisor of heads (\(heads))")
        try positive(headDimension, "headDimension", atMost: 1_024)
        try ConfigurationError.require(
            headDimension % 2 == 0, "decoder.headDimension", headDimension, "even")
        try positive(feedForward, "feedForward", atMost: 1_000_000)
        try ConfigurationError.require(rotaryBase > 1, "decoder.rotaryBase", rotaryBase, "above 1")
        try ConfigurationError.require(
            normEpsilon > 0 && normEpsilon < 1, "decoder.normEpsilon", normEpsilon, "between 0 and 1")
    }
}

extension OptimizerConfiguration {
    func validateAsOption() throws(ConfigurationError) {
        func within(_ ok: Bool, _ name: String, _ value: Double, _ legal: String) throws(ConfigurationError) {
            try ConfigurationError.require(ok, "optimizer.\(name)", value, legal)
        }
        try within(
            learningRate > 0 && learningRate <= 10, "learningRate", learningRate, "above 0, at most 10")
        try ConfigurationError.require(warmupSteps >= 0, "optimizer.warmupSteps", warmupSteps, "0 or more")
        try within(finalShare >= 0 && finalShare <= 1, "finalShare", finalShare, "in 0...1")
        try within(beta1 >= 0 && beta1 < 1, "beta1", beta1, "in 0..<1")
        try within(beta2 >= 0 && beta2 < 1, "beta2", beta2, "in 0..<1")
        try within(epsilon > 0 && epsilon < 1, "epsilon", epsilon, "between 0 and 1")
        try within(weightDecay >= 0 && weightDecay <= 1, "weightDecay", weightDecay, "in 0...1")
        try within(clipNorm > 0, "clipNorm", clipNorm, "above 0")
    }
}
