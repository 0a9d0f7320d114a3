import Options
import Rankers
import RankingData
import Tensors

/// A trained cross encoder: score(q, d) = f_MLP([E(q); E(d)]) (section 5.3).
public struct CrossEncoderRanker: Ranker {
    private let embeddings: EmbeddingTable
    private let perceptron: Perceptron

    init(embeddings: EmbeddingTable, perceptron: Perceptron) {
        self.embeddings = embeddings
        self.perceptron = perceptron
    }

    /// Pairs that are scored in one product.
    private static let block = 512

    /// - Throws: `ConfigurationError.unknownEntity` for a query or candidate that the table has no row for.
    public func scores(for queries: [RankedQuery]) throws -> [[Float]] {
        // One list over all queries: products are of whole blocks, however few candidates a query has.
        var pairs: [(query: Int32, document: Int32)] = []
        for query in queries { pairs += query.candidates.map { (query.query, $0.entity) } }
        var scores: [Float] = []
        scores.reserveCapacity(pairs.count)
        let inputs = FloatBuffer(count: Self.block * perceptron.shape.width)
        let hidden = FloatBuffer(count: 2 * Self.block * perceptron.shape.width)
        var outputs = [Float](repeating: 0, count: Self.block)
        for first in stride(from: 0, to: pairs.count, by: Self.block) {
            let block = pairs[first..<min(first + Self.block, pairs.count)]
            try concatenate(block, into: inputs)
            perceptron.evaluate(inputs, rows: block.count, hidden: hidden, outputs: &outputs)
            scores += outputs[..<block.count]
        }
        var next = 0
        return queries.map { query in
            defer { next += query.candidates.count }
            return Array(scores[next..<next + query.candidates.count])
        }
    }

    private func concatenate(
        _ pairs: ArraySlice<(query: Int32, document: Int32)>, into inputs: FloatBuffer
    ) throws(ConfigurationError) {
        let n = embeddings.columns
        for (index, pair) in pairs.enumerated() {
            let input = inputs.base + index * 2 * n
            input.update(from: try row(pair.query), count: n)
            (input + n).update(from: try row(pair.document), count: n)
        }
    }

    private func row(_ entity: Int32) throws(ConfigurationError) -> UnsafeMutablePointer<Float> {
        guard entity >= 0, Int(entity) < embeddings.rows else {
            throw .unknownEntity(index: Int(entity), entities: embeddings.rows)
        }
        return embeddings.row(Int(entity))
    }
}
