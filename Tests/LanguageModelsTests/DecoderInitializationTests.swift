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
}
