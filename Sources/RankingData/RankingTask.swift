/// A query, its relevant documents in order, and one document that is not relevant (section 5.1).
public struct RankedQuery: Sendable, Equatable {
    /// Index of the query in `RankingTask.names`.
    public var query: Int32
    /// Indices of the relevant documents, the most relevant (rank 1) first.
    public var documents: [Int32]
    /// Index of the sampled negative.
    public var negative: Int32

    /// Further documents to rank with these, none of them relevant.
    public var others: [Int32]

    public init(query: Int32, documents: [Int32], negative: Int32, others: [Int32] = []) {
        self.query = query
        self.documents = documents
        self.negative = negative
        self.others = others
    }

    /// What an evaluation scores: the documents in gold order, the negative, then the others.
    public var candidates: [Int32] { documents + [negative] + others }

    /// The query among all of `corpus` but itself: a table that queries and documents share has it nearest to itself.
    public func among(_ corpus: [Int32]) -> RankedQuery {
        let taken = Set(documents + [negative, query])
        return RankedQuery(
            query: query, documents: documents, negative: negative,
            others: corpus.filter { !taken.contains($0) })
    }
}

/// Queries with their gold rankings, and how they are split.
public struct RankingTask: Sendable {
    /// The docID of every entity; queries and documents share one table.
    public let names: [String]
    /// Entities that may be documents, ascending: their names are the docIDs.
    public let documents: [Int32]
    public let training: [RankedQuery]
    /// Queries for tuning: neither trained on (by rankers that hold out) nor reported on.
    public let development: [RankedQuery]
    public let evaluation: [RankedQuery]
    /// SHA-256 over names, rankings and splits, in hexadecimal.
    public let fingerprint: String

    public init(
        names: [String], training: [RankedQuery], development: [RankedQuery], evaluation: [RankedQuery],
        fingerprint: String, documents: [Int32]? = nil
    ) {
        self.names = names
        self.documents = documents ?? Array(0..<Int32(names.count))
        self.training = training
        self.development = development
        self.evaluation = evaluation
        self.fingerprint = fingerprint
    }

    /// Every document that is relevant to a query of any of the three splits, ascending: WordNet's 16,960.
    public var corpus: [Int32] {
        Set([training, development, evaluation].joined().lazy.flatMap(\.documents)).sorted()
    }
}
