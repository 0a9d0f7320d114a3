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

    /// Inner products of what a head reads or writes are those of its input, up to one factor.
    @Test func orthogonalHeadsKeepInnerProducts() throws {
        let (shape, width) = (Self.shape, Self.shape.width)
        let orthogonal = tensors(DecoderParameters(shape, initialization: .orthogonal, seed: 5))
        let mimetic = tensors(DecoderParameters(shape, initialization: .mimetic, seed: 5))
        for layer in 0..<shape.layers {
            let prefix = "model.layers.\(layer).self_attn."
            for part in ["q_proj", "k_proj", "v_proj"] {
                let rows = try #require(orthogonal[prefix + part + ".weight"])
                for head in 0..<rows.count / (shape.headDimension * width) {
                    let vectors = (0..<shape.headDimension).map { row in
                        Array(rows[((head * shape.headDimension + row) * width)...].prefix(width))
                    }
                    try expectOrthogonal(vectors)
                }
            }
            let output = try #require(orthogonal[prefix + "o_proj.weight"])
            let inputs = shape.heads * shape.headDimension
            for head in 0..<shape.heads {
                let columns = (0..<shape.headDimension).map { column in
                    (0..<width).map { output[$0 * inputs + head * shape.headDimension + column] }
                }
                try expectOrthogonal(columns)
            }
            let head = shape.headDimension * width
            let keys = try #require(orthogonal[prefix + "k_proj.weight"])
            let queries = try #require(orthogonal[prefix + "q_proj.weight"])
            #expect(Array(queries[head..<2 * head]) == Array(keys[0..<head]))
        }
        for (name, values) in mimetic {
            let same = try #require(orthogonal[name])
            if name.contains("self_attn") {
                // As large as they are drawn: the query heads that repeat keys are as large as these.
                let (ours, theirs) = (squares(same), squares(values))
                #expect(abs(ours - theirs) < 1e-4 * theirs, "\(name): \(ours), \(theirs)")
            } else {
                #expect(same == values)
            }
        }
    }

    /// A head that is wider than the decoder has orthogonal columns: what it reads comes out whole.
    @Test func wideHeadsHaveOrthogonalColumns() throws {
        var shape = Self.shape
        shape.headDimension = 24
        let keys = try #require(
            tensors(DecoderParameters(shape, initialization: .orthogonal, seed: 5))[
                "model.layers.1.self_attn.k_proj.weight"])
        try expectOrthogonal(
            (0..<shape.width).map { column in (0..<24).map { keys[$0 * shape.width + column] } })
    }

    private func squares(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 } }

    private func expectOrthogonal(
        _ vectors: [[Float]], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let size = squares(try #require(vectors.first))
        #expect(size > 0.01, sourceLocation: sourceLocation)
        for (place, left) in vectors.enumerated() {
            for (other, right) in vectors.enumerated() {
                let product = zip(left, right).reduce(Float(0)) { $0 + $1.0 * $1.1 }
                #expect(abs(product - (place == other ? size : 0)) < 1e-5, sourceLocation: sourceLocation)
            }
        }
    }
}
