import Rankers
import RankingData
import Tensors

/// Scores documents by the inner product of a text encoder's embeddings of their texts and the query's, which are of length 1.
public struct EncoderRanker: Ranker {
    private let embedder: any TextEmbedder
    private let collection: Collection
    private let components: PrincipalComponents?

    /// - Parameters:
    ///   - collection: Has the texts of queries and candidates.
    ///   - components: Those in which embeddings are compared, then scaled to length 1; nil compares them as they are.
    public init(
        _ embedder: any TextEmbedder, _ collection: Collection, components: PrincipalComponents? = nil
    ) {
        self.embedder = embedder
        self.collection = collection
        self.components = components
    }

    public func scores(for queries: [RankedQuery]) throws -> [[Float]] {
        // Queries share documents, and each text is embedded once.
        let entities = Set(queries.flatMap { [$0.query] + $0.candidates.map(\.entity) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(entities, 0...))
        let embeddings = try embedder.embed(entities.map(collection.text))
        let vectors = components?.projectToUnitLength(embeddings) ?? embeddings
        let width = components?.components ?? embedder.width
        func product(_ a: Int32, _ b: Int32) -> Float {
            guard let a = places[a], let b = places[b] else { preconditionFailure("all are embedded") }
            return (0..<width).reduce(0) { $0 + vectors[a * width + $1] * vectors[b * width + $1] }
        }
        return queries.map { query in query.candidates.map { product(query.query, $0.entity) } }
    }
}
