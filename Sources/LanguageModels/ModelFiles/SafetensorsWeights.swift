import Foundation

/// One safetensors file, or, where there is none, the shards that model.safetensors.index.json lists.
struct SafetensorsWeights: WeightSource {
    private let folder: String
    /// The file that holds each tensor, be its format read here or not.
    private let fileOf: [String: SafetensorsFile]
    let files: [String]

    /// - Parameter folder: Holds model.safetensors, or model.safetensors.index.json and its shards.
    init(folder: String) throws(ModelFileError) {
        self.folder = folder
        let index = folder + "/model.safetensors.index.json"
        let single = folder + "/model.safetensors"
        // Where both are there, transformers reads the single file.
        let isSharded =
            FileManager.default.fileExists(atPath: index) && !FileManager.default.fileExists(atPath: single)
        let shards = isSharded ? try Self.shards(index, folder) : [try SafetensorsFile(MappedFile(single))]
        var fileOf: [String: SafetensorsFile] = [:]
        for shard in shards {
            for name in Array(shard.tensors.keys) + Array(shard.otherTensors.keys) {
                if let other = fileOf.updateValue(shard, forKey: name) {
                    throw .malformed(
                        file: shard.file.path, reason: "\(other.file.path) has a tensor '\(name)' too")
                }
            }
        }
        self.fileOf = fileOf
        files = shards.map(\.file.path)
    }

    /// The files that an index lists, in the order of their names; each has the tensors that the index says it has.
    private static func shards(_ index: String, _ folder: String) throws(ModelFileError) -> [SafetensorsFile]
    {
        let members = try JSONMembers(file: index)
        try members.refuse(except: ["weight_map", "metadata"])
        let map = try members.required("weight_map", members.object("weight_map"))
        var files: [String: SafetensorsFile] = [:]
        for (tensor, value) in map.members {
            // A name with a slash could lead out of the folder.
            guard let name = value.text, !name.contains("/"), !name.isEmpty else {
                throw .malformed(
                    file: index, reason: "'\(tensor)' is in \(value.summary), which is no file of its folder")
            }
            let file: SafetensorsFile
            if let known = files[name] {
                file = known
            } else {
                file = try SafetensorsFile(MappedFile(folder + "/" + name))
            }
            files[name] = file
            guard file.tensors[tensor] != nil || file.otherTensors[tensor] != nil else {
                throw .missing(file: file.file.path, name: tensor)
            }
        }
        return files.values.sorted { $0.file.path < $1.file.path }
    }

    func shape(of name: String) throws(ModelFileError) -> [Int]? {
        guard let file = fileOf[name] else { return nil }
        if let type = file.otherTensors[name] {
            throw .format(name, type, read: SafetensorsFile.formatNames, in: file.file.path)
        }
        return file.tensors[name]?.shape
    }

    /// What checkpoints of old versions keep beside weights, each made anew from the configuration.
    private static let buffers = [
        "rotary_emb.inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached", "masked_bias",
    ]

    func refuseUnread(_ read: Set<String>) throws(ModelFileError) {
        for (name, file) in fileOf.sorted(by: { $0.key < $1.key }) where !read.contains(name) {
            if let type = file.otherTensors[name], SafetensorsFile.isWhole(type: type) { continue }
            if Self.buffers.contains(where: { name.hasSuffix("." + $0) }) { continue }
            if name == "lm_head.weight" {
                try refuseUntied(file)
                continue
            }
            throw .unread(name, in: file.file.path)
        }
    }

    /// An output head that a configuration ties to the embedding, and which the files hold nevertheless, has to be equal to
    /// it: transformers keeps it apart otherwise, and in its older versions does not.
    private func refuseUntied(_ file: SafetensorsFile) throws(ModelFileError) {
        let embedding = "model.embed_tokens.weight"
        guard let head = file.tensors["lm_head.weight"], let source = fileOf[embedding],
            let tied = source.tensors[embedding], tied.shape == head.shape, tied.format == head.format,
            try file.file.bytes(head, "lm_head.weight").elementsEqual(source.file.bytes(tied, embedding))
        else {
            throw .unsupported(
                file: file.file.path,
                what:
                    "its 'lm_head.weight' is not its embedding, and 'tie_word_embeddings' of config.json says so"
            )
        }
    }

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

extension MappedFile {
    /// A tensor's bytes as the file has them.
    fileprivate func bytes(_ tensor: StoredTensor, _ name: String) throws(ModelFileError) -> Data {
        let length = tensor.format.bytes(count: tensor.count) ?? 0
        return try withBytes(tensor.offset, length, "tensor '\(name)'") { Data($0) }
    }
}
