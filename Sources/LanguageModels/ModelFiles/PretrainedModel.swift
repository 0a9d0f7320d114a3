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

    /// Bytes that the weights take in memory, and where some learn their gradient and an optimiser's two moments.
    ///
    /// - Parameter trains: Whether a part learns; without, the model scores as it is.
    public func memoryBytes(_ tuning: FineTuning = .full, trains: Bool) -> Int {
        let c = configuration
        let layout = ParameterLayout(c)
        let learning = keptWhole(tuning, trains: trains, layout)
        let frozen = tuning.frozenStorage == .bfloat16 ? 2 : 4
        let weights = frozen * (layout.count - learning.count) + 4 * learning.count
        let trained = tuning.adapterRank > 0 ? LowRankAdapters.count(c, tuning) : learning.count
        // Gains folded into weights, and the other three gradients of a small model.
        let small = c.isLarge ? 0 : 4 * layout.count + (trains ? 12 * trained : 0)
        return weights + small + (trains ? 12 * trained : 0)
    }

    /// The offsets that are never in bfloat16.
    private func keptWhole(_ tuning: FineTuning, trains: Bool, _ layout: ParameterLayout) -> Range<Int> {
        trains ? tuning.learningRange(configuration, layout) : 0..<0
    }

    /// The weights, in single precision but for those that `tuning` freezes and wants in bfloat16.
    ///
    /// - Parameter trains: Whether a part learns; without, no weight does.
    /// - Throws: `ModelFileError.tooLarge` before anything is allocated where they do not fit into memory.
    public func parameters(_ tuning: FineTuning = .full, trains: Bool = false) throws -> DecoderParameters {
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        let needed = memoryBytes(tuning, trains: trains)
        guard needed < available else {
            throw ModelFileError.tooLarge(file: path, neededBytes: needed, availableBytes: available)
        }
        let whole = keptWhole(tuning, trains: trains, ParameterLayout(configuration))
        return try DecoderParameters(
            configuration, halvesBut: tuning.frozenStorage == .bfloat16 ? whole : nil
        ) { name, shape, target throws(ModelFileError) in
            try weights.read(name, shape: shape, to: target)
        }
    }
}
