/// Queries with their gold rankings, and how they are split.
public struct RankingTask: Sendable {
    /// The queries and documents that the splits' numbers stand for.
    public let collection: Collection
    /// Queries to train on, shuffled; with the protocol `all` those of the other splits are among them.
    public let training: [RankedQuery]
    /// Queries for tuning: neither trained on (by rankers that hold out) nor reported on.
    public let development: [RankedQuery]
    /// Queries that are reported on.
    public let evaluation: [RankedQuery]
    /// SHA-256 over entities, rankings and splits, in hexadecimal.
    public let fingerprint: String

    /// The queries of three splits; their entities are places in `collection.entities`.
    public init(
        collection: Collection, training: [RankedQuery], development: [RankedQuery],
        evaluation: [RankedQuery]
    ) {
        self.collection = collection
        self.training = training
        self.development = development
        self.evaluation = evaluation
        fingerprint = RankingTask.fingerprint(collection, [training, development, evaluation])
    }

    /// Entities that may be documents, ascending.
    public var documents: [Int32] { collection.documents }

    /// Every document that is relevant to a query of any of the three splits, ascending: WordNet's 16,960.
    public var corpus: [Int32] {
        Set([training, development, evaluation].joined().lazy.flatMap(\.documents)).sorted()
    }
}
