import Tensors
import Testing

@testable import LanguageModels

/// Parts of a decoder that learn while the rest stays, against the gradient of the whole.
@Suite struct FineTuningTests {
    /// Three queries whose prompts begin alike, with targets after the root, and in prompts too.
    private func batch(_ shape: DecoderConfiguration, promptTargets: Bool = true) -> PackedBatch {
        var stream = RandomStream(seed: 4, name: "fine-tuning")
        let cases = (0..<3).map { _ in
            RandomCase.sequence(
                shape, beginning: [3, 1, 4, 1, 5], promptTargets: promptTargets, stream: &stream)
        }
        return PackedBatch(cases.map(\.0), targets: cases.map(\.1), leastShared: 5)
    }

    private func fullGradient(
        _ parameters: DecoderParameters, _ batch: PackedBatch
    ) -> (loss: Double, gradient: [String: [Float]]) {
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 1))
        let (loss, gradient) = decoder.lossAndGradient([batch], scale: 0.5)
        return (loss, parameters.named(gradient).mapValues(\.values))
    }

    /// The weights as the decoder computes with them.
    private func whole(_ decoder: Decoder) -> DecoderParameters {
        DecoderParameters(decoder.parameters.configuration) { name, _, target in
            for entry in decoder.parameters.layout.entries where entry.name == name {
                decoder.write(entry, to: target)
            }
        }
    }

    private func expectClose(_ own: [Float], _ expected: [Float], _ name: String) {
        #expect(own.count == expected.count)
        let largest = expected.reduce(0) { max($0, abs($1)) }
        for (a, b) in zip(own, expected) {
            #expect(abs(a - b) < 1e-4 * max(largest, 1e-3), "\(name): \(a), expected \(b)")
        }
    }

    @Test(arguments: 0..<RandomCase.shapes.count, [false, true])
    func lastLayersHaveTheWholesGradient(shape index: Int, promptTargets: Bool) {
        let shape = RandomCase.shapes[index]
        let parameters = RandomCase.parameters(shape, seed: 3)
        let batch = batch(shape, promptTargets: promptTargets)
        let expected = fullGradient(parameters, batch)
        for lastLayers in 1...shape.layers {
            let decoder = Decoder(
                parameters, workers: WorkerPool(threads: 2), tuning: FineTuning(lastLayers: lastLayers))
            #expect(decoder.trained.entries.count == 9 * lastLayers + 1)
            #expect(decoder.trained.entries.last?.name == "model.norm.weight")
            let (loss, gradient) = decoder.lossAndGradient([batch], scale: 0.5)
            #expect(abs(loss - expected.loss) < 1e-5 * expected.loss)
            #expect(gradient.count == decoder.trained.count)
            for entry in decoder.trained.entries {
                let own = Array(gradient.array[entry.offset..<entry.offset + entry.count])
                expectClose(own, expected.gradient[entry.name] ?? [], entry.name)
            }
        }
    }

    /// The loss of W + s B A, and by the chain rule dA = s B^T dW, dB = s dW A^T.
    @Test(arguments: 0..<RandomCase.shapes.count, [0, 1])
    func adaptersEqualTheMergedModel(shape index: Int, lastLayers: Int) throws {
        let shape = RandomCase.shapes[index]
        let parameters = RandomCase.parameters(shape, seed: 3)
        let batch = batch(shape)
        let rank = 3
        let decoder = Decoder(
            parameters, workers: WorkerPool(threads: 2),
            tuning: FineTuning(lastLayers: lastLayers, adapterRank: rank, adapterAlpha: 6), seed: 7)
        let untouched = fullGradient(parameters, batch).loss
        #expect(abs(decoder.lossAndGradient([batch], scale: 0.5).loss - untouched) < 1e-5 * untouched)

        var stream = RandomStream(seed: 2, name: "B")
        for entry in decoder.trained.entries where entry.name.hasSuffix(".B") {
            for place in 0..<entry.count {
                decoder.trained.base[entry.offset + place] = 0.2 * stream.normal()
            }
        }
        let merged = fullGradient(whole(decoder), batch)
        #expect(abs(merged.loss - untouched) > 1e-3 * untouched)
        let (loss, gradient) = decoder.lossAndGradient([batch], scale: 0.5)
        #expect(abs(loss - merged.loss) < 1e-5 * merged.loss)

        let tensors = decoder.trained.archive().tensors
        let first = lastLayers == 0 ? 0 : shape.layers - lastLayers
        #expect(decoder.trained.entries.count == 8 * (shape.layers - first))
        for layer in first..<shape.layers {
            for projection in Projection.allCases {
                let name = "adapters.\(layer).\(projection)"
                let a = try #require(tensors[name + ".A"]).values
                let b = try #require(tensors[name + ".B"]).values
                let dw = matrixGradient(projection, layer, merged.gradient)
                let (inputs, outputs) = (shape.inputs(projection), shape.outputs(projection))
                var da = [Float](repeating: 0, count: a.count)
                var db = [Float](repeating: 0, count: b.count)
                for o in 0..<outputs {
                    for i in 0..<inputs {
                        for r in 0..<rank {
                            da[r * inputs + i] += 2 * b[o * rank + r] * dw[o * inputs + i]
                            db[o * rank + r] += 2 * dw[o * inputs + i] * a[r * inputs + i]
                        }
                    }
                }
                for (suffix, expected) in [(".A", da), (".B", db)] {
                    let entry = try #require(decoder.trained.entries.first { $0.name == name + suffix })
                    expectClose(
                        Array(gradient.array[entry.offset..<entry.offset + entry.count]), expected, entry.name
                    )
                }
            }
        }
    }

    /// dW of one of a layer's matrices, put together from the tensors of its parts.
    private func matrixGradient(
        _ projection: Projection, _ layer: Int, _ gradient: [String: [Float]]
    ) -> [Float] {
        let parts =
            switch projection {
            case .queryKeyValue: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]
            case .output: ["self_attn.o_proj"]
            case .gateUp: ["mlp.gate_proj", "mlp.up_proj"]
            case .down: ["mlp.down_proj"]
            }
        return parts.flatMap { gradient["model.layers.\(layer).\($0).weight"] ?? [] }
    }

    /// Activations computed once more give the bits that kept ones give.
    @Test(
        arguments: [
            FineTuning.full, FineTuning(lastLayers: 2), FineTuning(lastLayers: 2, adapterRank: 2),
        ], [false, true])
    func recomputedActivationsGiveTheSameBits(tuning: FineTuning, isLarge: Bool) {
        let shape = RandomCase.shapes[1]
        let batches = [batch(shape), batch(shape, promptTargets: false)]
        let results = [false, true].map { recomputes -> (Double, [Float]) in
            let decoder = Decoder(
                RandomCase.parameters(shape, seed: 3), workers: WorkerPool(threads: 2), tuning: tuning,
                plan: isLarge ? .large : .small, recomputes: recomputes)
            let (loss, gradient) = decoder.lossAndGradient(batches, scale: 1)
            return (loss, Array(gradient.array[..<decoder.trained.count]))
        }
        #expect(results[0].1.contains { $0 != 0 })
        #expect(results[0] == results[1])
    }

    /// A copy whose matrices are rounded to bfloat16, all but those that learn; kept as floats, and as halves.
    private func rounded(
        _ parameters: DecoderParameters, _ tuning: FineTuning
    ) -> (floats: DecoderParameters, halves: DecoderParameters) {
        var tuning = tuning
        tuning.frozenStorage = .bfloat16
        let learning = tuning.wholeRange(parameters.configuration, parameters.layout)
        let halves = DecoderParameters(parameters.configuration, halvesBut: learning) { name, _, target in
            for entry in parameters.layout.entries where entry.name == name {
                target.update(from: parameters.values.base + entry.offset, count: entry.count)
            }
        }
        return (whole(Decoder(halves, workers: WorkerPool(threads: 1))), halves)
    }

    @Test(arguments: [
        FineTuning.full, FineTuning(lastLayers: 2), FineTuning(lastLayers: 1, adapterRank: 2),
    ])
    func halvesGiveTheBitsOfRoundedFloats(tuning: FineTuning) {
        for shape in RandomCase.shapes where shape.layers >= 2 {
            let original = RandomCase.parameters(shape, seed: 3)
            let (floats, halves) = rounded(original, tuning)
            for (a, b) in zip(floats.values.array, original.values.array) {
                #expect(abs(a - b) <= abs(b) / 256)
            }
            #expect(floats.values.array != original.values.array)
            let batch = batch(shape)
            let results = [floats, halves].map { parameters in
                let decoder = Decoder(
                    parameters, workers: WorkerPool(threads: 2), tuning: tuning, seed: 3, plan: .large)
                let logits = decoder.logits(batch, rows: [batch.rows - 2, batch.rows - 1])
                guard !tuning.isFull else { return (logits, 0.0, [Float]()) }
                let (loss, gradient) = decoder.lossAndGradient([batch, batch], scale: 1)
                return (logits, loss, Array(gradient.array[..<decoder.trained.count]))
            }
            #expect(results[0] == results[1])
        }
    }

    @Test func bfloat16RoundsToNearestAndKeepsItsOwn() {
        let values: [Float] = [1, -2.5, 1.00390625, 1.0078125, 1.01171875, 0.1]
        let halves = HalfWeights(count: 12, learning: 2..<6)
        #expect(halves.holds(1) && !halves.holds(2) && !halves.holds(5) && halves.holds(6))
        halves.write([7, 8], offset: 0, count: 2)
        halves.write(values, offset: 6, count: 6)
        var back = [Float](repeating: 0, count: 6)
        halves.expand(offset: 6, count: 6, to: &back)
        // Ties go to the even neighbour; 0.1 is 0x3dcccccd.
        #expect(back == [1, -2.5, 1, 1.0078125, 1.015625, Float(bitPattern: 0x3dcd_0000)])
        halves.write(back, offset: 6, count: 6)
        var again = [Float](repeating: 0, count: 6)
        halves.expand(offset: 6, count: 6, to: &again)
        #expect(again == back)
        halves.expand(offset: 0, count: 2, to: &again)
        #expect(Array(again[..<2]) == [7, 8])
    }

    /// Batches without targets take their turn and add nothing.
    @Test(
        arguments: [FineTuning.full, FineTuning(lastLayers: 1), FineTuning(adapterRank: 2)],
        [false, true])
    func batchesWithoutTargetsAddNothing(tuning: FineTuning, isLarge: Bool) {
        let shape = RandomCase.shapes[1]
        let full = batch(shape)
        let empty = PackedBatch([PackedSequence(prompt: [1, 2])])
        func gradient(_ batches: [PackedBatch], threads: Int) -> [Float] {
            let decoder = Decoder(
                RandomCase.parameters(shape, seed: 3), workers: WorkerPool(threads: threads), tuning: tuning,
                plan: isLarge ? .large : .small)
            let (loss, gradient) = decoder.lossAndGradient(batches, scale: 1)
            return [Float(loss)] + gradient.array[..<decoder.trained.count]
        }
        // Every second goes to the same gradient of four, or all to the one.
        let padded = [full, empty, empty, empty, empty, empty, full, empty]
        let alone = [full, empty, empty, empty, empty, empty, full]
        #expect(gradient(padded, threads: 1) == gradient(alone, threads: 2))
        #expect(gradient([empty], threads: 1).allSatisfy { $0 == 0 })
    }

    /// What is computed before anything is allocated, by hand for one shape of 100 million weights.
    @Test func memoryIsKnownBeforehand() {
        let c = DecoderConfiguration(
            vocabulary: 50_000, width: 1_000, layers: 2, heads: 10, keyValueHeads: 10, headDimension: 100,
            feedForward: 2_000, tiedHead: true)
        // A layer: 4 matrices of attention, 3 of feed-forward, 2 gains.
        let layer = 4 * 1_000_000 + 3 * 2_000_000 + 2_000
        let all = 50_000_000 + 2 * layer + 1_000
        #expect(c.parameterCount == all && ExecutionPlan(c) == .large)
        // 512 rows of logits a worker.
        let logits = 4 * 512 * 50_000
        #expect(c.memoryBytes(optimizer: nil, threads: 2) == 4 * all + 2 * logits)
        let head = 50_000_000
        #expect(c.memoryBytes(optimizer: .adamw, threads: 2) == 4 * (all + all + 2 * all) + 2 * logits)
        #expect(
            c.memoryBytes(optimizer: .adamw, threads: 2, precision: .bfloat16)
                == 4 * (all + all + 2 * all) + 3 * logits + RoundedWeights.bytes(c, learns: true))
        #expect(c.memoryBytes(optimizer: .adafactor, threads: 2) == 4 * (all + all + all) + 2 * logits)
        let halves = FineTuning(frozenStorage: .bfloat16)
        let expanded = 4 * (head + head / 8)
        #expect(c.memoryBytes(halves, optimizer: nil, threads: 2) == 2 * all + 2 * expanded + 2 * logits)
        let last = FineTuning(lastLayers: 1)
        let learning = layer + 1_000
        #expect(c.memoryBytes(last, optimizer: .adamw, threads: 1) == 4 * all + 12 * learning + logits)
        let lora = FineTuning(adapterRank: 8, frozenStorage: .bfloat16)
        let adapters = 2 * 8 * (1_000 + 3_000 + 1_000 + 1_000 + 1_000 + 4_000 + 2_000 + 1_000)
        #expect(LowRankAdapters(c, firstLayer: 0, rank: 8, alpha: 1, seed: 1).tensors.count == adapters)
        #expect(
            c.memoryBytes(lora, optimizer: .adamw, threads: 1) == 2 * all + expanded + logits + 16
                * adapters)
        #expect(ExecutionPlan(.compact) == .small)
        // A token's activations: two normalised inputs and what divided them, queries, keys and values, what attention
        // mixed, gate and up, a logarithm a head.
        let token = 4 * (2 * (1_000 + 1) + 3_000 + 1_000 + 4_000 + 10)
        #expect(c.activationBytesPerTokenAndLayer == token)
        let learns = c.memoryBytes(optimizer: .adamw, threads: 2)
        let enough = (learns + 2 * 2 * 900 * token) / 3 * 4 + 100
        #expect(c.keepsActivations(.full, rows: 900, threads: 2, available: enough))
        #expect(!c.keepsActivations(.full, rows: 1_000, threads: 2, available: enough))
        #expect(c.keepsActivations(last, rows: 4_000, threads: 2, available: enough))
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let model = try PretrainedModel(PretrainedModelTests.path("tiny-mistral"))
        let scoring = model.configuration.memoryBytes(optimizer: nil, threads: 1)
        _ = try model.parameters(available: scoring + 1)
        #expect(throws: ModelFileError.self) { try model.parameters(available: scoring) }
        #expect(throws: ModelFileError.self) {
            try model.parameters(optimizer: .adamw, available: scoring + 1)
        }
        // Products in bfloat16 have copies of the weights.
        let rounded = model.configuration.memoryBytes(optimizer: nil, threads: 1, precision: .bfloat16)
        #expect(rounded > scoring)
        #expect(throws: ModelFileError.self) {
            try model.parameters(precision: .bfloat16, available: rounded)
        }
        _ = try model.parameters(precision: .bfloat16, available: rounded + 1)
    }
}
