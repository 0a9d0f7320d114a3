import Foundation

/// One query's gold ranking and scores by name, for other programs' evaluators.
public struct NamedRanking: Sendable, Equatable {
    public var query: String
    /// The relevant documents, the most relevant first.
    public var documents: [String]
    public var negative: String
    /// One for each document, then the negative's.
    public var scores: [Float]

    public init(query: String, documents: [String], negative: String, scores: [Float]) {
        precondition(scores.count == documents.count + 1, "a score for each document and the negative")
        self.query = query
        self.documents = documents
        self.negative = negative
        self.scores = scores
    }
}

/// Rankings as trec_eval reads them. White space in names is written as %20.
///
/// - `run`: `query Q0 docID rank score tag`; the score is the candidate count less the position, so it falls strictly
///   and no reader can order it otherwise. Equal scores of the ranker stand by falling docID, as trec_eval itself orders
///   ties; our own metrics are expectations over the orders of ties and differ there.
/// - `gainQrels`: `query 0 docID l` with l = n - r + 1 for the document of rank r among n, 0 for the negative. A
///   document's gain (section 5.1) is log(l + 1), one gain a level for all queries: `gainLevels` maps them, and
///   `trec_eval -m ndcg.1=0.693147,2=1.098612,...` computes our nDCG.
/// - `rankQrels`: `query 0 docID l` with l = `rankLevel(_:)` - r, the negative's rank being n + 1: at relevance level `rankLevel(_:)` - k,
///   trec_eval's P_k is the paper's R@k of queries with k candidates or more (shorter ones divide by their candidates).
public enum TRECFiles {
    /// l of a document of rank 0 in `rankQrels`: more than any rank, and 100 where no query has a hundred candidates.
    public static func rankLevel(_ rankings: [NamedRanking]) -> Int {
        max(100, 2 + (rankings.map(\.documents.count).max() ?? 0))
    }

    /// A name as one field of a line.
    private static func field(_ name: String) -> String {
        name.split(omittingEmptySubsequences: false, whereSeparator: \.isWhitespace).joined(separator: "%20")
    }

    public static func run(_ rankings: [NamedRanking], tag: String) -> String {
        rankings.map { ranking in
            let names = ranking.documents + [ranking.negative]
            return order(ranking).enumerated().map { position, candidate in
                "\(field(ranking.query)) Q0 \(field(names[candidate])) \(position + 1) \(names.count - position) \(tag)\n"
            }.joined()
        }.joined()
    }

    /// Candidates by falling score; NaN ranks last, equal scores by falling name.
    static func order(_ ranking: NamedRanking) -> [Int] {
        let names = ranking.documents + [ranking.negative]
        let scores = ScoredQuery(scores: ranking.scores).scores
        return scores.indices.sorted {
            scores[$0] != scores[$1] ? scores[$0] > scores[$1] : names[$0] > names[$1]
        }
    }

    public static func gainQrels(_ rankings: [NamedRanking]) -> String {
        qrels(rankings) { rank, count in count + 1 - rank }
    }

    public static func rankQrels(_ rankings: [NamedRanking]) -> String {
        let level = rankLevel(rankings)
        return qrels(rankings) { rank, _ in level - rank }
    }

    /// The argument of trec_eval's `-m` that gives each level of `gainQrels` its gain.
    public static func gainLevels(_ rankings: [NamedRanking]) -> String {
        let highest = rankings.map(\.documents.count).max() ?? 0
        return "ndcg." + (0..<highest).map { "\($0 + 1)=\(log(Double($0 + 2)))" }.joined(separator: ",")
    }

    private static func qrels(_ rankings: [NamedRanking], level: (_ rank: Int, _ count: Int) -> Int)
        -> String
    {
        rankings.map { ranking in
            let count = ranking.documents.count
            return (ranking.documents + [ranking.negative]).enumerated().map { index, name in
                "\(field(ranking.query)) 0 \(field(name)) \(level(index + 1, count))\n"
            }.joined()
        }.joined()
    }
}
