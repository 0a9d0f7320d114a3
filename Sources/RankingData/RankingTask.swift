/// A query, its relevant documents in order, and one document that is not relevant (section 5.1).
public struct RankedQuery: Sendable, Equatable {
    /// Index of the query in `RankingTask.names`.
    public var query: Int32
    /// Indices of the relevant documents, the most relevant (rank 1) first.
    public var documents: [Int32]
    /// Index of the sampled negative.
    public var negative: Int32

    public init(query: Int32, documents: [Int32], negative: Int32) {
        self.query = query
        self.documents = documents
        self.negative = negative
    }

    /// What an evaluation scores: the documents in gold order, then the negative.
    public var candidates: [Int32] { documents + [negative] }
}

/// Queries with their gold rankings, and how they are split.
public struct RankingTask: Sendable {
    /// The docID of every entity; queries and documents share one table.
    public let names: [String]
    public let training: [RankedQuery]
    /// Queries for tuning: neither trained on (by rankers that hold out) nor reported on.
    public let development: [RankedQuery]
    public let evaluation: [RankedQuery]
    /// SHA-256 over names, rankings and splits, in hexadecimal.
    public let fingerprint: String

    public init(
        names: [String], training: [RankedQuery], development: [RankedQuery], evaluation: [RankedQuery],
        fingerprint: String
    ) {
        self.names = names
        self.training = training
        self.development = development
        self.evaluation = evaluation
        self.fingerprint = fingerprint
    }
}
