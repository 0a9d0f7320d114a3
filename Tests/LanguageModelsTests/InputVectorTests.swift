import Tensors
import Testing

@testable import LanguageModels

/// Decoders of sequences that hold vectors beside tokens.
@Suite struct InputVectorTests {
    /// Loss and gradients are the naive decoder's, where a third of the places hold vectors.
    @Test(arguments: 0..<RandomCase.shapes.count, [false, true])
    func vectorsStandWhereEmbeddingsWould(shape index: Int, isLarge: Bool) {
        let shape = RandomCase.shapes[index]
        let parameters = RandomCase.parameters(shape, seed: 7)
        var stream = RandomStream(seed: UInt64(index), name: "vectors")
        let count = 6
        let values = FloatBuffer((0..<count * shape.width).map { _ in stream.normal() })
        var cases = (0..<3).map { _ in
            RandomCase.sequence(shape, promptTargets: true, inBlocks: true, stream: &stream)
        }
        var replaced = 0
        for number in cases.indices {
            for place in cases[number].0.tokens.indices where stream.uniform(below: 3) == 0 {
                cases[number].0.tokens[place] = Int32(shape.vocabulary + stream.uniform(below: count))
                replaced += 1
            }
        }
        #expect(replaced > 5)
        let decoder = Decoder(
            parameters, workers: WorkerPool(threads: 2),
            inputVectors: InputVectors(values, width: shape.width), plan: isLarge ? .large : .small)
        #expect(decoder.readsVectors)
        let (loss, gradient) = decoder.lossAndGradient(
            [PackedBatch(cases.map(\.0), targets: cases.map(\.1))], scale: 0.5)

        var naive = NaiveDecoder(parameters)
        naive.inputVectors = (0..<count).map { row in
            (0..<shape.width).map { Double(values[row * shape.width + $0]) }
        }
        naive.expect(loss, gradient, of: cases, scale: 0.5, at: parameters.layout, stream: &stream)
    }
}
