import Tensors

/// Data that become ranking tasks: a collection, which of its entities are queries, and what is relevant to each.
public protocol RankingSource: Sendable {
    var collection: Collection { get }

    /// The queries' entities, in an order that the splits' shuffle starts from.
    var queries: [Int32] { get }

    /// A query with its relevant documents and its negatives, which may be drawn.
    ///
    /// - Parameter seed: What is drawn depends on this and on the query alone.
    func ranked(_ query: Int32, seed: UInt64) -> RankedQuery
}

/// Data that a file in the results folder keeps, and that become a source.
public protocol KeptData: Codable, Sendable {
    /// What files say that they hold. No two kinds of data have the same.
    static var kind: String { get }

    /// Whether every index is one of an entity, and every query has a document: a file may have been edited.
    var isConsistent: Bool { get }

    /// The data as ranking tasks are made of them.
    func source() throws -> any RankingSource
}

extension Taxonomy: KeptData {
    /// `taxonomy`.
    public static let kind = "taxonomy"

    /// Whether there are as many lists of parents as names, and every parent is one of the entities.
    public var isConsistent: Bool {
        parents.count == count
            && parents.allSatisfy { $0.allSatisfy { $0 >= 0 && Int($0) < count } }
    }

    /// - Throws: `WordNetError.cycle`; `JudgmentsError.tooDeep`.
    public func source() throws -> any RankingSource { try TaxonomySource(self) }
}

extension Judgments: KeptData {
    /// `judgments`.
    public static let kind = "judgments"

    /// Whether every number stands for an entity, and every query has a document.
    public var isConsistent: Bool {
        func areKnown(_ indices: [Int32]) -> Bool {
            indices.allSatisfy { $0 >= 0 && Int($0) < entities.count }
        }
        return !queries.isEmpty && areKnown(documents)
            && Set(queries.map(\.query)).count == queries.count
            && queries.allSatisfy { query in
                !query.documents.isEmpty && Set(query.documents).count == query.documents.count
                    && areKnown([query.query] + query.documents + query.negatives)
            }
    }

    public func source() -> any RankingSource { JudgmentsSource(self) }
}

/// A taxonomy's entities below a root, each with its longest path to the root, nearest first (section 5.1).
public struct TaxonomySource: RankingSource {
    private let taxonomy: Taxonomy
    private let paths: HypernymPaths
    /// The synsets; each is a query and may be a document.
    public let collection: Collection

    /// More (query, document) pairs than a machine's memory holds.
    private static let mostPairs = 1 << 30

    /// - Throws: `WordNetError.cycle`; `JudgmentsError.tooDeep` for paths that no memory holds.
    public init(_ taxonomy: Taxonomy) throws {
        self.taxonomy = taxonomy
        paths = try HypernymPaths(taxonomy)
        // A chain of n entities has n (n - 1) / 2 pairs: a small file may ask for more than any memory.
        let pairs = paths.lengths.reduce(0) { $0 + Int($1) }
        guard pairs <= Self.mostPairs else { throw JudgmentsError.tooDeep(pairs: pairs) }
        collection = Collection(names: taxonomy.names, promptStyle: taxonomy.promptStyle)
    }

    /// All synsets below a root, ascending.
    public var queries: [Int32] { (0..<Int32(taxonomy.count)).filter { paths.lengths[Int($0)] > 0 } }

    public func ranked(_ query: Int32, seed: UInt64) -> RankedQuery {
        taxonomy.rankedQuery(query, paths, seed: seed)
    }
}

/// Judged queries.
///
/// A query's negative is drawn from its own judged negatives, or, where it has none, from all documents. A document that is relevant to
/// the query, or has the docID of one that is, is never drawn: rankers score docIDs, and would score the two equal. Where nothing
/// is left the query has no negative.
public struct JudgmentsSource: RankingSource {
    private let judgments: Judgments
    private let places: [Int32: Int]
    /// The judged queries and documents.
    public let collection: Collection

    /// A source over judgments that are consistent; of two entries of one query the first counts.
    public init(_ judgments: Judgments) {
        self.judgments = judgments
        collection = Collection(entities: judgments.entities, documents: judgments.documents)
        places = Dictionary(
            judgments.queries.enumerated().map { ($1.query, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The queries that have a relevant document, in the order of the files.
    public var queries: [Int32] { judgments.queries.map(\.query) }

    public func ranked(_ query: Int32, seed: UInt64) -> RankedQuery {
        guard let place = places[query] else { return RankedQuery(query: query, documents: []) }
        return judgments.ranked(judgments.queries[place], seed: seed)
    }
}

extension Taxonomy {
    /// The negative is uniform among the entities that are neither the query nor above it on any path; a query below
    /// all others has none.
    fileprivate func rankedQuery(_ query: Int32, _ paths: HypernymPaths, seed: UInt64) -> RankedQuery {
        let excluded = ancestors(of: query)
        // At least one entity is left to draw, or the loop below would not end.
        guard excluded.count + 1 < count else {
            return RankedQuery(query: query, documents: paths.documents(of: query))
        }
        var stream = RandomStream(seed: seed, name: "wordnet.negatives", index: UInt64(query))
        var negative = Int32(stream.uniform(below: count))
        while negative == query || excluded.contains(negative) {
            negative = Int32(stream.uniform(below: count))
        }
        return RankedQuery(query: query, documents: paths.documents(of: query), negatives: [negative])
    }
}

extension Judgments {
    fileprivate func ranked(_ query: Query, seed: UInt64) -> RankedQuery {
        var stream = RandomStream(seed: seed, name: "judgments.negatives", index: UInt64(query.query))
        let (source, isDrawable) = (pool(query), drawable(query))
        // One that may be drawn is there, or the loop below would not end.
        guard source.contains(where: isDrawable) else {
            return RankedQuery(query: query.query, documents: query.documents)
        }
        var negative = source[stream.uniform(below: source.count)]
        while !isDrawable(negative) { negative = source[stream.uniform(below: source.count)] }
        return RankedQuery(query: query.query, documents: query.documents, negatives: [negative])
    }
}
