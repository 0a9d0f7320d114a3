import Foundation
import Tensors

/// A pretrained decoder on disk: a GGUF file, or a folder of safetensors with config.json and tokenizer.json.
///
/// Opening it reads and checks descriptions and tokenizer; weights are read by `parameters()`. What a file says and RankBridge
/// does not compute is refused by its name: a model that opens gives the logits that transformers gives.
public struct PretrainedModel: Sendable {
    /// The file or folder, as it was named.
    public let path: String
    /// The model's shape.
    public let configuration: DecoderConfiguration
    /// The tokenizer that the model was trained with.
    public let tokenizer: BytePairTokenizer
    let weights: any WeightSource

    /// Opens a model.
    ///
    /// - Parameter path: A GGUF file, the first part of a split one, or a folder.
    /// - Throws: `ModelFileError`, which names the file and what is wrong with it or is not done here.
    public init(_ path: String) throws {
        self.path = path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ModelFileError.unreadable(file: path, reason: "no such file or folder")
        }
        let tokenizer: BytePairTokenizer
        if isFolder.boolValue {
            try Self.refuseAdapter(path)
            configuration = try DecoderConfiguration(configFile: path + "/config.json")
            tokenizer = try BytePairTokenizer(tokenizerFile: path + "/tokenizer.json")
            try TokenizerConfigurationFile.check(path + "/tokenizer_config.json", against: tokenizer)
            weights = try SafetensorsWeights(folder: path)
        } else {
            let gguf = try GGUFWeights(GGUFModel(path))
            configuration = gguf.configuration
            tokenizer = try BytePairTokenizer(gguf.gguf)
            weights = gguf
        }
        self.tokenizer = try tokenizer.limited(to: configuration.vocabulary, path: path)
        try checkTensors()
    }

    /// Before anything is allocated: a configuration is worth no more memory than the files bear out.
    private func checkTensors() throws(ModelFileError) {
        let entries = ParameterLayout(configuration).entries
        for entry in entries {
            guard let shape = try weights.shape(of: entry.name) else {
                throw .missing(file: path, name: entry.name)
            }
            guard shape == entry.shape else {
                throw .wrongShape(file: path, tensor: entry.name, expected: entry.shape, found: shape)
            }
        }
        try weights.refuseUnread(Set(entries.map(\.name)))
    }

    /// Adapters beside a model would change what transformers computes with it.
    private static func refuseAdapter(_ folder: String) throws(ModelFileError) {
        let file = folder + "/adapter_config.json"
        guard !FileManager.default.fileExists(atPath: file) else {
            throw .unsupported(file: file, what: "adapters are not read here: merge them into the model")
        }
    }

    /// The text of the model's tokenizer.json; of a GGUF file one that is made from its metadata.
    public func tokenizerFile() throws -> String {
        if let gguf = weights as? GGUFWeights { return try gguf.gguf.tokenizerFile() }
        let file = URL(fileURLWithPath: path).appendingPathComponent("tokenizer.json")
        return try FileFailure.naming(file) { try String(contentsOf: file, encoding: .utf8) }
    }

    /// The weights, in single precision but for those that `tuning` freezes and wants in bfloat16.
    ///
    /// - Parameters:
    ///   - optimizer: What will move those that learn; nil where the model scores alone.
    ///   - precision: Of the products of the decoder that will compute with them: in bfloat16 it has copies of the weights.
    ///   - threads: Of the decoder that will compute with them.
    ///   - available: Bytes of memory; nil: this machine's.
    /// - Throws: `ModelFileError.tooLarge` before anything is allocated where they and what training needs do not fit.
    public func parameters(
        _ tuning: FineTuning = .full, optimizer: OptimizerConfiguration.Kind? = nil,
        precision: Precision = .float32, threads: Int = 1, available: Int? = nil
    ) throws -> DecoderParameters {
        let available = available ?? ResourceUsage.machineMemoryBytes
        let needed = configuration.memoryBytes(
            tuning, optimizer: optimizer, threads: threads, precision: precision)
        guard needed < available else {
            throw ModelFileError.tooLarge(file: path, neededBytes: needed, availableBytes: available)
        }
        defer { weights.release() }
        let whole = tuning.wholeRange(configuration, ParameterLayout(configuration))
        return try DecoderParameters(configuration, halvesBut: whole) {
            name, shape, target throws(ModelFileError) in
            try weights.read(name, shape: shape, to: target)
        }
    }
}

extension PretrainedModel {
    /// The files that a model is read from, in the order that makes its identity: of a folder those that are a model's, by
    /// name; of a split GGUF file all parts; else the file itself.
    public static func files(_ path: String) throws -> [URL] {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let url = URL(fileURLWithPath: path)
        guard isFolder.boolValue else {
            // What is no GGUF file, or a damaged one, has no parts.
            return (try? GGUFModel(path))?.parts.map { URL(fileURLWithPath: $0.file.path) } ?? [url]
        }
        let isEncoder = FileManager.default.fileExists(
            atPath: url.appendingPathComponent("sentence_bert_config.json").path)
        // A link to a folder would be listed as empty, and every model behind a link have one and the same identity.
        return try FileFailure.naming(url) {
            try FileManager.default.contentsOfDirectory(
                at: url.resolvingSymlinksInPath(), includingPropertiesForKeys: nil)
        }
        .filter { isPart($0.lastPathComponent, besideEncoder: isEncoder) }
        .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// Whether what a model computes depends on the folder's file of that name. Of a text encoder two more say where it cuts
    /// texts; for a decoder the tokenizer's settings can only refuse the folder.
    private static func isPart(_ name: String, besideEncoder isEncoder: Bool) -> Bool {
        name.hasSuffix(".safetensors") || name.hasSuffix(".safetensors.index.json")
            || ["config.json", "tokenizer.json", "vocab.txt"].contains(name)
            || isEncoder && ["sentence_bert_config.json", "tokenizer_config.json"].contains(name)
    }
}
