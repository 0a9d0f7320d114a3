import Tensors

/// What a decoder takes of this machine's memory, before any of it is taken.
extension DecoderConfiguration {
    /// Number of weights.
    public var parameterCount: Int { ParameterLayout(self).count }

    /// Bytes of all but the activations of layers.
    ///
    /// - Parameters:
    ///   - optimizer: What moves the weights that learn; nil for a model that scores alone.
    ///   - precision: Of products: in bfloat16 they have copies of the weights.
    ///   - threads: Workers, each of which holds some rows of logits, and turns one matrix of bfloat16 at a time into floats.
    public func memoryBytes(
        _ tuning: FineTuning = .full, optimizer: OptimizerConfiguration.Kind?, threads: Int,
        precision: Precision = .float32
    ) -> Int {
        let (layout, plan) = (ParameterLayout(self), ExecutionPlan(self))
        let adapters = tuning.adapterRank > 0 ? LowRankAdapters.count(self, tuning) : 0
        var bytes = 4 * (layout.count + adapters)
        // In bfloat16 the logits' gradient has a rounded copy.
        bytes += threads * plan.headRows * vocabulary * (precision == .bfloat16 && optimizer != nil ? 6 : 4)
        if let whole = tuning.wholeRange(self, layout) {
            // What does not learn takes two bytes in place of four.
            bytes -= 2 * (layout.count - whole.count)
            let largest = layout.entries.reduce(0) { max($0, $1.count) }
            // Each worker has room for one matrix as floats, and the eighth that a workspace's block has to spare.
            bytes += threads * 4 * (largest + largest / 8)
        } else if plan.foldsGains, tuning.isFull {
            bytes += 4 * (layers * (qkvWidth + 2 * feedForward) * width + vocabulary * width)
        }
        if precision == .bfloat16 { bytes += RoundedWeights.bytes(self, learns: optimizer != nil) }
        guard let optimizer else { return bytes }
        let trained = tuning.adapterRank > 0 ? adapters : tuning.learningRange(self, layout).count
        // A folded tied head's gradient has a place of its own beside the embedding's.
        let head = tuning.isFull && tiedHead && plan.foldsGains ? vocabulary * width : 0
        let moments = optimizer == .adamw ? 2 : 1
        return bytes + 4 * (plan.gradients * (trained + head) + moments * trained)
    }
}
