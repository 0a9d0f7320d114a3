import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// The random weights that a decoder starts from.
@Suite struct DecoderInitializationTests {
    /// Query heads 0 and 1 share key head 0, 2 and 3 key head 1.
    private static let shape = DecoderConfiguration(
        vocabulary: 300, width: 16, layers: 2, heads: 4, keyValueHeads: 2, headDimension: 8, feedForward: 24)

    private func tensors(_ parameters: DecoderParameters) -> [String: [Float]] {
        Dictionary(
            uniqueKeysWithValues: parameters.layout.entries.map { entry in
                (entry.name, (0..<entry.count).map { parameters.values.base[entry.offset + $0] })
            })
    }

    @Test func mimeticQueriesRepeatTheFirstKeyHead() throws {
        let mimetic = tensors(DecoderParameters(Self.shape, initialization: .mimetic, seed: 5))
        let independent = tensors(DecoderParameters(Self.shape, seed: 5))
        let head = Self.shape.headDimension * Self.shape.width
        for layer in 0..<Self.shape.layers {
            let name = "model.layers.\(layer).self_attn.q_proj.weight"
            let queries = try #require(mimetic[name])
            let keys = try #require(mimetic["model.layers.\(layer).self_attn.k_proj.weight"])
            #expect(Array(queries[0..<head]) == Array(keys[0..<head]))
            #expect(Array(queries[head..<2 * head]) == Array(keys[0..<head]))
            let drawn = try #require(independent[name])
            #expect(Array(queries[(2 * head)...]) == Array(drawn[(2 * head)...]))
            #expect(Array(queries[0..<head]) != Array(drawn[0..<head]))
        }
        for (name, values) in mimetic where !name.contains("q_proj") { #expect(independent[name] == values) }
    }

    /// With as many components as the encoder has numbers, tokens are as close to each other as the encoder's embeddings about
    /// their mean; what has no text keeps its random embedding.
    @Test func tokensStartAsTheEncoderHasThem() throws {
        let workers = WorkerPool(threads: 2)
        let encoder = try TextEncoder(folder: TextEncoderTests.folder, workers: workers)
        let vocabulary = BytePairVocabulary.learn(
            from: ["rain boots", "rain coat", "red boots"], counts: [3, 2, 1], size: 290, specialTokens: 2)
        let shape = DecoderConfiguration(
            vocabulary: 300, width: encoder.configuration.width, layers: 1, heads: 2, keyValueHeads: 1,
            headDimension: 8, feedForward: 16)
        let (own, random) = (DecoderParameters(shape, seed: 5), DecoderParameters(shape, seed: 5))
        own.startEmbeddings(of: vocabulary, from: encoder)
        let width = shape.width
        func row(_ parameters: DecoderParameters, _ id: Int) -> [Float] {
            (0..<width).map { parameters.values[parameters.layout.embedding + id * width + $0] }
        }
        let texts = vocabulary.pieces.map { String(decoding: $0, as: UTF8.self) }
        let known = texts.indices.filter { id in
            id >= 2 && vocabulary.pieces[id].contains { $0 > 32 && $0 < 127 }
        }
        #expect(known.count > 10)
        for id in 0..<300 where !known.contains(id) { #expect(row(own, id) == row(random, id), "\(id)") }
        let embedded = encoder.embed(known.map { texts[$0].trimmingCharacters(in: .whitespaces) })
        var centred = (0..<known.count).map { place in (0..<width).map { embedded[place * width + $0] } }
        for column in 0..<width {
            let mean = centred.reduce(0) { $0 + $1[column] } / Float(known.count)
            for place in centred.indices { centred[place][column] -= mean }
        }
        func cosine(_ a: [Float], _ b: [Float]) -> Float {
            func dot(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
            return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
        }
        for (place, id) in known.enumerated() {
            #expect(abs(row(own, id).reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
            #expect(
                abs(cosine(row(own, id), row(own, known[0])) - cosine(centred[place], centred[0])) < 1e-3,
                "\(texts[id])")
        }
        for entry in own.layout.entries where entry.name != "model.embed_tokens.weight" {
            for index in 0..<entry.count {
                #expect(own.values[entry.offset + index] == random.values[entry.offset + index])
            }
        }
    }
}
