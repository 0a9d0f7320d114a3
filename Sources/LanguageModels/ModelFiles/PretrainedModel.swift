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
        guard tokenizer.highestId < configuration.vocabulary else {
            throw ModelFileError.malformed(
                file: path,
                reason: "its tokenizer has the id \(tokenizer.highestId), its vocabulary ends before it")
        }
    }

    /// Bytes that the weights take in memory: single precision, once as they are and once with gains folded in.
    public var weightBytes: Int {
        let c = configuration
        let folded = c.layers * (c.qkvWidth + 2 * c.feedForward) * c.width + c.vocabulary * c.width
        return 4 * (c.parameterCount + folded)
    }

    /// The weights in single precision.
    ///
    /// - Throws: `ModelFileError.tooLarge` before anything is allocated where they do not fit into memory.
    public func parameters() throws -> DecoderParameters {
        let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard weightBytes < available else {
            throw ModelFileError.tooLarge(file: path, neededBytes: weightBytes, availableBytes: available)
        }
        return try DecoderParameters(configuration) { name, shape, target throws(ModelFileError) in
            try weights.read(name, shape: shape, to: target)
        }
    }
}
