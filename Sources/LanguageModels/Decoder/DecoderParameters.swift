import Tensors

/// Where each parameter tensor lies in one flat block of floats.
///
/// Names and orientations ([outputs, inputs], row-major) are those of Llama checkpoints, so that a
/// saved model is one that other programs load. Tensors that are used together lie together:
/// q, k, v, and gate, up, are one matrix each.
public struct ParameterLayout: Sendable {
    /// One tensor.
    public struct Entry: Sendable, Equatable {
        /// Its name in Llama checkpoints.
        public let name: String
        /// [outputs, inputs] of a matrix, [width] of a gain.
        public let shape: [Int]
        /// Floats before it.
        public let offset: Int
        /// Floats in it.
        public var count: Int { shape.reduce(1, *) }
    }

    /// Offsets of one layer's tensors, in the order in which they lie.
    public struct Layer: Sendable {
        /// The gains of the norms before attention and feed-forward, and the four matrices; of q, k, v and of gate, up the first.
        public let attentionGain, queryKeyValue, output, feedForwardGain, gateUp, down: Int
    }

    /// All tensors, one behind the other.
    public let entries: [Entry]
    /// The offsets by layer.
    public let layers: [Layer]
    /// The offset of the last norm's gain.
    public let finalGain: Int
    /// The offset of the embedding table, [vocabulary, width].
    public let embedding: Int
    /// The output head's offset: the embedding's own where they are tied.
    public let head: Int
    /// Floats in all.
    public let count: Int

    /// The layout of a shape.
    public init(_ configuration: DecoderConfiguration) {
        let c = configuration
        var entries: [Entry] = []
        var end = 0
        func place(_ name: String, _ shape: [Int]) -> Int {
            entries.append(Entry(name: name, shape: shape, offset: end))
            defer { end += shape.reduce(1, *) }
            return end
        }
        embedding = place("model.embed_tokens.weight", [c.vocabulary, c.width])
        layers = (0..<c.layers).map { index in
            let prefix = "model.layers.\(index)."
            let attentionGain = place(prefix + "input_layernorm.weight", [c.width])
            let queries = place(prefix + "self_attn.q_proj.weight", [c.heads * c.headDimension, c.width])
            _ = place(prefix + "self_attn.k_proj.weight", [c.keyValueHeads * c.headDimension, c.width])
            _ = place(prefix + "self_attn.v_proj.weight", [c.keyValueHeads * c.headDimension, c.width])
            return Layer(
                attentionGain: attentionGain, queryKeyValue: queries,
                output: place(prefix + "self_attn.o_proj.weight", [c.width, c.heads * c.headDimension]),
                feedForwardGain: place(prefix + "post_attention_layernorm.weight", [c.width]),
                gateUp: {
                    let gate = place(prefix + "mlp.gate_proj.weight", [c.feedForward, c.width])
                    _ = place(prefix + "mlp.up_proj.weight", [c.feedForward, c.width])
                    return gate
                }(),
                down: place(prefix + "mlp.down_proj.weight", [c.width, c.feedForward]))
        }
        finalGain = place("model.norm.weight", [c.width])
        head = c.tiedHead ? embedding : place("lm_head.weight", [c.vocabulary, c.width])
        self.entries = entries
        count = end
    }
}

/// A decoder's weights.
public final class DecoderParameters: Sendable {
    /// The shape.
    public let configuration: DecoderConfiguration
    /// Where each tensor lies in `values`.
    public let layout: ParameterLayout
    /// All weights; matrices that are in `halves` have a place here that nobody touches, and so take no memory.
    public let values: FloatBuffer
    /// Matrices that do not learn, where they are kept so.
    let halves: HalfWeights?

    /// Random weights: N(0, 1/width) for the embedding, N(0, 1/inputs) for matrices, the two that
    /// write to the residual stream divided by sqrt(2 layers), gains 1.
    public init(
        _ configuration: DecoderConfiguration, initialization: DecoderInitialization = .independent,
        seed: UInt64
    ) {
        self.configuration = configuration
        layout = ParameterLayout(configuration)
        values = FloatBuffer(count: layout.count)
        halves = nil
        // Each layer adds twice to the residual stream, whose variance should not grow with the number of layers.
        let depthScale = 1 / Float(2 * configuration.layers).squareRoot()
        for entry in layout.entries {
            let target = values.base + entry.offset
            guard entry.shape.count == 2 else {
                target.update(repeating: 1, count: entry.count)
                continue
            }
            // A stream of its own, so that its values do not depend on what other tensors there are.
            var stream = RandomStream(seed: seed, name: "decoder." + entry.name)
            let writesResidual = entry.name.contains("o_proj") || entry.name.contains("down_proj")
            let deviation = (writesResidual ? depthScale : 1) / Float(entry.shape[1]).squareRoot()
            for index in 0..<entry.count { target[index] = deviation * stream.normal() }
        }
        if initialization == .orthogonal { orthogonalizeHeads() }
        if initialization != .independent { repeatKeysInQueries() }
    }

    /// Each head's part of the four matrices of attention becomes an orthogonal map of the size that it is drawn with on average.
    private func orthogonalizeHeads() {
        let c = configuration
        let head = c.headDimension * c.width
        for layer in layout.layers {
            for index in 0..<c.heads + 2 * c.keyValueHeads {
                OrthogonalMap.replace(
                    values.base + layer.queryKeyValue + index * head, rows: c.headDimension, columns: c.width,
                    stride: c.width)
            }
            for index in 0..<c.heads {
                OrthogonalMap.replace(
                    values.base + layer.output + index * c.headDimension, rows: c.width,
                    columns: c.headDimension, stride: c.heads * c.headDimension)
            }
        }
    }

    /// In each layer the query heads that share the first key head start as that head.
    private func repeatKeysInQueries() {
        let c = configuration
        let head = c.headDimension * c.width
        for layer in layout.layers {
            let queries = values.base + layer.queryKeyValue
            // Keys stand behind all query heads in the same matrix, a head being `headDimension` rows of it.
            let key = queries + c.heads * head
            for query in 0..<c.heads / c.keyValueHeads {
                (queries + query * head).update(from: key, count: head)
            }
        }
    }

    /// Weights that `read` writes, tensor by tensor, where it is told to.
    ///
    /// - Parameter halves: The offsets that learn where all other matrices are kept in bfloat16; nil where none is.
    init<Failure: Error>(
        _ configuration: DecoderConfiguration, halvesBut learning: Range<Int>? = nil,
        read: (_ name: String, _ shape: [Int], _ target: UnsafeMutablePointer<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        self.configuration = configuration
        layout = ParameterLayout(configuration)
        values = FloatBuffer(count: layout.count, isSparse: learning != nil)
        halves = learning.map { [layout] in HalfWeights(count: layout.count, learning: $0) }
        for entry in layout.entries {
            guard let halves, entry.shape.count == 2, halves.holds(entry.offset) else {
                try read(entry.name, entry.shape, values.base + entry.offset)
                continue
            }
            // One matrix at a time is in single precision.
            let whole = FloatBuffer(count: entry.count)
            try read(entry.name, entry.shape, whole.base)
            halves.write(whole.base, offset: entry.offset, count: entry.count)
        }
    }

    /// Weights from a file with Llama's tensor names.
    public init(_ configuration: DecoderConfiguration, archive: TensorArchive) throws {
        self.configuration = configuration
        layout = ParameterLayout(configuration)
        values = FloatBuffer(count: layout.count)
        halves = nil
        try TensorBlock(values, layout.entries, in: 0..<layout.count).restore(archive)
    }

    /// One tensor's weights in single precision.
    func write(_ entry: ParameterLayout.Entry, to target: UnsafeMutablePointer<Float>) {
        if let halves, entry.shape.count == 2, halves.holds(entry.offset) {
            halves.expand(offset: entry.offset, count: entry.count, to: target)
        } else {
            target.update(from: values.base + entry.offset, count: entry.count)
        }
    }

    /// Any buffer of this layout (the weights, a gradient) as named tensors.
    public func named(_ buffer: FloatBuffer) -> [String: TensorArchive.Tensor] {
        TensorBlock(buffer, layout.entries, in: 0..<layout.count).archive().tensors
    }
}
