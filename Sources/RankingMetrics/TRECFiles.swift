import Foundation

/// One query's gold ranking and scores by name, for other programs' evaluators.
public struct NamedRanking: Sendable, Equatable {
    /// A candidate with its id.
    public struct Entry: Sendable, Equatable {
        /// The document's id.
        public var name: String
        /// Its score and its gold rank.
        public var candidate: ScoredCandidate

        /// A document's id with what is known of it.
        public init(name: String, candidate: ScoredCandidate) {
            self.name = name
            self.candidate = candidate
        }
    }

    /// The query's id.
    public var query: String
    /// In any order.
    public var entries: [Entry]

    /// A query's id with its candidates, no two of one id.
    public init(query: String, entries: [Entry]) {
        self.query = query
        self.entries = entries
    }

    /// The number of relevant documents.
    var relevant: Int { entries.count { $0.candidate.rank > 0 } }
}

/// Rankings as trec_eval reads them. White space in names is written as %20.
///
/// - `run`: `query Q0 docID rank score tag`; the score is the candidate count less the position, so it falls strictly
///   and no reader can order it otherwise. Equal scores of the ranker stand by falling docID, as trec_eval itself orders
///   ties; our own metrics are expectations over the orders of ties and differ there.
/// - `gainQrels`: `query 0 docID l` with l = n - r + 1 for the document of rank r among n, 0 for any other. A
///   document's gain (section 5.1) is log(l + 1), one gain a level for all queries: `gainLevels` maps them, and
///   `trec_eval -m ndcg.1=0.693147,2=1.098612,...` computes our nDCG.
/// - `rankQrels`: `query 0 docID l` with l = `rankLevel(_:)` - r; a lone other candidate has rank n + 1, several have
///   level 0. At relevance level `rankLevel(_:)` - k, trec_eval's P_k is the paper's R@k of a query with k candidates or
///   more; the paper's mean is over these alone.
public enum TRECFiles {
    /// l of a document of rank 0 in `rankQrels`: more than any rank, and 100 where no query has more than 98 relevant
    /// documents.
    public static func rankLevel(_ rankings: [NamedRanking]) -> Int {
        max(100, 2 + (rankings.map(\.relevant).max() ?? 0))
    }

    /// A name as one field of a line: each blank, tab or line end, which are single bytes, becomes %20.
    private static func field(_ name: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard name.utf8.contains(where: isSpace) else { return name }
        return String(
            decoding: name.utf8.flatMap { isSpace($0) ? Array("%20".utf8) : [$0] }, as: UTF8.self)
    }

    /// The run's lines; `tag` names it.
    public static func run(_ rankings: [NamedRanking], tag: String) -> String {
        rankings.map { ranking in
            order(ranking).enumerated().map { position, place in
                "\(field(ranking.query)) Q0 \(field(ranking.entries[place].name)) \(position + 1) \(ranking.entries.count - position) \(tag)\n"
            }.joined()
        }.joined()
    }

    /// Places of the candidates by falling score; NaN ranks last, equal scores by falling name, compared by bytes.
    static func order(_ ranking: NamedRanking) -> [Int] {
        let scores = ranking.entries.map { $0.candidate.score.isNaN ? -Float.infinity : $0.candidate.score }
        return scores.indices.sorted {
            scores[$0] != scores[$1]
                ? scores[$0] > scores[$1]
                : ranking.entries[$1].name.utf8.lexicographicallyPrecedes(ranking.entries[$0].name.utf8)
        }
    }

    /// Judgments whose levels stand for gains.
    public static func gainQrels(_ rankings: [NamedRanking]) -> String {
        qrels(rankings) { rank, relevant, _ in rank > 0 ? relevant + 1 - rank : 0 }
    }

    /// Judgments whose levels stand for ranks.
    public static func rankQrels(_ rankings: [NamedRanking]) -> String {
        let level = rankLevel(rankings)
        return qrels(rankings) { rank, relevant, count in
            rank > 0 ? level - rank : (count == relevant + 1 ? level - count : 0)
        }
    }

    /// The argument of trec_eval's `-m` that gives each level of `gainQrels` its gain.
    public static func gainLevels(_ rankings: [NamedRanking]) -> String {
        let highest = rankings.map(\.relevant).max() ?? 0
        return "ndcg." + (0..<highest).map { "\($0 + 1)=\(log(Double($0 + 2)))" }.joined(separator: ",")
    }

    private static func qrels(
        _ rankings: [NamedRanking], level: (_ rank: Int, _ relevant: Int, _ count: Int) -> Int
    ) -> String {
        rankings.map { ranking in
            let (relevant, count) = (ranking.relevant, ranking.entries.count)
            return ranking.entries.map { entry in
                "\(field(ranking.query)) 0 \(field(entry.name)) \(level(entry.candidate.rank, relevant, count))\n"
            }.joined()
        }.joined()
    }
}
