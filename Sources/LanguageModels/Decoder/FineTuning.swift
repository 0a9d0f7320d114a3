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

    public var isFull: Bool { lastLayers == 0 && adapterRank == 0 }

    /// The first layer that learns.
    func firstLayer(of c: DecoderConfiguration) -> Int { lastLayers == 0 ? 0 : max(0, c.layers - lastLayers) }

    /// Which of a decoder's own weights learn.
    func learningRange(_ c: DecoderConfiguration, _ layout: ParameterLayout) -> Range<Int> {
        guard adapterRank == 0 else { return 0..<0 }
        guard lastLayers > 0 else { return 0..<layout.count }
        return layout.layers[firstLayer(of: c)].attentionGain..<layout.finalGain + c.width
    }
}

/// The floats that training moves, one block of named tensors.
public struct TrainedTensors: Sendable {
    /// Offsets are from `base`.
    public let entries: [ParameterLayout.Entry]
    public let count: Int
    /// Where the block begins in the decoder's weights; 0 for a block of its own.
    let start: Int
    private let buffer: FloatBuffer

    public var base: UnsafeMutablePointer<Float> { buffer.base + start }

    /// The tensors of `layout` that lie in `range` of the buffer.
    init(_ buffer: FloatBuffer, _ layout: [ParameterLayout.Entry], in range: Range<Int>) {
        entries = layout.filter { range.contains($0.offset) }.map {
            ParameterLayout.Entry(name: $0.name, shape: $0.shape, offset: $0.offset - range.lowerBound)
        }
        self.buffer = buffer
        start = range.lowerBound
        count = range.count
    }

    /// The tensors as a file holds them.
    public func archive() -> TensorArchive {
        TensorArchive(
            tensors: Dictionary(
                uniqueKeysWithValues: entries.map { entry in
                    let values = UnsafeBufferPointer(start: base + entry.offset, count: entry.count)
                    return (entry.name, TensorArchive.Tensor(shape: entry.shape, values: Array(values)))
                }))
    }

    /// Takes the tensors' values from a file.
    public func restore(_ archive: TensorArchive) throws {
        for entry in entries {
            let values = try archive.values(entry.name, shape: entry.shape)
            values.withUnsafeBufferPointer { source in
                guard let start = source.baseAddress else { return }
                (base + entry.offset).update(from: start, count: entry.count)
            }
        }
    }
}

/// What of one decoder learns.
struct LearningPart: Sendable {
    /// Layers below learn nothing.
    let firstLayer: Int
    /// Whether all weights learn: embedding, head and lower layers too.
    let isAll: Bool
    let adapters: LowRankAdapters?
    let tensors: TrainedTensors

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
            ?? TrainedTensors(
                parameters.values, layout.entries, in: tuning.learningRange(c, layout))
    }
}
