import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// Against Hugging Face transformers' Llama: logits, gradients by name, ten losses of two optimisers.
/// Fixtures/make_decoder_fixtures.py made the files.
@Suite struct GoldenDecoderTests {
    struct Golden: Decodable {
        struct Target: Decodable {
            let place: Int
            let token: Int32
            let weight: Float
        }
        struct AdamW: Decodable {
            let learningRate, beta1, beta2, epsilon: Double
            let losses: [Double]
        }
        struct Adafactor: Decodable {
            let learningRate, beta1: Double
            let losses: [Double]
        }
        let config: DecoderConfiguration
        let sequences: [[Int32]]
        let targets: [[Target]]
        let normalizer: Float
        let loss: Double
        let adamw: AdamW
        let adafactor: Adafactor
    }

    let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")

    func load(_ name: String) throws -> (Golden, DecoderParameters, TensorArchive) {
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: folder.appendingPathComponent("golden_\(name).json")))
        let weights = try TensorArchive(
            contentsOf: folder.appendingPathComponent("weights_\(name).safetensors"))
        let values = try TensorArchive(
            contentsOf: folder.appendingPathComponent("golden_\(name).safetensors"))
        return (golden, try DecoderParameters(golden.config, archive: weights), values)
    }

    func batch(_ golden: Golden) -> PackedBatch {
        PackedBatch(
            golden.sequences.map { PackedSequence(prompt: $0) },
            targets: golden.targets.map {
                $0.map { TokenTarget(place: $0.place, token: $0.token, weight: $0.weight) }
            })
    }

    @Test(arguments: ["tied", "untied"])
    func logitsMatch(name: String) throws {
        let (golden, parameters, values) = try load(name)
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 1))
        for (index, tokens) in golden.sequences.enumerated() {
            let batch = PackedBatch([PackedSequence(prompt: tokens)])
            let rows = tokens.indices.map { batch.row(sequence: 0, place: $0) }
            let own = decoder.logits(batch, rows: rows)
            let expected = try values.values(
                "logits_\(index)", shape: [tokens.count, golden.config.vocabulary])
            #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($1)) })
        }
    }

    @Test(arguments: ["tied", "untied"])
    func everyGradientMatches(name: String) throws {
        let (golden, parameters, values) = try load(name)
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 1))
        let (loss, gradient) = decoder.lossAndGradient([batch(golden)], scale: 1 / golden.normalizer)
        #expect(abs(loss - golden.loss) < 1e-5 * golden.loss)
        for (tensorName, own) in parameters.named(gradient) {
            let expected = try values.values("grad." + tensorName, shape: own.shape)
            let scale = expected.reduce(0) { max($0, abs($1)) }
            for (a, b) in zip(own.values, expected) {
                #expect(abs(a - b) < 1e-4 * scale, "\(tensorName): \(a), expected \(b)")
            }
        }
    }

    @Test(arguments: ["tied", "untied"], OptimizerConfiguration.Kind.allCases)
    func tenLossesMatch(name: String, kind: OptimizerConfiguration.Kind) throws {
        let (golden, parameters, _) = try load(name)
        let isAdam = kind == .adamw
        let options = OptimizerConfiguration(
            kind: kind, learningRate: isAdam ? golden.adamw.learningRate : golden.adafactor.learningRate,
            warmupSteps: 0, finalShare: 1, beta1: isAdam ? golden.adamw.beta1 : golden.adafactor.beta1,
            beta2: golden.adamw.beta2, epsilon: golden.adamw.epsilon, weightDecay: 0, clipNorm: .infinity)
        let workers = WorkerPool(threads: 1)
        let decoder = Decoder(parameters, workers: workers)
        let optimizer = Optimizer(options, decoder.trained, totalSteps: 10, workers: workers)
        let expected = isAdam ? golden.adamw.losses : golden.adafactor.losses
        #expect(expected.count == 10)
        for (step, goldenLoss) in expected.enumerated() {
            let (loss, gradient) = decoder.lossAndGradient([batch(golden)], scale: 1 / golden.normalizer)
            #expect(
                abs(loss - goldenLoss) < 1e-4 * goldenLoss, "step \(step): \(loss), expected \(goldenLoss)")
            _ = optimizer.apply(gradient, step: step)
            decoder.weightsChanged()
        }
    }
}
