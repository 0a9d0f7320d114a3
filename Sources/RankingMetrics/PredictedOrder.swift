/// The order that a ranker's scores give a query's candidates, each known by its gold rank: `2 1 3=4 -1`.
///
/// The highest score comes first. A relevant document is its gold rank; the negatives are -1, -2 and so on, as the query lists
/// them; `x17` are 17 documents that are neither. Candidates of equal scores are joined by `=`: no order of theirs is meant,
/// and metrics are expectations over all of them. So every metric that compares ranks can be computed again from the order.
public struct PredictedOrder: Hashable, Sendable, LosslessStringConvertible {
    /// Candidates of equal scores, or a run of documents that are neither relevant nor negatives.
    public struct Group: Hashable, Sendable {
        /// Gold ranks ascending, then negatives: -1, -2.
        public let ranks: [Int]
        /// How many documents are neither.
        public let others: Int

        init(ranks: [Int], others: Int) {
            self.ranks = ranks.filter { $0 > 0 }.sorted() + ranks.filter { $0 < 0 }.sorted(by: >)
            self.others = others
        }
    }

    /// By falling score.
    public let groups: [Group]

    /// The order of a query that has been scored. A NaN is last, as in every metric.
    public init(_ query: ScoredQuery) {
        var negatives = 0
        let ranks = query.candidates.map { candidate in
            guard candidate.rank == 0, candidate.isNegative else { return candidate.rank }
            negatives += 1
            return -negatives
        }
        var groups: [Group] = []
        var start = 0
        while start < query.predicted.count {
            let end = query.positions[query.predicted[start]].upperBound
            let members = query.predicted[start..<end].map { ranks[$0] }
            var group = Group(ranks: members.filter { $0 != 0 }, others: members.count { $0 == 0 })
            start = end
            // Which of two documents that have no rank stands before the other means nothing.
            if group.ranks.isEmpty, let last = groups.last, last.ranks.isEmpty {
                group = Group(ranks: [], others: groups.removeLast().others + group.others)
            }
            groups.append(group)
        }
        self.groups = groups
    }

    /// The order that a text spells; nil for any text that is not the `description` of an order.
    public init?(_ text: String) {
        var groups: [Group] = []
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            var (ranks, others): ([Int], Int) = ([], 0)
            for member in part.split(separator: "=", omittingEmptySubsequences: false) {
                let isOthers = member.first == "x"
                guard let number = Int(isOthers ? member.dropFirst() : member), number != 0 else {
                    return nil
                }
                if isOthers { others = number } else { ranks.append(number) }
            }
            groups.append(Group(ranks: ranks, others: others))
        }
        self.groups = groups
        // Each relevant document and each negative stands there once, and there is one way to write an order.
        let all = groups.flatMap(\.ranks)
        let negatives = all.filter { $0 < 0 }.sorted(by: >)
        guard !groups.isEmpty,
            relevant.sorted().elementsEqual(all.indices.prefix(relevant.count).map { $0 + 1 }),
            negatives.elementsEqual(all.indices.prefix(negatives.count).map { -$0 - 1 }),
            !zip(groups, groups.dropFirst()).contains(where: { $0.ranks.isEmpty && $1.ranks.isEmpty }),
            description == text
        else { return nil }
    }

    /// The gold ranks of the relevant documents, in the predicted order.
    public var relevant: [Int] { groups.flatMap(\.ranks).filter { $0 > 0 } }

    /// How many negatives the query has.
    public var negatives: Int { groups.reduce(0) { $0 + $1.ranks.count { $0 < 0 } } }

    public var description: String {
        groups.map { group in
            (group.ranks.map(String.init) + (group.others > 0 ? ["x\(group.others)"] : []))
                .joined(separator: "=")
        }.joined(separator: " ")
    }
}
