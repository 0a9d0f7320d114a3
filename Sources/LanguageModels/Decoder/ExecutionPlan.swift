import Foundation
import Tensors

/// How a decoder's minibatches are computed: what changes the rounding of sums, and so follows from the shape alone.
/// A machine's memory and number of threads change nothing here.
public struct ExecutionPlan: Sendable, Equatable {
    /// Gradients that batches are dealt out to and that are added up in the end. Each costs the memory of what learns
    /// once more; with one, batches wait for each other.
    public var gradients: Int
    /// Whether norms' gains are multiplied into the weights once a step, rather than into the inputs of every batch.
    public var foldsGains: Bool
    /// Sequences of one packed batch at most.
    public var sequencesPerBatch: Int
    /// About as many tokens has a packed batch at most, unless a single sequence has more: enough rows for a product's
    /// full rate, few enough for the cache and for the memory of activations.
    public var tokensPerBatch: Int
    /// Rows of logits that a worker holds at once. They are added to the head's gradient together, and no other batch adds
    /// to it meanwhile, so that more rows are less waiting; fewer rows stay in the cache.
    public var headRows: Int
    /// Whether sequences are dealt out so that batches take equally long, rather than in their order.
    public var balancesBatches: Bool
    /// Sequences of one packed batch at most where nothing is learned.
    public var sequencesPerScoring: Int
    /// Tokens of one packed batch at most where nothing is learned, unless a single sequence has more. No layer's
    /// activations are kept then, so that there is room for more; it is reached by long texts alone.
    public var tokensPerScoring: Int

    /// Where products take bfloat16, those of attention do so in sequences of this many keys or more. In shorter ones rounding
    /// takes the time that it saves.
    static let leastRoundedKeys = 512

    /// For weights that count for less memory and time than activations.
    static let small = ExecutionPlan(
        gradients: 4, foldsGains: true, sequencesPerBatch: 8, tokensPerBatch: 2048, headRows: 128,
        balancesBatches: false, sequencesPerScoring: 16, tokensPerScoring: 16_384)
    /// For weights that count for more: one gradient, and few batches that are alike.
    static let large = ExecutionPlan(
        gradients: 1, foldsGains: false, sequencesPerBatch: 4, tokensPerBatch: 800, headRows: 512,
        balancesBatches: true, sequencesPerScoring: 4, tokensPerScoring: 4096)

    private init(
        gradients: Int, foldsGains: Bool, sequencesPerBatch: Int, tokensPerBatch: Int, headRows: Int,
        balancesBatches: Bool, sequencesPerScoring: Int, tokensPerScoring: Int
    ) {
        self.gradients = gradients
        self.foldsGains = foldsGains
        self.sequencesPerBatch = sequencesPerBatch
        self.tokensPerBatch = tokensPerBatch
        self.headRows = headRows
        self.balancesBatches = balancesBatches
        self.sequencesPerScoring = sequencesPerScoring
        self.tokensPerScoring = tokensPerScoring
    }

    /// The plan for a shape: 30 million weights are as many floats as the activations of a few thousand tokens.
    public init(_ configuration: DecoderConfiguration) {
        self = configuration.parameterCount > 30_000_000 ? .large : .small
    }
}

extension DecoderConfiguration {
    /// Bytes of activations that a token of a batch takes in each layer whose activations are kept.
    ///
    /// Attention keeps no probabilities, so this does not depend on how many tokens there are.
    var activationBytesPerTokenAndLayer: Int {
        4 * (2 * width + 2 + qkvWidth + mixedWidth + 2 * feedForward + heads)
    }

    /// Whether the layers' activations of `threads` batches of `rows` rows may be kept for the backward pass: they, and
    /// all else with the larger optimiser, fit into three quarters of the memory. Otherwise they are computed once more,
    /// which gives the same bits for a third more time.
    func keepsActivations(
        _ tuning: FineTuning, rows: Int, threads: Int, precision: Precision = .float32,
        available: Int = ResourceUsage.machineMemoryBytes
    ) -> Bool {
        let kept = layers - tuning.firstLayer(of: self)
        let activations = threads * rows * kept * activationBytesPerTokenAndLayer
        let others = memoryBytes(tuning, optimizer: .adamw, threads: threads, precision: precision)
        return others + activations < available / 4 * 3
    }
}
