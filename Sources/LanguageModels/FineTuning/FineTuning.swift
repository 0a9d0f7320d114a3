import Tensors

/// Which of a pretrained decoder's weights fine-tuning moves; the others stay as they were read.
public struct FineTuning: Codable, Hashable, Sendable {
    /// Layers that learn, counted from the last, and with them the last norm; 0: all, embedding and head too.
    public var lastLayers: Int
    /// Rank r of the adapters that learn in the place of those layers' matrices (LoRA, arXiv 2106.09685); 0: none.
    public var adapterRank: Int
    /// An adapter's product is multiplied by adapterAlpha / r.
    public var adapterAlpha: Double
    /// How matrices that do not learn lie in memory.
    public var frozenStorage: FrozenStorage

    /// All learns unless something else is said.
    public init(
        lastLayers: Int = 0, adapterRank: Int = 0, adapterAlpha: Double = 16,
        frozenStorage: FrozenStorage = .float32
    ) {
        self.lastLayers = lastLayers
        self.adapterRank = adapterRank
        self.adapterAlpha = adapterAlpha
        self.frozenStorage = frozenStorage
    }

    /// Every weight learns.
    public static let full = FineTuning()

    /// Whether every weight learns.
    public var isFull: Bool { lastLayers == 0 && adapterRank == 0 }

    /// The first layer that learns.
    func firstLayer(of c: DecoderConfiguration) -> Int { lastLayers == 0 ? 0 : max(0, c.layers - lastLayers) }

    /// Which of a decoder's own weights learn.
    func learningRange(_ c: DecoderConfiguration, _ layout: ParameterLayout) -> Range<Int> {
        guard adapterRank == 0 else { return 0..<0 }
        guard lastLayers > 0 else { return 0..<layout.count }
        return layout.layers[firstLayer(of: c)].attentionGain..<layout.finalGain + c.width
    }

    /// The weights whose matrices are not in bfloat16; nil where none is. A model that is all in bfloat16 scores alone.
    func wholeRange(_ c: DecoderConfiguration, _ layout: ParameterLayout) -> Range<Int>? {
        guard frozenStorage == .bfloat16 else { return nil }
        return isFull ? 0..<0 : learningRange(c, layout)
    }
}

/// What of one decoder learns.
struct LearningPart: Sendable {
    /// Layers below learn nothing.
    let firstLayer: Int
    /// Whether all weights learn: embedding, head and lower layers too.
    let isAll: Bool
    let adapters: LowRankAdapters?
    let tensors: TensorBlock

    /// Whether norms' gains learn.
    var hasGains: Bool { adapters == nil }

    init(_ tuning: FineTuning, _ parameters: DecoderParameters, seed: UInt64) {
        let (c, layout) = (parameters.configuration, parameters.layout)
        firstLayer = tuning.firstLayer(of: c)
        isAll = tuning.isFull
        let adapters =
            tuning.adapterRank > 0
            ? LowRankAdapters(
                c, firstLayer: firstLayer, rank: tuning.adapterRank, alpha: tuning.adapterAlpha, seed: seed)
            : nil
        self.adapters = adapters
        tensors =
            adapters?.tensors
            ?? TensorBlock(
                parameters.values, layout.entries, in: tuning.learningRange(c, layout))
    }
}
