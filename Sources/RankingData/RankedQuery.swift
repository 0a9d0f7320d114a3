/// One of the things that a query's ranker orders.
public struct Candidate: Hashable, Sendable {
    /// Its place in `Collection.entities`.
    public let entity: Int32
    /// Its gold rank, 1 for the most relevant; 0 where it is not relevant.
    public let rank: Int
    /// Whether it is one of the query's negatives, which no relevant document may score below.
    public let isNegative: Bool

    /// - Parameter rank: At least 0; a negative's is 0.
    public init(entity: Int32, rank: Int, isNegative: Bool = false) {
        self.entity = entity
        self.rank = rank
        self.isNegative = isNegative
    }

    /// Whether it has a gold rank.
    public var isRelevant: Bool { rank > 0 }
}

/// A query, its relevant documents in order, and what else is ranked with them (section 5.1).
///
/// Entities are places in `Collection.entities`.
public struct RankedQuery: Sendable, Equatable {
    /// The query's entity.
    public var query: Int32
    /// The relevant documents, the most relevant (rank 1) first.
    public var documents: [Int32]
    /// Documents that are not relevant: WordNet's queries have one, product search's none.
    public var negatives: [Int32]
    /// Further documents to rank with these, neither relevant nor negatives.
    public var others: [Int32]

    /// A query with lists of which no two share an entity, and none has the query's.
    public init(query: Int32, documents: [Int32], negatives: [Int32] = [], others: [Int32] = []) {
        self.query = query
        self.documents = documents
        self.negatives = negatives
        self.others = others
    }

    /// What an evaluation scores; scores stand in this order.
    public var candidates: [Candidate] {
        documents.enumerated().map { Candidate(entity: $1, rank: $0 + 1) }
            + negatives.map { Candidate(entity: $0, rank: 0, isNegative: true) }
            + others.map { Candidate(entity: $0, rank: 0) }
    }

    /// The query among all of `corpus` but itself: a table that queries and documents share has it nearest to itself.
    ///
    /// What is added comes after the query's own candidates.
    public func among(_ corpus: [Int32]) -> RankedQuery {
        let taken = Set(documents + negatives + others + [query])
        return RankedQuery(
            query: query, documents: documents, negatives: negatives,
            others: others + corpus.filter { !taken.contains($0) })
    }
}
