import Foundation
import LanguageModels
import Tensors

/// Time and memory of a step of the compact decoder by its prompts' length, where every token sees all before it and where
/// documents do not see each other.
struct LongPromptBenchmark {
    let workers: WorkerPool
    /// Queries of a step, tokens of a document and of a query's answers.
    private static let queries = 2
    private static let document = 20
    private static let answer = 12
    private static let lengths = [250, 500, 1000, 2000, 4000]

    func run() {
        print(
            "long prompts: compact decoder, \(Self.queries) queries a step, documents of \(Self.document) tokens"
        )
        print("  tokens  dense ms  blocks ms  dense/blocks  peak memory of this process so far, MB")
        for length in Self.lengths {
            // In blocks first: what the dense computation takes more would show in the peak.
            let blocks = milliseconds(length, inBlocks: true)
            let dense = milliseconds(length, inBlocks: false)
            print(
                String(
                    format: "  %6d  %8.1f  %9.1f  %12.2f  %6.0f", length, dense, blocks, dense / blocks,
                    Double(ResourceUsage.current.peakMemoryBytes) / 1e6))
        }
    }

    /// Median milliseconds of loss and gradient.
    private func milliseconds(_ length: Int, inBlocks: Bool) -> Double {
        let decoder = Decoder(DecoderParameters(.compact, seed: 1), workers: workers)
        var stream = RandomStream(seed: 1, name: "long prompts")
        let batches = (0..<Self.queries).map { _ in batch(length, inBlocks: inBlocks, &stream) }
        let scale = 1 / Float(Self.queries * Self.answer)
        return median(
            (0..<4).map { _ in seconds { _ = decoder.lossAndGradient(batches, scale: scale) } * 1000 })
    }

    private func batch(_ length: Int, inBlocks: Bool, _ stream: inout RandomStream) -> PackedBatch {
        func token() -> Int32 { Int32(stream.uniform(below: DecoderConfiguration.compact.vocabulary)) }
        let starts = Array(stride(from: Self.document, to: length - 1, by: Self.document))
        var sequence = PackedSequence(
            prompt: (0..<length).map { _ in token() },
            blocks: inBlocks ? zip(starts, starts.dropFirst()).map { $0..<$1 } : [])
        var targets: [TokenTarget] = []
        for _ in 0..<Self.answer {
            let place = sequence.tokens.count - 1
            targets.append(TokenTarget(place: place, token: token(), weight: 1))
            _ = sequence.append(token: token(), parent: place)
        }
        return PackedBatch([sequence], targets: [targets])
    }
}
