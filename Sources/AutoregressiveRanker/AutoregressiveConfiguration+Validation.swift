import LanguageModels
import Options
import RankingData
import Tensors

extension AutoregressiveConfiguration {
    /// Refuses options that are legal alone and not together.
    ///
    /// - Throws: `ConfigurationError.outOfRange` with the first of them.
    public func validateTogether() throws(ConfigurationError) {
        try decoder.validateTogether()
        try ConfigurationError.require(
            steps >= (pretrained == nil ? 1 : 0), "steps", steps, "at least 1, or 0 with a pretrained model")
        // A curriculum sorts all draws of the training in memory.
        try ConfigurationError.require(
            order == .shuffled || steps * queriesPerBatch <= 100_000_000, "order", order.rawValue,
            "shuffled for more than 100000000 queries")
        if case .ofScores = loss.training {
            try ConfigurationError.require(
                promptWeight == 0, "promptWeight", promptWeight, "0 beside a loss of documents' scores")
        }
        try tuning.validateTogether(hasPretrained: pretrained != nil, trains: steps > 0)
        try ConfigurationError.require(
            objective == .ranking || pretrained == nil, "objective", objective.rawValue,
            "ranking with a pretrained model")
        try ConfigurationError.require(
            prompt == .instruction || pretrained != nil, "prompt", prompt.rawValue,
            "set with a pretrained model alone")
        try ConfigurationError.require(
            precision != .bfloat16 || tuning.frozenStorage == .float32, "precision", "bfloat16",
            "float32 where weights are kept in bfloat16 (tuning.frozenStorage)")
        try validateTextVectors()
        try validateBase()
    }

    /// Refuses what the base's training cannot be, under the names that its options have here.
    private func validateBase() throws(ConfigurationError) {
        do { try baseRanker?.validate() } catch {
            guard case .outOfRange(let option, let value, let legal) = error,
                optionValues.contains(where: { $0.key == "base." + option })
            else { throw error }
            throw .outOfRange(option: "base." + option, value: value, legal: legal)
        }
    }

    /// Refuses what needs the tokens of texts where there are vectors.
    private func validateTextVectors() throws(ConfigurationError) {
        guard textVectors != nil else { return }
        try ConfigurationError.require(
            initialEmbeddings == nil, "initialEmbeddings", initialEmbeddings ?? "", "empty beside textVectors"
        )
        try ConfigurationError.require(
            promptWeight == 0, "promptWeight", promptWeight, "0 beside textVectors")
        try ConfigurationError.require(
            objective != .matching || matching.questions == .queries, "matchingQuestions",
            matching.questions.rawValue, "queries beside textVectors")
    }

    /// Throws, before anything is allocated, where a decoder that is trained from scratch does not fit into this machine.
    func checkMemory(threads: Int) throws(ConfigurationError) {
        let needed = decoder.memoryBytes(
            optimizer: optimizer.kind, threads: threads, precision: precision)
        let available = ResourceUsage.machineMemoryBytes
        try ConfigurationError.require(
            needed < available, "decoder", "of \(needed / 1_000_000) MB with gradient and moments",
            "smaller than this machine's \(available / 1_000_000) MB")
    }
}

extension FineTuning {
    /// Refuses what would change nothing: a person who asks for it expects something of it.
    func validateTogether(hasPretrained: Bool, trains: Bool) throws(ConfigurationError) {
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
    fileprivate func validateTogether() throws(ConfigurationError) {
        try ConfigurationError.require(
            keyValueHeads <= heads && heads % keyValueHeads == 0, "decoder.keyValueHeads", keyValueHeads,
            "a divisor of heads (\(heads))")
        try ConfigurationError.require(
            headDimension % 2 == 0, "decoder.headDimension", headDimension, "even")
    }
}
