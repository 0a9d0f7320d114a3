import Foundation
import LanguageModels
import RankingData
import Tensors

/// Embeddings on disk, a file for each block of texts, named after what it is made of: the model and the block's texts.
///
/// So work that was interrupted goes on behind its last block, and other texts or another model make other files.
public struct EmbeddingCache: Sendable {
    /// Texts of a block.
    static let block = 4_096

    /// Where the blocks lie, which need not exist yet.
    public let folder: URL
    private let model: String

    /// - Parameters:
    ///   - folder: Where the blocks lie; made when the first is written.
    ///   - model: What identifies the model: the SHA-256 of its files.
    public init(_ folder: URL, model: String) {
        self.folder = folder
        self.model = model
    }

    /// The embeddings of `texts`, made where they are not there yet.
    ///
    /// A block that is not what was written is made again. The same texts give the same bits for any number of threads and
    /// wherever earlier work was interrupted: a block is embedded by itself.
    /// - Parameters:
    ///   - encoder: Makes them; its width is theirs.
    ///   - progress: Told of texts done and of all after each block that had to be made; false ends the work.
    /// - Throws: `EmbeddingError.notFinite` where the encoder's numbers overflow; `FileFailure`; `CancellationError` where
    ///   `progress` ended it.
    public func embeddings(
        of texts: [String], by encoder: TextEncoder, progress: (_ done: Int, _ all: Int) -> Bool
    ) throws -> CachedEmbeddings {
        let width = encoder.configuration.width
        BlockFile.removeAbandoned(in: folder)
        var files: [BlockFile] = []
        for first in stride(from: 0, to: texts.count, by: Self.block) {
            let block = Array(texts[first..<min(first + Self.block, texts.count)])
            let file = BlockFile(url: folder.appendingPathComponent(name(of: block)))
            files.append(file)
            // The digest is computed here, once for each block, and not again at every later read.
            guard file.read(bytes: 4 * block.count * width, isVerified: true) == nil else { continue }
            let values = encoder.embed(block)
            if let number = values.firstNotFinite {
                throw EmbeddingError.notFinite(text: block[number / width])
            }
            try file.write(UnsafeRawBufferPointer(start: values.base, count: 4 * values.count))
            // Asked after the block is on disk, so that whoever stops the work loses none of it.
            guard progress(first + block.count, texts.count) else { throw CancellationError() }
        }
        return CachedEmbeddings(files: files, count: texts.count, width: width)
    }

    private func name(of block: [String]) -> String {
        let fingerprint = Fingerprint()
        fingerprint.update(Data(model.utf8))
        for text in block {
            // A byte that no text holds keeps the texts "ab", "c" apart from "a", "bc".
            fingerprint.update(Data([0]))
            fingerprint.update(Data(text.utf8))
        }
        return fingerprint.hexadecimal() + ".f32"
    }
}

/// Embeddings that an `EmbeddingCache` keeps, read from its blocks when they are wanted.
public struct CachedEmbeddings: EmbeddingSource {
    let files: [BlockFile]
    /// Texts, in the order in which they were given.
    public let count: Int
    /// Numbers of a vector: the encoder's width.
    public let width: Int

    /// SHA-256 over the names of the blocks, which say what they were made of.
    public var fingerprint: String {
        Fingerprint.of(Data(files.map(\.url.lastPathComponent).joined(separator: "\n").utf8))
    }

    /// - Throws: `EmbeddingError.malformed` for a block that is gone.
    public func read(_ rows: Range<Int>, to target: UnsafeMutablePointer<Float>) throws {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) are not all there")
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (block, within) = row.quotientAndRemainder(dividingBy: EmbeddingCache.block)
            let held = min(EmbeddingCache.block, count - block * EmbeddingCache.block)
            let taken = min(held - within, rows.upperBound - row)
            guard let bytes = files[block].read(bytes: 4 * held * width, isVerified: false) else {
                throw EmbeddingError.malformed(
                    file: files[block].url.path, reason: "it was there a moment ago")
            }
            bytes.withUnsafeBytes { source in
                let place = UnsafeMutableRawPointer(target + (row - rows.lowerBound) * width)
                place.copyMemory(
                    from: source.baseAddress! + 4 * within * width, byteCount: 4 * taken * width)
            }
            row += taken
        }
    }
}
