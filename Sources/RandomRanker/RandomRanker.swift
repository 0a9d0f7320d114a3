import Rankers
import RankingData
import Tensors

/// A ranker whose scores are uniform in [0, 1).
///
/// A score depends on the seed, the query and the candidate alone, so that a candidate keeps it among others.
public struct RandomRanker: Ranker {
    private let seed: UInt64

    /// - Parameter seed: Two rankers of one seed give the same scores.
    public init(seed: UInt64) { self.seed = seed }

    public func scores(for queries: [RankedQuery]) -> [[Float]] {
        queries.map { query in query.candidates.map { score(query: query.query, candidate: $0.entity) } }
    }

    private func score(query: Int32, candidate: Int32) -> Float {
        // Both places side by side: no two pairs have one number.
        let pair = UInt64(UInt32(bitPattern: query)) << 32 | UInt64(UInt32(bitPattern: candidate))
        var stream = RandomStream(seed: seed, name: "random.scores", index: pair)
        return stream.uniformFloat()
    }
}
