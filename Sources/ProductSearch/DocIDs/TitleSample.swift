import Tensors

/// Titles drawn at random without repetition, their embeddings in memory.
struct TitleSample: Sendable {
    /// [rows, width].
    let values: FloatBuffer
    let rows: Int
    let width: Int

    /// - Parameters:
    ///   - count: How many to draw; all titles, where there are fewer.
    ///   - stream: The name of the random stream that draws.
    ///   - distinct: Whether a title goes that is nearly the same as one drawn before it; others are drawn in its place.
    init(
        _ titles: any EmbeddingSource, count: Int, seed: UInt64, stream: String, distinct: Bool = false
    ) throws {
        width = titles.width
        var random = RandomStream(seed: seed, name: stream)
        let order = random.permutation(titles.count).map(Int.init)
        guard distinct else {
            rows = min(count, titles.count)
            values = try titles.gathered(Array(order.prefix(count)))
            return
        }
        var kept: [Int] = []
        // Few titles are alike, so the first piece is nearly always enough, and the others are then never read.
        for first in stride(from: 0, to: order.count, by: max(4 * count, 256)) {
            guard kept.count < count else { break }
            let drawn = Array(order[first..<min(first + max(4 * count, 256), order.count)])
            kept = try Self.distinct(kept + drawn, titles, count: count)
        }
        rows = kept.count
        values = try titles.gathered(kept)
    }

    /// The titles that centroids and dictionaries are learned from: at most 65,536.
    init(learningFrom titles: any EmbeddingSource, seed: UInt64) throws {
        try self.init(titles, count: 65_536, seed: seed, stream: "docids.sample")
    }

    /// The first `count` of `drawn` that are not nearly the same as one before.
    private static func distinct(
        _ drawn: [Int], _ titles: any EmbeddingSource, count: Int
    ) throws -> [Int] {
        let width = titles.width
        let values = try titles.gathered(drawn)
        var kept: [Int] = []
        for place in drawn.indices where kept.count < count {
            let isNew = kept.allSatisfy { earlier in
                var product: Float = 0
                for column in 0..<width {
                    product += values.base[place * width + column] * values.base[earlier * width + column]
                }
                // The cosine, as embeddings have length 1. Not exactly 1, which rounding would miss.
                return product < 0.9999
            }
            if isNew { kept.append(place) }
        }
        return kept.map { drawn[$0] }
    }
}
