import Rankers
import RankingData

/// Orders that need no model, to read a table's numbers by.
public enum ReferenceOrder: String, Hashable, Sendable, CaseIterable {
    /// Every order of the documents is as probable as another.
    case random
    /// The docID of the most relevant document comes first, the others in any order.
    case first
    /// Each docID stands where its most relevant document does: what a model achieves that knows the gold order and writes docIDs,
    /// by which documents that share one cannot be told apart. No order of docIDs has a higher R@1. At later ranks, and in nDCG, one
    /// can be better that puts a docID further back which a distant document shares.
    case ceiling
}

/// Scores documents by the gold order itself, as far as the reference allows.
///
/// Metrics are expectations over the orders of equal scores, so what is left to chance needs no seed.
public struct ReferenceRanker: Ranker {
    let order: ReferenceOrder
    let collection: Collection

    /// Equal scores are what is left to chance; as no violations they would give `random` the best CVR there is.
    public var tiesAreChance: Bool { true }

    /// - Parameter collection: Has the docIDs of the queries' candidates.
    public init(_ order: ReferenceOrder, collection: Collection) {
        self.order = order
        self.collection = collection
    }

    public func scores(for queries: [RankedQuery]) -> [[Float]] {
        queries.map { query in
            var places: [UTF8Text: Int] = [:]
            for (place, document) in query.documents.enumerated() {
                let docID = UTF8Text(collection.docID(document))
                // Of documents that share a docID the most relevant decides, and it comes first.
                if places[docID] == nil { places[docID] = place }
            }
            return query.candidates.map { candidate in
                let place = places[UTF8Text(collection.docID(candidate.entity))] ?? query.documents.count
                return switch order {
                case .random: 0
                case .first: place == 0 ? 1 : 0
                case .ceiling: -Float(place)
                }
            }
        }
    }
}
