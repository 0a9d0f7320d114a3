import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// Model files and tokenizers against transformers, tokenizers and gguf; Fixtures/make_pretrained_fixtures.py made the files.
@Suite struct PretrainedModelTests {
    struct Golden: Decodable {
        struct Text: Decodable {
            let text: String
            let ids: [Int32]
            let decoded: String?
            let logits: [Float]?
        }
        struct Training: Decodable {
            let ids: [Int32]
            let learning_rate: Float
            let losses: [Double]
        }
        let texts: [Text]
        /// The texts' ids by tiny-metaspace.json.
        let metaspace: [[Int32]]?
        let training: Training?
    }

    static let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")

    static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    static func golden(_ name: String) throws -> Golden {
        try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path(name + ".json"))))
    }

    @Test(arguments: ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q4_k", "q6_k"])
    func blocksMeanWhatGGUFSays(format: String) throws {
        let file = try GGUFFile(MappedFile(Self.path("blocks.gguf")))
        let tensor = try #require(file.tensors[format])
        let meanings = try TensorArchive(contentsOf: URL(fileURLWithPath: Self.path("blocks.safetensors")))
        let expected = try meanings.values(format, shape: [2, 256])
        #expect(tensor.shape == [2, 256])
        var own = [Float](repeating: .nan, count: 512)
        try own.withUnsafeMutableBufferPointer { target in
            try file.file.read(tensor, format, shape: [2, 256], to: target.baseAddress!)
        }
        for (a, b) in zip(own, expected) { #expect(abs(a - b) <= 1e-6 * max(1e-3, abs(b))) }
    }

    @Test(arguments: [
        ("tiny-mistral", "tiny-mistral"), ("tiny-llama", "tiny-llama.gguf"),
    ])
    func tokensTextAndLogitsMatch(golden name: String, model: String) throws {
        let model = try PretrainedModel(Self.path(model))
        let decoder = Decoder(try model.parameters(), workers: WorkerPool(threads: 1))
        var compared = 0
        for fact in try Self.golden(name).texts {
            let ids = try model.tokenizer.encode(fact.text)
            #expect(ids == fact.ids, "'\(fact.text)'")
            #expect(model.tokenizer.decode(ids) == fact.decoded, "'\(fact.text)'")
            guard let expected = fact.logits else { continue }
            let batch = PackedBatch([PackedSequence(prompt: ids)])
            let own = decoder.logits(batch, rows: [batch.row(sequence: 0, place: ids.count - 1)])
            #expect(own.count == expected.count)
            #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($1)) }, "'\(fact.text)'")
            compared += 1
        }
        #expect(compared > 10)
    }

    @Test func tokenizerFileAndGGUFAgree() throws {
        let fromFile = try BytePairTokenizer(tokenizerFile: Self.path("tiny-llama-tokenizer.json"))
        for fact in try Self.golden("tiny-llama").texts {
            #expect(try fromFile.encode(fact.text) == fact.ids)
        }
    }

    @Test func blanksInThePreTokenizerAreTheSameAsInTheNormalizer() throws {
        let tokenizer = try BytePairTokenizer(tokenizerFile: Self.path("tiny-metaspace.json"))
        let golden = try Self.golden("tiny-mistral")
        let expected = try #require(golden.metaspace)
        #expect(expected.count == golden.texts.count)
        for (fact, ids) in zip(golden.texts, expected) {
            #expect(try tokenizer.encode(fact.text) == ids, "'\(fact.text)'")
        }
    }

    /// Grouped queries, untied head, sliding window, weights from shards.
    @Test func mistralsGradientsAndTenLossesMatch() throws {
        let training = try #require(try Self.golden("tiny-mistral").training)
        let model = try PretrainedModel(Self.path("tiny-mistral"))
        #expect(model.configuration.slidingWindow == 5 && !model.configuration.tiedHead)
        let parameters = try model.parameters()
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 1))
        let golden = try TensorArchive(
            contentsOf: URL(fileURLWithPath: Self.path("tiny-mistral-gradients.safetensors")))
        let targets = training.ids.indices.dropLast().map {
            TokenTarget(place: $0, token: training.ids[$0 + 1], weight: 1)
        }
        let batch = PackedBatch([PackedSequence(prompt: training.ids)], targets: [targets])
        for (step, expected) in training.losses.enumerated() {
            let (loss, gradient) = decoder.lossAndGradient([batch], scale: 1)
            #expect(abs(loss - expected) < 1e-4 * expected, "step \(step): \(loss), expected \(expected)")
            if step == 0 {
                for (name, own) in parameters.named(gradient) {
                    let expected = try golden.values(name, shape: own.shape)
                    let scale = expected.reduce(0) { max($0, abs($1)) }
                    #expect(
                        zip(own.values, expected).allSatisfy { abs($0 - $1) < 1e-4 * scale },
                        "the gradient of \(name)")
                }
            }
            for index in 0..<parameters.values.count {
                parameters.values.base[index] -= training.learning_rate * gradient.base[index]
            }
            decoder.weightsChanged()
        }
    }

    @Test func rotaryScalingsAreTheirFormulas() {
        #expect(RotaryScaling.linear(factor: 4).scaled(0.5) == 0.125)
        let llama3 = RotaryScaling.llama3(factor: 8, low: 1, high: 4, originalPositions: 8192)
        #expect(llama3.scaled(1) == 1, "short wavelengths are left alone")
        #expect(llama3.scaled(1e-6) == 1e-6 / 8, "long ones are divided")
        // Half-way between the bounds: 2.5 turns in 8,192 positions.
        let middle = 2.5 * 2 * Double.pi / 8192
        #expect(abs(llama3.scaled(middle) - (middle / 8 + middle) / 2) < 1e-15)
    }
}

/// Where `rankbridge model fetch smollm2` puts the model; nil where it has not been fetched.
let fetchedSmolLM2: String? = {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = repository.appendingPathComponent("models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()

/// SmolLM2 itself, where it has been fetched.
@Suite(.enabled(if: fetchedSmolLM2 != nil, "needs `rankbridge model fetch smollm2`"))
struct SmolLM2Tests {
    struct Golden: Decodable {
        struct Prompt: Decodable {
            let text: String
            let ids: [Int32]
            let tokens: [Int]
            let logits: [Double]
            let log_sum_exp: Double
        }
        let prompts: [Prompt]
        let texts: [PretrainedModelTests.Golden.Text]
    }

    /// Two prompts of one instruction, each with three documents as branches, against each (prompt, document) pair as a
    /// sequence of its own.
    @Test func packedEqualsPointwise() throws {
        let model = try PretrainedModel(try #require(fetchedSmolLM2))
        let instruction =
            "You are given a noun synset and a set of hypernyms for that synset, separated by '||'."
        var packed: [(PackedSequence, [TokenTarget])] = []
        var pointwise: [(PackedSequence, [TokenTarget])] = []
        for (query, documents) in [
            ("elk.n.01", ["deer.n.01", "ruminant.n.01", "animal.n.01"]),
            ("violin.n.01", ["bowed_stringed_instrument.n.01", "device.n.01", "instrumentality.n.03"]),
        ] {
            let text =
                "\(instruction)\n\nSynset: \(query)\n\nHypernyms: \(documents.joined(separator: " || "))"
            let prompt = try model.tokenizer.encode(text + "\n\nMost specific hypernym:")
            var tree = PackedSequence(prompt: prompt)
            var targets: [TokenTarget] = []
            for (rank, document) in documents.enumerated() {
                let tokens = try model.tokenizer.encode(" " + document)
                let weight = 1 / Float(rank + 1)
                var place = tree.root
                for (index, token) in tokens.enumerated() {
                    targets.append(TokenTarget(place: place, token: token, weight: weight))
                    if index + 1 < tokens.count { place = tree.append(token: token, parent: place) }
                }
                let own = tokens.indices.map {
                    TokenTarget(place: prompt.count - 1 + $0, token: tokens[$0], weight: weight)
                }
                pointwise.append((PackedSequence(prompt: prompt + tokens.dropLast()), own))
            }
            packed.append((tree, targets))
        }
        let decoder = Decoder(try model.parameters(), workers: WorkerPool(threads: 2))
        let batch = PackedBatch(packed.map(\.0), targets: packed.map(\.1))
        #expect(batch.sharedRows > 16)
        let own = decoder.lossAndGradient([batch], scale: 1)
        let gradient = own.gradient.array
        let plain = decoder.lossAndGradient(
            pointwise.map { PackedBatch([$0.0], targets: [$0.1]) }, scale: 1)
        #expect(abs(own.loss - plain.loss) < 1e-5 * plain.loss)
        var (largest, apart): (Float, Float) = (0, 0)
        for index in 0..<decoder.parameters.layout.count {
            largest = max(largest, abs(plain.gradient[index]))
            apart = max(apart, abs(gradient[index] - plain.gradient[index]))
        }
        #expect(apart < 1e-4 * largest)
    }

    /// Products in bfloat16 through all thirty layers: each tensor's gradient against that of float32.
    @Test func bfloat16GradientsAreCloseToThoseOfFloat32() throws {
        let model = try PretrainedModel(try #require(fetchedSmolLM2))
        let text = "Synset: elk.n.01\n\nHypernyms: ruminant.n.01 || deer.n.01\n\nMost specific hypernym:"
        var sequence = PackedSequence(prompt: try model.tokenizer.encode(text))
        var targets: [TokenTarget] = []
        for token in try model.tokenizer.encode(" deer.n.01") {
            let place = sequence.tokens.count - 1
            targets.append(TokenTarget(place: place, token: token, weight: 1))
            _ = sequence.append(token: token, parent: place)
        }
        let batch = PackedBatch([sequence], targets: [targets])
        let results = try Precision.allCases.map { precision in
            let decoder = Decoder(
                try model.parameters(), workers: WorkerPool(threads: 2), precision: precision)
            let (loss, gradient) = decoder.lossAndGradient([batch], scale: 1)
            return (loss: loss, gradient: gradient, entries: decoder.parameters.layout.entries)
        }
        let (exact, rounded) = (results[0], results[1])
        #expect(abs(rounded.loss / exact.loss - 1) < 0.01)
        var (worst, least) = (0.0, 1.0)
        for entry in exact.entries {
            var (own, other, both, apart) = (0.0, 0.0, 0.0, 0.0)
            for index in entry.offset..<entry.offset + entry.count {
                let (a, b) = (Double(rounded.gradient[index]), Double(exact.gradient[index]))
                (own, other, both, apart) = (
                    own + a * a, other + b * b, both + a * b, apart + (a - b) * (a - b)
                )
            }
            worst = max(worst, (apart / other).squareRoot())
            least = min(least, both / (own * other).squareRoot())
        }
        // Wanted, and held by random decoders of the same widths; through thirty trained layers it is missed, so that
        // float32 stays the default. PAPER_NOTES.md has the figures.
        withKnownIssue("SmolLM2's gradients with products in bfloat16 are further from float32's than wanted")
        {
            #expect(worst < 0.02, "relative distance of the worst tensor")
            #expect(least > 0.999, "cosine of the worst tensor")
        }
    }

    @Test func tokensAndLogitsMatchTransformers() throws {
        let golden = try JSONDecoder().decode(
            Golden.self,
            from: Data(contentsOf: URL(fileURLWithPath: PretrainedModelTests.path("smollm2.json"))))
        let model = try PretrainedModel(try #require(fetchedSmolLM2))
        for fact in golden.texts {
            #expect(try model.tokenizer.encode(fact.text) == fact.ids, "'\(fact.text)'")
        }
        let decoder = Decoder(try model.parameters(), workers: WorkerPool(threads: 1))
        for prompt in golden.prompts {
            let ids = try model.tokenizer.encode(prompt.text)
            #expect(ids == prompt.ids)
            #expect(model.tokenizer.decode(ids) == prompt.text)
            let batch = PackedBatch([PackedSequence(prompt: ids)])
            let own = decoder.logits(batch, rows: [batch.row(sequence: 0, place: ids.count - 1)])
            for (token, expected) in zip(prompt.tokens, prompt.logits) {
                #expect(abs(Double(own[token]) - expected) < 1e-3)
            }
            let top = Double(own.max() ?? 0)
            let sum = own.reduce(0) { $0 + exp(Double($1) - top) }
            #expect(abs(top + log(sum) - prompt.log_sum_exp) < 1e-3)
        }
    }
}
