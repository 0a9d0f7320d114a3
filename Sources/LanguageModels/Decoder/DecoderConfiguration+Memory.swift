import Foundation

/// What a decoder takes of this machine's memory, before any of it is taken.
extension DecoderConfiguration {
    /// Number of weights.
    public var parameterCount: Int { ParameterLayout(self).count }

    /// Whether weights count for more memory and time than activations: then there is one gradient, and packed
    /// batches are few.
    public var isLarge: Bool { parameterCount > 30_000_000 }

    /// Gradients that a decoder's batches are dealt out to.
    static func gradients(isLarge: Bool) -> Int { isLarge ? 1 : 4 }

    /// About as many tokens a packed batch of a large model has when it trains.
    public static let largeBatchTokens = 800

    /// Bytes of all but activations.
    ///
    /// - Parameters:
    ///   - optimizer: What moves the weights that learn; nil for a model that scores alone.
    ///   - threads: Workers, each of which turns one matrix of bfloat16 at a time into floats.
    public func memoryBytes(
        _ tuning: FineTuning = .full, optimizer: OptimizerConfiguration.Kind?, threads: Int
    ) -> Int {
        let layout = ParameterLayout(self)
        let adapters = tuning.adapterRank > 0 ? LowRankAdapters.count(self, tuning) : 0
        var bytes = 4 * (layout.count + adapters)
        if let whole = tuning.wholeRange(self, layout) {
            bytes -= 2 * (layout.count - whole.count)
            let largest = layout.entries.reduce(0) { max($0, $1.count) }
            bytes += threads * 4 * (largest + largest / 8)
        } else if !isLarge, tuning.isFull {
            bytes += 4 * (layers * (qkvWidth + 2 * feedForward) * width + vocabulary * width)
        }
        guard let optimizer else { return bytes }
        let trained = tuning.adapterRank > 0 ? adapters : tuning.learningRange(self, layout).count
        let head = tuning.isFull && tiedHead ? vocabulary * width : 0
        let moments = optimizer == .adamw ? 2 : 1
        return bytes + 4 * (Self.gradients(isLarge: isLarge) * (trained + head) + moments * trained)
    }

    /// Whether the activations of `threads` batches of a large model may be kept for their backward pass: they, and all
    /// else with the larger optimiser, fit into three quarters of the memory.
    func keepsActivations(
        _ tuning: FineTuning, threads: Int, available: Int = DecoderConfiguration.machineMemory
    ) -> Bool {
        let kept = layers - tuning.firstLayer(of: self)
        let activations = threads * activationBytes(layers: kept)
        return memoryBytes(tuning, optimizer: .adamw, threads: threads) + activations < available / 4 * 3
    }

    /// About as many bytes as the activations of a large model's batch take, kept of `layers` layers.
    private func activationBytes(layers: Int) -> Int {
        let floats = 2 * width + 2 + qkvWidth + mixedWidth + 2 * feedForward + heads
        return 4 * Self.largeBatchTokens * floats * layers
    }

    /// Bytes of this machine's memory.
    public static var machineMemory: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }
}
