import Foundation

/// Where a pretrained model's weights come from, under the names of Llama checkpoints.
protocol WeightSource: Sendable {
    /// Writes tensor `name` to `target`, which has room for `shape` ([outputs, inputs], row-major).
    func read(_ name: String, shape: [Int], to target: UnsafeMutablePointer<Float>) throws(ModelFileError)

    /// The shape that tensor `name` has in the files; nil where there is none.
    func shape(of name: String) -> [Int]?

    /// Called when all tensors have been read: the files need not stay in memory.
    func release()
}

/// One safetensors file, or, where there is none, the shards that model.safetensors.index.json lists.
struct SafetensorsWeights: WeightSource {
    private let folder: String
    private let fileOf: [String: SafetensorsFile]

    /// - Parameter folder: Holds model.safetensors, or model.safetensors.index.json and its shards.
    init(folder: String) throws(ModelFileError) {
        self.folder = folder
        let index = folder + "/model.safetensors.index.json"
        let single = folder + "/model.safetensors"
        guard FileManager.default.fileExists(atPath: index), !FileManager.default.fileExists(atPath: single)
        else {
            let file = try SafetensorsFile(MappedFile(single))
            fileOf = Dictionary(uniqueKeysWithValues: file.tensors.keys.map { ($0, file) })
            return
        }
        struct Index: Decodable { var weight_map: [String: String] }
        let map = try decodedJSON(Index.self, index).weight_map
        var files: [String: SafetensorsFile] = [:]
        var fileOf: [String: SafetensorsFile] = [:]
        for (tensor, name) in map {
            guard !name.contains("/") else {
                throw .malformed(file: index, reason: "the shard '\(name)' lies in another folder")
            }
            if files[name] == nil { files[name] = try SafetensorsFile(MappedFile(folder + "/" + name)) }
            let file = files[name]
            guard file?.tensors[tensor] != nil else {
                throw .missing(file: folder + "/" + name, name: tensor)
            }
            fileOf[tensor] = file
        }
        self.fileOf = fileOf
    }

    func shape(of name: String) -> [Int]? { fileOf[name]?.tensors[name]?.shape }

    func release() {
        let files = Dictionary(fileOf.values.map { ($0.file.path, $0.file) }) { first, _ in first }
        for file in files.values { file.release() }
    }

    func read(_ name: String, shape: [Int], to target: UnsafeMutablePointer<Float>) throws(ModelFileError) {
        guard let file = fileOf[name], let tensor = file.tensors[name] else {
            throw .missing(file: folder, name: name)
        }
        try file.file.read(tensor, name, shape: shape, to: target)
    }
}

/// A GGUF file of Llama's architecture.
struct GGUFWeights: WeightSource {
    let gguf: GGUFFile
    let configuration: DecoderConfiguration

    private func tensor(_ name: String) -> (name: String, tensor: StoredTensor)? {
        let known = GGUFWeights.ggufName(name)
        return gguf.tensors[known].map { (known, $0) }
    }

    func shape(of name: String) -> [Int]? { tensor(name)?.tensor.shape }

    func release() { gguf.file.release() }

    func read(_ name: String, shape: [Int], to target: UnsafeMutablePointer<Float>) throws(ModelFileError) {
        guard let (known, tensor) = tensor(name) else {
            throw .missing(file: gguf.file.path, name: GGUFWeights.ggufName(name))
        }
        try gguf.file.read(tensor, known, shape: shape, to: target)
        if known.hasSuffix("attn_q.weight") || known.hasSuffix("attn_k.weight") {
            unpermute(target, rows: shape[0], columns: shape[1])
        }
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

/// A JSON file's value.
func decodedJSON<Value: Decodable>(_ type: Value.Type, _ path: String) throws(ModelFileError) -> Value {
    let file = try MappedFile(path)
    let data = try file.withBytes(0, file.count, "the file") { Data($0) }
    do { return try JSONDecoder().decode(type, from: data) } catch {
        throw .malformed(file: path, reason: "it is no JSON of the expected form (\(explained(error)))")
    }
}

private func explained(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
        return "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind"
    case .dataCorrupted: return "it cannot be parsed"
    @unknown default: return "\(error)"
    }
}
