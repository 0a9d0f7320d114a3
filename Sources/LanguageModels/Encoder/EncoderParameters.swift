import Tensors

/// A BERT encoder's weights. Matrices are [outputs, inputs], row-major, as checkpoints have them.
struct EncoderParameters: Sendable {
    /// A matrix product's weights and what is added to it.
    struct Linear: Sendable {
        let weight: FloatBuffer
        let bias: FloatBuffer
    }

    /// What a normalised vector is multiplied with, column by column, and what is added then.
    struct Norm: Sendable {
        let gain: FloatBuffer
        let shift: FloatBuffer
    }

    struct Layer: Sendable {
        /// Queries, keys and values, one above the other: [3 width, width].
        let queryKeyValue: Linear
        let output: Linear
        let attentionNorm: Norm
        let intermediate: Linear
        let down: Linear
        let outputNorm: Norm
    }

    /// [vocabulary, width].
    let tokens: FloatBuffer
    /// [positions, width], the vector of text type 0 added to each.
    let positions: FloatBuffer
    let norm: Norm
    let layers: [Layer]

    /// Reads model.safetensors, whose names are BertModel's, with or without `bert.` before them.
    init(_ c: EncoderConfiguration, file path: String) throws(ModelFileError) {
        let file = try EncoderFile(path)
        tokens = try file.read("embeddings.word_embeddings.weight", [c.vocabulary, c.width])
        positions = try file.read("embeddings.position_embeddings.weight", [c.positions, c.width])
        let types = try file.read("embeddings.token_type_embeddings.weight", [2, c.width])
        for index in 0..<(c.positions * c.width) { positions.base[index] += types.base[index % c.width] }
        norm = try file.norm("embeddings.LayerNorm", c.width)
        var layers: [Layer] = []
        for index in 0..<c.layers { layers.append(try Layer(c, file, "encoder.layer.\(index)")) }
        self.layers = layers
        file.release()
    }
}

extension EncoderParameters.Layer {
    init(_ c: EncoderConfiguration, _ file: EncoderFile, _ name: String) throws(ModelFileError) {
        queryKeyValue = try file.stacked(
            ["query", "key", "value"].map { "\(name).attention.self.\($0)" }, outputs: c.width, c.width)
        output = try file.linear("\(name).attention.output.dense", c.width, c.width)
        attentionNorm = try file.norm("\(name).attention.output.LayerNorm", c.width)
        intermediate = try file.linear("\(name).intermediate.dense", c.feedForward, c.width)
        down = try file.linear("\(name).output.dense", c.width, c.feedForward)
        outputNorm = try file.norm("\(name).output.LayerNorm", c.width)
    }
}

/// The safetensors file of an encoder. Checkpoints of BERT keep position numbers as integers beside the weights: they
/// are not read.
struct EncoderFile {
    private let file: MappedFile
    private let entries: [String: SafetensorsHeader.Entry]

    init(_ path: String) throws(ModelFileError) {
        file = try MappedFile(path)
        do { entries = try SafetensorsHeader(file.data).entries } catch {
            throw .malformed(file: path, reason: error.reason)
        }
    }

    func release() { file.release() }

    private func read(
        _ name: String, _ shape: [Int], to target: UnsafeMutablePointer<Float>
    ) throws(ModelFileError) {
        guard let entry = entries[name] ?? entries["bert." + name] else {
            throw .missing(file: file.path, name: name)
        }
        let formats: [String: TensorFormat] = ["F32": .f32, "F16": .f16, "BF16": .bf16]
        guard let format = formats[entry.dtype] else {
            throw .unsupported(
                file: file.path, what: "tensor '\(name)' is \(entry.dtype); F32, F16 and BF16 are read")
        }
        guard format.bytes(count: entry.count) == entry.bytes.count else {
            throw .malformed(
                file: file.path,
                reason: "tensor '\(name)' of shape \(entry.shape) has \(entry.bytes.count) bytes")
        }
        let stored = StoredTensor(
            shape: entry.shape, format: format, offset: entry.bytes.lowerBound, count: entry.count)
        try file.read(stored, name, shape: shape, to: target)
    }

    func read(_ name: String, _ shape: [Int]) throws(ModelFileError) -> FloatBuffer {
        let buffer = FloatBuffer(count: shape.reduce(1, *))
        try read(name, shape, to: buffer.base)
        return buffer
    }

    func norm(_ name: String, _ width: Int) throws(ModelFileError) -> EncoderParameters.Norm {
        try .init(gain: read(name + ".weight", [width]), shift: read(name + ".bias", [width]))
    }

    func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws(ModelFileError)
        -> EncoderParameters.Linear
    {
        try stacked([name], outputs: outputs, inputs)
    }

    /// Several matrices of the same shape above each other.
    func stacked(_ names: [String], outputs: Int, _ inputs: Int) throws(ModelFileError)
        -> EncoderParameters.Linear
    {
        let weight = FloatBuffer(count: names.count * outputs * inputs)
        let bias = FloatBuffer(count: names.count * outputs)
        for (index, name) in names.enumerated() {
            try read(name + ".weight", [outputs, inputs], to: weight.base + index * outputs * inputs)
            try read(name + ".bias", [outputs], to: bias.base + index * outputs)
        }
        return .init(weight: weight, bias: bias)
    }
}
