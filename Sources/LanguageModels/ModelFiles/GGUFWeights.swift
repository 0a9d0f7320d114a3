/// A GGUF file of Llama's architecture, or all parts of a split one.
struct GGUFWeights: WeightSource {
    private let model: GGUFModel
    let configuration: DecoderConfiguration
    /// The only part or the first, which has the metadata.
    var gguf: GGUFFile { model.first }
    var files: [String] { model.parts.map(\.file.path) }

    init(_ model: GGUFModel) throws(ModelFileError) {
        self.model = model
        configuration = try DecoderConfiguration(model)
    }

    func shape(of name: String) throws(ModelFileError) -> [Int]? {
        try model.tensor(GGUFWeights.ggufName(name))?.tensor.shape
    }

    func release() {
        for part in model.parts { part.file.release() }
    }

    func read(_ name: String, shape: [Int], to target: UnsafeMutablePointer<Float>) throws(ModelFileError) {
        let known = GGUFWeights.ggufName(name)
        guard let (tensor, file) = try model.tensor(known) else {
            throw .missing(file: gguf.file.path, name: known)
        }
        try file.read(tensor, known, shape: shape, to: target)
        if known.hasSuffix("attn_q.weight") || known.hasSuffix("attn_k.weight") {
            unpermute(target, rows: shape[0], columns: shape[1])
        }
    }

    func refuseUnread(_ read: Set<String>) throws(ModelFileError) {
        let names = Set(read.map(GGUFWeights.ggufName))
        for part in model.parts {
            for (name, type) in part.otherTensors.sorted(by: { $0.key < $1.key })
            where !names.contains(name) && !GGUFFile.isWhole(type: type) {
                throw .unread(name, in: part.file.path)
            }
            for (name, tensor) in part.tensors.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
                if name == "rope_freqs.weight", try isAllOnes(tensor, name, part.file) { continue }
                throw .unread(name, in: part.file.path)
            }
        }
    }

    /// Factors of rotation frequencies that change none.
    private func isAllOnes(
        _ tensor: StoredTensor, _ name: String, _ file: MappedFile
    ) throws(ModelFileError) -> Bool {
        // There is a factor for each pair of a head: a longer tensor is something else, and not worth its memory.
        guard tensor.count <= configuration.headDimension else { return false }
        var values = [Float](repeating: 0, count: tensor.count)
        // The error comes back as a value, since the closure would lose its type.
        let failure = values.withUnsafeMutableBufferPointer { target -> ModelFileError? in
            guard let base = target.baseAddress else { return nil }
            do throws(ModelFileError) {
                try file.read(tensor, name, shape: tensor.shape, to: base)
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
        return values.allSatisfy { $0 == 1 }
    }

    /// GGUF interleaves the two halves of each head that a rotation pairs; Llama checkpoints have one after the other.
    private func unpermute(_ matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
        let d = configuration.headDimension
        let copy = Array(UnsafeBufferPointer(start: matrix, count: rows * columns))
        copy.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            for row in 0..<rows {
                let (head, within) = (row / d, row % d)
                let from = head * d + 2 * (within % (d / 2)) + within / (d / 2)
                (matrix + row * columns).update(from: base + from * columns, count: columns)
            }
        }
    }

    private static let parts = [
        "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
        "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    ]

    /// `model.layers.3.mlp.up_proj.weight` is `blk.3.ffn_up.weight`.
    static func ggufName(_ name: String) -> String {
        switch name {
        case "model.embed_tokens.weight": return "token_embd.weight"
        case "model.norm.weight": return "output_norm.weight"
        case "lm_head.weight": return "output.weight"
        default: break
        }
        let fields = name.split(separator: ".")
        guard fields.count > 4, fields[1] == "layers" else { return name }
        let part = fields[3..<(fields.count - 1)].joined(separator: ".")
        return "blk.\(fields[2]).\(parts[part] ?? part).\(fields[fields.count - 1])"
    }
}
