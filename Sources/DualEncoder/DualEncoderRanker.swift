import CRankKernels
import Options
import Rankers
import RankingData
import Tensors

/// A trained dual encoder: score(q, d) = <E(q), E(d)> (section 5.3).
public struct DualEncoderRanker: Ranker {
    private let embeddings: EmbeddingTable

    /// - Parameter embeddings: A row for each entity of the task, queries and documents alike.
    public init(embeddings: EmbeddingTable) {
        self.embeddings = embeddings
    }

    /// - Throws: `ConfigurationError.unknownEntity` for a query or candidate that the table has no row for.
    public func scores(for queries: [RankedQuery]) throws -> [[Float]] {
        try queries.map { query in
            let left = try row(query.query)
            return try query.candidates.map { rk_dot(left, try row($0.entity), embeddings.stride) }
        }
    }

    private func row(_ entity: Int32) throws(ConfigurationError) -> UnsafeMutablePointer<Float> {
        guard entity >= 0, Int(entity) < embeddings.rows else {
            throw .unknownEntity(index: Int(entity), entities: embeddings.rows)
        }
        return embeddings.row(Int(entity))
    }
}
