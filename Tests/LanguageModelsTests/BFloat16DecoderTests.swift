import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// A decoder whose products take bfloat16, against the same one in float32.
@Suite struct BFloat16DecoderTests {
    static let shapes =
        RandomCase.shapes + [
            DecoderConfiguration(
                vocabulary: 301, width: 96, layers: 3, heads: 6, keyValueHeads: 2, headDimension: 16,
                feedForward: 200),
            DecoderConfiguration(
                vocabulary: 500, width: 128, layers: 3, heads: 4, keyValueHeads: 2, headDimension: 32,
                feedForward: 320, tiedHead: false),
        ]

    private func batches(_ shape: DecoderConfiguration, promptTargets: Bool) -> [PackedBatch] {
        var stream = RandomStream(seed: 4, name: "bfloat16")
        return (0..<4).map { _ in
            let cases = (0..<6).map { _ in
                RandomCase.sequence(
                    shape, beginning: [3, 1, 4, 1, 5], promptTargets: promptTargets, stream: &stream)
            }
            return PackedBatch(cases.map(\.0), targets: cases.map(\.1), leastShared: 5)
        }
    }

    private func decoder(
        _ shape: DecoderConfiguration, _ precision: Precision, threads: Int = 2, isLarge: Bool = false
    ) -> Decoder {
        Decoder(
            RandomCase.parameters(shape, seed: 3), workers: WorkerPool(threads: threads),
            precision: precision,
            plan: isLarge ? .large : .small)
    }

    /// A prompt whose attention is rounded, dense or in blocks of 20 tokens, and a shorter one whose attention is not.
    private func longBatch(_ shape: DecoderConfiguration, inBlocks: Bool) -> PackedBatch {
        var stream = RandomStream(seed: 5, name: "bfloat16")
        func token() -> Int32 { Int32(stream.uniform(below: shape.vocabulary)) }
        let cases = [ExecutionPlan.leastRoundedKeys + 31, 90].map { length in
            let starts = inBlocks ? Array(stride(from: 7, to: length - 20, by: 20)) : []
            var sequence = PackedSequence(
                prompt: (0..<length).map { _ in token() }, blocks: starts.map { $0..<$0 + 20 })
            var place = sequence.root
            for _ in 0..<5 { place = sequence.append(token: token(), parent: place) }
            _ = sequence.append(token: token(), parent: sequence.root)
            let targets = stride(from: 0, to: sequence.tokens.count, by: 3).map {
                TokenTarget(place: $0, token: token(), weight: 0.2 + stream.uniformFloat())
            }
            return (sequence, targets)
        }
        return PackedBatch(cases.map(\.0), targets: cases.map(\.1))
    }

    /// Long prompts' attention is within the same bounds, and does not depend on threads.
    @Test(arguments: [false, true]) func longPromptsAreCloseToThoseOfFloat32(inBlocks: Bool) {
        let shape = Self.shapes[Self.shapes.count - 1]
        let batch = longBatch(shape, inBlocks: inBlocks)
        let exact = decoder(shape, .float32).lossAndGradient([batch, batch], scale: 0.01)
        let own = [1, 2].map { threads in
            let decoder = decoder(shape, .bfloat16, threads: threads)
            let (loss, gradient) = decoder.lossAndGradient([batch, batch], scale: 0.01)
            return (loss, gradient.array)
        }
        #expect(own[0] == own[1])
        #expect(abs(own[0].0 / exact.loss - 1) < 2e-3)
        expectClose(own[0].1, exact.gradient.array, decoder(shape, .float32), bound: 0.02)
    }

    private func expectClose(_ values: [Float], _ expected: [Float], _ decoder: Decoder, bound: Double) {
        for entry in decoder.parameters.layout.entries {
            let range = entry.offset..<entry.offset + entry.count
            let (a, b) = (values[range].map(Double.init), expected[range].map(Double.init))
            func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
            let distance = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            let (length, ownLength) = (dot(b, b).squareRoot(), dot(a, a).squareRoot())
            #expect(distance < bound * length, "\(entry.name): \(distance / length)")
            #expect(dot(a, b) > 0.999 * length * ownLength, "\(entry.name)")
        }
    }

    /// Each tensor's gradient: relative distance of at most 2 % (twice that where a product sums over 20 elements or fewer,
    /// whose errors do not average out), cosine above 0.999.
    @Test(arguments: 0..<shapes.count, [false, true])
    func gradientsAreCloseToThoseOfFloat32(shape index: Int, isLarge: Bool) {
        let shape = Self.shapes[index]
        let batches = batches(shape, promptTargets: index % 2 == 0)
        let exact = decoder(shape, .float32, isLarge: isLarge).lossAndGradient(batches, scale: 0.01)
        let expected = exact.gradient.array
        let own = decoder(shape, .bfloat16, isLarge: isLarge)
        let rounded = own.lossAndGradient(batches, scale: 0.01)
        #expect(abs(rounded.loss / exact.loss - 1) < 2e-3)
        #expect(rounded.loss != exact.loss)
        expectClose(rounded.gradient.array, expected, own, bound: shape.width > 20 ? 0.02 : 0.04)
    }

    @Test(arguments: [false, true]) func bitsDoNotDependOnThreads(isLarge: Bool) {
        let shape = Self.shapes[4]
        let batches = batches(shape, promptTargets: true)
        let results = [1, 2, 3].map { threads in
            let own = decoder(shape, .bfloat16, threads: threads, isLarge: isLarge)
            let (loss, gradient) = own.lossAndGradient(batches, scale: 1)
            return (loss, gradient.array)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    /// Weights are rounded anew when they change, for scores before and after a gradient was wanted.
    @Test func productsFollowTheWeights() {
        let shape = Self.shapes[0]
        let batch = batches(shape, promptTargets: true)[0]
        let own = decoder(shape, .bfloat16)
        let before = own.logits(batch, rows: [batch.rows - 1])
        _ = own.lossAndGradient([batch], scale: 1)
        #expect(own.logits(batch, rows: [batch.rows - 1]) == before)
        for index in 0..<own.parameters.layout.count { own.parameters.values.base[index] *= 1.5 }
        own.weightsChanged()
        let after = own.logits(batch, rows: [batch.rows - 1])
        #expect(after != before)
        let whole = decoder(shape, .float32)
        for index in 0..<whole.parameters.layout.count { whole.parameters.values.base[index] *= 1.5 }
        whole.weightsChanged()
        let exact = whole.logits(batch, rows: [batch.rows - 1])
        let largest = exact.map(abs).max() ?? 0
        #expect(zip(after, exact).allSatisfy { abs($0 - $1) < 0.03 * largest })
    }
}
