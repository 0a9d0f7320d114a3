import Tensors

/// Adapters of low rank beside the matrices of a decoder's layers: y = W x + (alpha / r) B A x (LoRA, arXiv 2106.09685).
///
/// A [r, inputs] begins at N(0, 1/inputs), B [outputs, r] at 0, so that training begins at the pretrained model.
/// Queries, keys and values are one matrix and have one A; so have gate and up.
struct LowRankAdapters: Sendable {
    let rank: Int
    /// alpha / r.
    let scale: Float
    let tensors: TensorBlock
    private let firstLayer: Int
    private let offsets: [Offsets]

    private struct Offsets {
        let down, up: Int
    }

    init(_ c: DecoderConfiguration, firstLayer: Int, rank: Int, alpha: Double, seed: UInt64) {
        var entries: [ParameterLayout.Entry] = []
        var end = 0
        func place(_ name: String, _ shape: [Int]) -> Int {
            entries.append(ParameterLayout.Entry(name: name, shape: shape, offset: end))
            defer { end += shape.reduce(1, *) }
            return end
        }
        var offsets: [Offsets] = []
        for layer in firstLayer..<c.layers {
            for projection in Projection.allCases {
                let name = "adapters.\(layer).\(projection)"
                offsets.append(
                    Offsets(
                        down: place(name + ".A", [rank, c.inputs(projection)]),
                        up: place(name + ".B", [c.outputs(projection), rank])))
            }
        }
        let values = FloatBuffer(count: end)
        // B stays 0.
        for entry in entries where entry.name.hasSuffix(".A") {
            var stream = RandomStream(seed: seed, name: entry.name)
            let deviation = 1 / Float(entry.shape[1]).squareRoot()
            for index in 0..<entry.count { values.base[entry.offset + index] = deviation * stream.normal() }
        }
        self.rank = rank
        scale = Float(alpha / Double(rank))
        self.firstLayer = firstLayer
        self.offsets = offsets
        tensors = TensorBlock(values, entries, in: 0..<end)
    }

    /// Weights of all adapters.
    static func count(_ c: DecoderConfiguration, _ tuning: FineTuning) -> Int {
        let layer = Projection.allCases.reduce(0) { $0 + c.inputs($1) + c.outputs($1) }
        return (c.layers - tuning.firstLayer(of: c)) * tuning.adapterRank * layer
    }

    /// Where A and B of a matrix begin in `tensors`; nil for a layer without adapters.
    func offsets(_ projection: Projection, layer: Int) -> (down: Int, up: Int)? {
        guard layer >= firstLayer else { return nil }
        let own = offsets[(layer - firstLayer) * Projection.allCases.count + projection.rawValue]
        return (own.down, own.up)
    }

    /// Adds (alpha / r) B A to the weights of one of the decoder's tensors, if that is a part of an adapted matrix.
    func add(
        to weights: UnsafeMutablePointer<Float>, of entry: ParameterLayout.Entry,
        in parameters: DecoderParameters
    ) {
        let c = parameters.configuration
        for layer in firstLayer..<c.layers {
            for projection in Projection.allCases {
                let (inputs, outputs) = (c.inputs(projection), c.outputs(projection))
                let begin = parameters.layout.layers[layer].offset(projection)
                guard (begin..<begin + inputs * outputs).contains(entry.offset),
                    let own = offsets(projection, layer: layer)
                else { continue }
                // Of a matrix that holds several tensors, this one begins so many rows below its top.
                let row = (entry.offset - begin) / inputs
                sgemm(
                    .no, .no, entry.shape[0], inputs, rank, alpha: scale,
                    tensors.base + own.up + row * rank, lda: rank, tensors.base + own.down, ldb: inputs,
                    beta: 1, weights, ldc: inputs)
            }
        }
    }
}
