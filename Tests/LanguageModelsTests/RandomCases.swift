import Tensors

@testable import LanguageModels

/// Small decoders and packed sequences drawn at random, for comparing implementations.
enum RandomCase {
    static let shapes = [
        DecoderConfiguration(
            vocabulary: 40, width: 16, layers: 2, heads: 4, keyValueHeads: 2, headDimension: 4,
            feedForward: 24),
        DecoderConfiguration(
            vocabulary: 33, width: 20, layers: 3, heads: 2, keyValueHeads: 1, headDimension: 16,
            feedForward: 36,
            rotaryBase: 500, tiedHead: false),
        DecoderConfiguration(
            vocabulary: 64, width: 32, layers: 1, heads: 3, keyValueHeads: 3, headDimension: 40,
            feedForward: 8),
        DecoderConfiguration(
            vocabulary: 30, width: 16, layers: 2, heads: 4, keyValueHeads: 2, headDimension: 8,
            feedForward: 12, slidingWindow: 3),
    ]

    /// Weights with gains away from 1, so that a lost gain shows.
    static func parameters(_ shape: DecoderConfiguration, seed: UInt64) -> DecoderParameters {
        let parameters = DecoderParameters(shape, seed: seed)
        var stream = RandomStream(seed: seed, name: "gains")
        for entry in parameters.layout.entries where entry.shape.count == 1 {
            for index in 0..<entry.count {
                parameters.values[entry.offset + index] = 1 + 0.3 * stream.normal()
            }
        }
        return parameters
    }

    /// A prompt (that begins so) with a random tree, and targets at some places.
    static func sequence(
        _ shape: DecoderConfiguration, beginning: [Int32] = [], promptTargets: Bool, inBlocks: Bool = false,
        stream: inout RandomStream
    ) -> (PackedSequence, [TokenTarget]) {
        func token() -> Int32 { Int32(stream.uniform(below: shape.vocabulary)) }
        let length = (inBlocks ? 8 : 1) + stream.uniform(below: 12)
        let prompt = beginning + (0..<length).map { _ in token() }
        // Cuts between the beginning and the root: blocks of any size, some tokens before and after them.
        let cuts =
            inBlocks ? (beginning.count..<prompt.count).filter { _ in stream.uniform(below: 3) > 0 } : []
        var sequence = PackedSequence(
            prompt: prompt, blocks: zip(cuts, cuts.dropFirst()).map { $0..<$1 })
        for _ in 0..<stream.uniform(below: 14) {
            let parent = sequence.root + stream.uniform(below: sequence.tokens.count - sequence.root)
            _ = sequence.append(token: token(), parent: parent)
        }
        let first = promptTargets ? 0 : sequence.root
        var targets: [TokenTarget] = []
        for place in first..<sequence.tokens.count
        where stream.uniform(below: 4) > 0 || place == sequence.root {
            for _ in 0...stream.uniform(below: 2) {
                targets.append(TokenTarget(place: place, token: token(), weight: 0.2 + stream.uniformFloat()))
            }
        }
        return (sequence, targets)
    }
}
