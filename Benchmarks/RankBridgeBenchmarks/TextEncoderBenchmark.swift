import Foundation
import LanguageModels
import Tensors

/// Embedding of WordNet's glosses, against the same model in PyTorch by sentence-transformers' recipe; both tokenise.
struct TextEncoderBenchmark {
    /// Holds vocab.txt and model.safetensors.
    let folder: String
    /// Holds data.noun.
    let wordNet: String
    let workers: WorkerPool
    let pytorch: PyTorchStep?

    /// Every so many-th noun synset's gloss is embedded.
    private static let step = 40

    func run() throws {
        let texts = try glosses()
        let encoder = try TextEncoder(folder: folder, workers: workers)
        _ = encoder.embed(Array(texts.prefix(64)))
        for pair in 1...3 { try runPair(pair, texts, encoder) }
    }

    /// One timing of ours and one of theirs, one after the other.
    private func runPair(_ pair: Int, _ texts: [String], _ encoder: TextEncoder) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let own = encoder.embed(texts)
        let seconds = (clock.now - start) / .seconds(1)
        let rate = Double(texts.count) / seconds
        guard let pytorch else {
            print(String(format: "embedding: ours %.0f titles a second (%d titles)", rate, texts.count))
            return
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("titles-\(UUID()).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(texts.map { $0 + "\n" }.joined().utf8).write(to: file)
        let theirs = try pytorch.run([folder, file.path, "\(workers.threads)"])
        let apart = theirs.losses.enumerated().map { place, value in
            abs(Double(own[place * encoder.configuration.width]) - value)
        }.max()
        print(
            String(
                format: "embedding, pair %d: ours %.0f titles a second, PyTorch %@ %.0f: ratio %.2f"
                    + " (%d titles; first numbers at most %.1e apart)",
                pair, rate, theirs.torch, 1000 * Double(texts.count) / theirs.milliseconds_per_step,
                theirs.milliseconds_per_step / (1000 * seconds), texts.count, apart ?? 0))
    }

    private func glosses() throws -> [String] {
        let file = URL(fileURLWithPath: wordNet + "/data.noun")
        let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("  ") }
        return stride(from: 0, to: lines.count, by: Self.step).map { index in
            let fields = lines[index].split(separator: " ")
            let gloss = lines[index].split(separator: " | ", maxSplits: 1).last ?? ""
            return fields[4].replacing("_", with: " ") + ": " + gloss
        }
    }
}
