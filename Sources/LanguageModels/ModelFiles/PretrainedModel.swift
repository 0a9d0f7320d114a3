import Foundation
import Tensors

/// A pretrained decoder on disk: a GGUF file, or a folder of safetensors with config.json and tokenizer.json.
///
/// Opening it reads and checks descriptions and tokenizer; weights are read by `parameters()`.
public struct PretrainedModel: Sendable {
    public let path: String
    public let configuration: DecoderConfiguration
    public let tokenizer: BytePairTokenizer
    let weights: any WeightSource

    public init(_ path: String) throws {
        self.path = path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ModelFileError.unreadable(file: path, reason: "no such file or folder")
        }
        if isFolder.boolValue {
            configuration = try DecoderConfiguration(configFile: path + "/config.json")
            tokenizer = try BytePairTokenizer(tokenizerFile: path + "/tokenizer.json")
            weights = try SafetensorsWeights(folder: path)
        } else {
            let gguf = try GGUFFile(MappedFile(path))
            configuration = try DecoderConfiguration(gguf)
            tokenizer = try BytePairTokenizer(gguf)
            weights = GGUFWeights(gguf: gguf, configuration: configuration)
        }
        // Before anything is allocated: a configuration is worth no more memory than the files bear out.
        for entry in ParameterLayout(configuration).entries {
            guard let shape = weights.shape(of: entry.name) else {
                throw ModelFileError.missing(file: path, name: entry.name)
            }
            guard shape == entry.shape else {
                throw ModelFileError.wrongShape(
                    file: path, tensor: entry.name, expected: entry.shape, found: shape)
            }
        }
        guard tokenizer.count <= configuration.vocabulary else {
            throw ModelFileError.malformed(
                file: path,
                reason:
                    "its tokenizer has \(tokenizer.count) tokens, its vocabulary \(configuration.vocabulary)")
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
    ///   - threads: Of the decoder that will compute with them.
    ///   - available: Bytes of memory; nil: this machine's.
    /// - Throws: `ModelFileError.tooLarge` before anything is allocated where they and what training needs do not fit.
    public func parameters(
        _ tuning: FineTuning = .full, optimizer: OptimizerConfiguration.Kind? = nil, threads: Int = 1,
        available: Int? = nil
    ) throws -> DecoderParameters {
        let available = available ?? DecoderConfiguration.machineMemory
        let needed = configuration.memoryBytes(tuning, optimizer: optimizer, threads: threads)
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
