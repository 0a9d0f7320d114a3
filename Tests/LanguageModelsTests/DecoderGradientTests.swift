import Foundation
import Tensors
import Testing

@testable import LanguageModels

@Suite struct DecoderGradientTests {
    /// Loss against the naive decoder, and every gradient tensor against its central differences.
    @Test(arguments: 0..<RandomCase.shapes.count, [false, true])
    func lossAndGradientsMatchTheNaiveDecoder(shape index: Int, promptTargets: Bool) {
        checkAgainstTheNaiveDecoder(index, beginning: [], promptTargets: promptTargets)
    }

    /// The same where all prompts begin alike, and that beginning is computed once.
    @Test(arguments: 0..<RandomCase.shapes.count, [false, true])
    func sharedBeginningsMatchTheNaiveDecoder(shape index: Int, promptTargets: Bool) {
        checkAgainstTheNaiveDecoder(index, beginning: [3, 1, 4, 1, 5], promptTargets: promptTargets)
    }

    /// The same as a large model computes it: gains multiplied into inputs, one gradient for all batches.
    @Test(arguments: 0..<RandomCase.shapes.count, [false, true])
    func largeModelsMatchTheNaiveDecoder(shape index: Int, promptTargets: Bool) {
        checkAgainstTheNaiveDecoder(
            index, beginning: [3, 1, 4, 1, 5], promptTargets: promptTargets, isLarge: true)
    }

    /// The same where parts of the prompts do not see each other.
    @Test(arguments: 0..<RandomCase.shapes.count, [false, true])
    func promptsInBlocksMatchTheNaiveDecoder(shape index: Int, promptTargets: Bool) {
        checkAgainstTheNaiveDecoder(
            index, beginning: [3, 1, 4, 1, 5], promptTargets: promptTargets, inBlocks: true)
    }

    private func checkAgainstTheNaiveDecoder(
        _ index: Int, beginning: [Int32], promptTargets: Bool, isLarge: Bool = false, inBlocks: Bool = false
    ) {
        let shape = RandomCase.shapes[index]
        let parameters = RandomCase.parameters(shape, seed: 3)
        var stream = RandomStream(seed: UInt64(index), name: "cases", index: promptTargets ? 1 : 0)
        let cases = (0..<3).map { _ in
            RandomCase.sequence(
                shape, beginning: beginning, promptTargets: promptTargets, inBlocks: inBlocks, stream: &stream
            )
        }
        #expect(!inBlocks || cases.contains { $0.0.blocks.count > 1 })
        var plan: ExecutionPlan = isLarge ? .large : .small
        // Few, so that the head's rows come in several blocks.
        plan.headRows = 7
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 2), plan: plan)
        let batch = PackedBatch(cases.map(\.0), targets: cases.map(\.1), leastShared: 5)
        #expect(batch.sharedRows >= beginning.count)
        let (loss, gradient) = decoder.lossAndGradient([batch], scale: 0.5)

        let naive = NaiveDecoder(parameters)
        naive.expect(loss, gradient, of: cases, scale: 0.5, at: parameters.layout, stream: &stream)
    }

    /// A tree's branches give the loss and gradient of its paths, each computed on its own.
    @Test(arguments: 0..<RandomCase.shapes.count)
    func packedBranchesEqualSeparateSequences(shape index: Int) {
        let shape = RandomCase.shapes[index]
        let parameters = RandomCase.parameters(shape, seed: 5)
        var stream = RandomStream(seed: UInt64(index), name: "branches")
        var (sequence, _) = RandomCase.sequence(shape, promptTargets: false, stream: &stream)
        while sequence.branchParents.count < 5 {
            sequence = RandomCase.sequence(shape, promptTargets: false, stream: &stream).0
        }
        checkAgainstSeparatePaths(sequence, parameters)
    }

    /// The same where documents are texts: their tree is computed in runs of nodes.
    @Test(arguments: 0..<RandomCase.shapes.count)
    func longBranchesEqualSeparateSequences(shape index: Int) {
        let shape = RandomCase.shapes[index]
        var stream = RandomStream(seed: UInt64(index), name: "long branches")
        var (sequence, _) = RandomCase.sequence(shape, promptTargets: false, stream: &stream)
        let places = (0..<2).map { _ in
            sequence.root + stream.uniform(below: sequence.tokens.count - sequence.root)
        }
        for (start, length) in zip(places, [TreeLayout.deepestListed + 1, 20]) {
            var place = start
            for _ in 0..<length {
                place = sequence.append(token: Int32(stream.uniform(below: shape.vocabulary)), parent: place)
            }
            // A branch off the middle of what was just added.
            place -= length / 2
            for _ in 0..<5 {
                place = sequence.append(token: Int32(stream.uniform(below: shape.vocabulary)), parent: place)
            }
        }
        checkAgainstSeparatePaths(sequence, RandomCase.parameters(shape, seed: 5))
    }

    private func checkAgainstSeparatePaths(_ sequence: PackedSequence, _ parameters: DecoderParameters) {
        let targets = (sequence.root..<sequence.tokens.count).map {
            TokenTarget(place: $0, token: Int32($0 % parameters.configuration.vocabulary), weight: 1)
        }
        let separate = targets.map { target -> (PackedSequence, [TokenTarget]) in
            var path: [Int32] = []
            var place = Int(target.place)
            while place >= sequence.promptLength {
                path.insert(sequence.tokens[place], at: 0)
                place = Int(sequence.branchParents[place - sequence.promptLength])
            }
            let tokens = Array(sequence.tokens[..<sequence.promptLength]) + path
            let own = TokenTarget(place: tokens.count - 1, token: target.token, weight: 1)
            return (PackedSequence(prompt: tokens), [own])
        }
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 1))
        let packed = decoder.lossAndGradient([PackedBatch([sequence], targets: [targets])], scale: 1)
        let packedGradient = packed.gradient.array
        let plain = decoder.lossAndGradient(
            [PackedBatch(separate.map(\.0), targets: separate.map(\.1))], scale: 1)
        #expect(abs(packed.loss - plain.loss) < 1e-5 * plain.loss)
        for index in 0..<parameters.layout.count {
            let expected = plain.gradient[index]
            #expect(abs(packedGradient[index] - expected) < 1e-4 * max(1, abs(expected)))
        }
    }

    @Test(arguments: [false, true]) func bitsDoNotDependOnThreads(isLarge: Bool) {
        let shape = RandomCase.shapes[0]
        var stream = RandomStream(seed: 1, name: "threads")
        let batches =
            (0..<7).map { _ in
                let cases = (0..<3).map { _ in
                    RandomCase.sequence(shape, promptTargets: true, stream: &stream)
                }
                return PackedBatch(cases.map(\.0), targets: cases.map(\.1))
            } + [PackedBatch([PackedSequence(prompt: [1, 2])]), PackedBatch([PackedSequence(prompt: [3])])]
        let results = [1, 2, 3].map { threads -> (Double, [Float]) in
            let decoder = Decoder(
                RandomCase.parameters(shape, seed: 2), workers: WorkerPool(threads: threads),
                plan: isLarge ? .large : .small
            )
            let (loss, gradient) = decoder.lossAndGradient(batches, scale: 1)
            return (loss, gradient.array)
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }

    @Test func probabilitiesOfAllTokensSumToOne() {
        let shape = RandomCase.shapes[1]
        var stream = RandomStream(seed: 1, name: "sum")
        let (sequence, _) = RandomCase.sequence(shape, promptTargets: false, stream: &stream)
        let batch = PackedBatch([sequence])
        let decoder = Decoder(RandomCase.parameters(shape, seed: 2), workers: WorkerPool(threads: 1))
        let asked = (0..<Int32(shape.vocabulary)).map { RowToken(row: batch.rows - 1, token: $0) }
        let values = decoder.logProbabilities([batch], [asked])[0]
        let logits = decoder.logits(batch, rows: [batch.rows - 1])
        #expect(abs(values.reduce(0.0) { $0 + exp(Double($1)) } - 1) < 1e-5)
        #expect(abs((values[3] - values[7]) - (logits[3] - logits[7])) < 1e-5)
    }
}
