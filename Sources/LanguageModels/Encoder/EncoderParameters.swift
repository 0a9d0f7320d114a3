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
        // Texts are all of type 0, so its vector is added here once and not to each token.
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
        queryKeyValue = try file.linear(
            ["query", "key", "value"].map { "\(name).attention.self.\($0)" }, c.width, c.width)
        output = try file.linear("\(name).attention.output.dense", c.width, c.width)
        attentionNorm = try file.norm("\(name).attention.output.LayerNorm", c.width)
        intermediate = try file.linear("\(name).intermediate.dense", c.feedForward, c.width)
        down = try file.linear("\(name).output.dense", c.width, c.feedForward)
        outputNorm = try file.norm("\(name).output.LayerNorm", c.width)
    }
}

/// The safetensors file of an encoder. Checkpoints of BERT keep position numbers as integers beside the weights: they
/// are not read. A tensor gets memory only where the file has it in the shape that the configuration says.
struct EncoderFile {
    private let file: SafetensorsFile

    init(_ path: String) throws(ModelFileError) { file = try SafetensorsFile(MappedFile(path)) }

    func release() { file.file.release() }

    /// A tensor of that shape, which is called so or the same behind `bert.`.
    private func tensor(_ name: String, _ shape: [Int]) throws(ModelFileError) -> StoredTensor {
        let path = file.file.path
        for known in [name, "bert." + name] {
            if let type = file.otherTensors[known] {
                throw .format(known, type, read: SafetensorsFile.formatNames, in: path)
            }
            guard let tensor = file.tensors[known] else { continue }
            guard tensor.shape == shape else {
                throw .wrongShape(file: path, tensor: known, expected: shape, found: tensor.shape)
            }
            return tensor
        }
        throw .missing(file: path, name: name)
    }

    func read(_ name: String, _ shape: [Int]) throws(ModelFileError) -> FloatBuffer {
        let tensor = try tensor(name, shape)
        let buffer = FloatBuffer(count: tensor.count)
        try load(tensor, name, shape, to: buffer.base)
        return buffer
    }

    /// A tensor's numbers. A weight that is none would make one of every embedding, and lists of them in any order.
    private func load(
        _ tensor: StoredTensor, _ name: String, _ shape: [Int], to target: UnsafeMutablePointer<Float>
    ) throws(ModelFileError) {
        try file.file.read(tensor, name, shape: shape, to: target)
        guard (0..<tensor.count).allSatisfy({ target[$0].isFinite }) else {
            throw .malformed(file: file.file.path, reason: "tensor '\(name)' has NaN or infinity")
        }
    }

    func norm(_ name: String, _ width: Int) throws(ModelFileError) -> EncoderParameters.Norm {
        try .init(gain: read(name + ".weight", [width]), shift: read(name + ".bias", [width]))
    }

    func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws(ModelFileError)
        -> EncoderParameters.Linear
    {
        try linear([name], outputs, inputs)
    }

    /// Several matrices of the same shape above each other, and what is added to each one's product.
    func linear(_ names: [String], _ outputs: Int, _ inputs: Int) throws(ModelFileError)
        -> EncoderParameters.Linear
    {
        try .init(
            weight: stacked(names.map { $0 + ".weight" }, [outputs, inputs]),
            bias: stacked(names.map { $0 + ".bias" }, [outputs]))
    }

    private func stacked(_ names: [String], _ shape: [Int]) throws(ModelFileError) -> FloatBuffer {
        var tensors: [(name: String, tensor: StoredTensor)] = []
        // All are looked for before there is memory for any of them.
        for name in names { tensors.append((name, try tensor(name, shape))) }
        let buffer = FloatBuffer(count: tensors.reduce(0) { $0 + $1.tensor.count })
        var target = buffer.base
        for (name, tensor) in tensors {
            try load(tensor, name, shape, to: target)
            target += tensor.count
        }
        return buffer
    }
}
