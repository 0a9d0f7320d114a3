import Foundation
import Tensors

/// A pretrained encoder of texts as sentence-transformers uses it: text to unit vector.
///
/// The vector is the mean of the last layer's over all tokens, [CLS] and [SEP] among them, scaled to length 1 (Reimers
/// and Gurevych 2019, DOI 10.18653/v1/D19-1410).
public struct TextEncoder: Sendable {
    /// The model's shape.
    public let configuration: EncoderConfiguration
    /// The tokenizer that the model was trained with.
    public let tokenizer: WordPieceTokenizer
    let parameters: EncoderParameters
    let workers: WorkerPool

    /// Reads config.json, vocab.txt and model.safetensors of a folder, and what stands beside them of sentence-transformers' own.
    ///
    /// Without config.json the shape is taken to be all-MiniLM-L6-v2's, and the tensors' shapes tell whether it is.
    /// - Throws: `ModelFileError`.
    public init(folder: String, workers: WorkerPool) throws(ModelFileError) {
        let length = try EncoderSettings.checkedLength(folder)
        let shape = folder + "/config.json"
        configuration =
            FileManager.default.fileExists(atPath: shape)
            ? try EncoderConfiguration(configurationFile: shape) : .miniLM
        // sentence-transformers cuts all-MiniLM-L6-v2's texts at 256 tokens, although the model has more positions; a fetched
        // folder does not say so.
        tokenizer = try WordPieceTokenizer(
            vocabularyFile: folder + "/vocab.txt", maximumTokens: min(length ?? 256, configuration.positions))
        guard tokenizer.count <= configuration.vocabulary else {
            throw .malformed(
                file: folder + "/vocab.txt",
                reason: "it has \(tokenizer.count) lines, the model \(configuration.vocabulary) tokens")
        }
        parameters = try EncoderParameters(configuration, file: folder + "/model.safetensors")
        self.workers = workers
    }

    /// One row of `configuration.width` numbers a text, of length 1; row-major.
    ///
    /// The same texts in the same order give the same bits for any number of threads.
    public func embed(_ texts: [String]) -> FloatBuffer {
        let tokens = workers.map(texts.count) { tokenizer.encode(texts[$0]) }
        return embed(tokens: tokens)
    }

    /// The same for texts whose tokens are known, [CLS] and [SEP] included.
    func embed(tokens: [[Int32]]) -> FloatBuffer {
        let width = configuration.width
        let embeddings = FloatBuffer(count: tokens.count * width)
        let batches = Self.batches(of: tokens.map(\.count))
        let rows = batches.map { $0.reduce(0) { $0 + tokens[$1].count } }.max() ?? 0
        let longest = tokens.map(\.count).max() ?? 0
        let passes = (0..<min(workers.threads, batches.count)).map { _ in
            EncoderPass(configuration, parameters, rows: rows, longest: longest)
        }
        workers.runAscending(batches.count) { worker, index in
            passes[worker].embed(batches[index].map { tokens[$0] }) { place in
                embeddings.base + batches[index][place] * width
            }
        }
        return embeddings
    }

    /// Texts of like length together, so that a batch's products are large and none waits for a long one.
    ///
    /// Batches are cut by their tokens alone, about 512 of them: what a worker needs then stays in its cache.
    static func batches(of lengths: [Int]) -> [[Int]] {
        let order = lengths.indices.sorted { (lengths[$0], $0) > (lengths[$1], $1) }
        var batches: [[Int]] = []
        var tokens = 0
        for text in order {
            if batches.isEmpty || tokens + lengths[text] > 512 {
                batches.append([])
                tokens = 0
            }
            batches[batches.count - 1].append(text)
            tokens += lengths[text]
        }
        return batches
    }
}
