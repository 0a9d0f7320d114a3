import GRDB

/// How many queries of a split have how many relevant documents, as published runs carry it: Figure 3 and Table 2's header
/// show it on a machine that has no copy of the data.
public struct PublishedDocumentCounts: Codable, Sendable, Equatable {
    /// `training`, `development` or `evaluation`.
    public var split: String
    /// Numbers of relevant documents, ascending.
    public var documents: [Int]
    /// The queries that have each of these numbers of documents; as many as `documents`.
    public var queries: [Int]

    /// No data have more than a million times a million pairs.
    private static let mostPairs = 1e12

    /// What a damaged file may hold in their place.
    enum Fault: Error, CustomStringConvertible {
        case unusable(split: String)

        var description: String {
            switch self {
            case .unusable(let split): "the documents of the \(split) queries are no counts"
            }
        }
    }

    /// Refuses what no run writes: lists of different lengths, numbers below 0, more (query, document) pairs than
    /// `mostPairs`.
    ///
    /// - Throws: `Fault.unusable`.
    func check() throws {
        let sane =
            documents.allSatisfy { (0...1_000_000_000).contains($0) }
            && queries.allSatisfy { (1...1_000_000_000).contains($0) } && queries.count <= 1_000_000
            && zip(documents, queries).reduce(0) { $0 + Double($1.0) * Double($1.1) } <= Self.mostPairs
        guard documents.count == queries.count, Set(documents).count == documents.count, sane else {
            throw Fault.unusable(split: split)
        }
    }
}

extension ResultsSnapshot {
    /// The documents a query of some data, a list for each split that runs have seen; empty where none has finished.
    func publishedDocumentCounts(data fingerprint: String) throws -> [PublishedDocumentCounts] {
        let splits = try String.fetchAll(
            database,
            sql: "SELECT DISTINCT split FROM task_statistic WHERE data_fingerprint = ? ORDER BY split",
            arguments: [fingerprint])
        return try splits.map { split in
            let counts = try documentCounts(data: fingerprint, split: split).queries.sorted {
                $0.key < $1.key
            }
            return PublishedDocumentCounts(
                split: split, documents: counts.map(\.key), queries: counts.map(\.value))
        }
    }
}

extension ResultsDatabase {
    /// Keeps what a published run says of its data.
    static func insert(
        _ database: Database, _ counts: [PublishedDocumentCounts], data fingerprint: String
    ) throws {
        for list in counts {
            for (documents, queries) in zip(list.documents, list.queries) {
                try insert(database, fingerprint, list.split, documents: documents, queries: queries)
            }
        }
    }
}
