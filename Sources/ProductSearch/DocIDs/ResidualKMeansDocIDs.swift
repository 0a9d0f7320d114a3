import Tensors

/// A docID of centroids: the nearest to the title, the nearest to what that leaves of it, and so on (residual quantisation;
/// Juang and Gray 1982, DOI 10.1109/ICASSP.1982.1171604).
public struct ResidualKMeansDocIDs: DocIDMaker {
    let configuration: DocIDConfiguration

    /// - Parameter configuration: Its `atoms` are the centroids of each level, its `nonzeros` the levels.
    public init(_ configuration: DocIDConfiguration) { self.configuration = configuration }

    public func codes(of titles: any EmbeddingSource, workers: WorkerPool) throws -> [[Int32]] {
        try configuration.check(titles: titles.count)
        let sample = try TitleSample(learningFrom: titles, seed: configuration.seed)
        let books = (0..<configuration.nonzeros).map { level in
            var random = RandomStream(
                seed: configuration.seed, name: "docids.residual", index: UInt64(level))
            let means = KMeans(sample, clusters: configuration.atoms, random: &random, workers: workers)
            // The next level learns from what this one leaves: the sample, which nobody else reads, is changed in
            // place.
            _ = means.subtract(from: sample.values.base, rows: sample.rows, workers: workers)
            return means
        }
        var codes: [[Int32]] = []
        codes.reserveCapacity(titles.count)
        let left = FloatBuffer(count: min(4_096, titles.count) * titles.width)
        try titles.forEachBlock(of: 4_096) { _, rows, values in
            // A copy, as each level takes its centroids away and the block is not the maker's to change.
            left.base.update(from: values, count: rows * titles.width)
            let levels = books.map { $0.subtract(from: left.base, rows: rows, workers: workers) }
            for row in 0..<rows { codes.append(levels.map { $0[row] }) }
        }
        return codes
    }
}

extension KMeans {
    /// Takes from each vector its nearest centroid; returns which that was.
    fileprivate func subtract(
        from vectors: UnsafeMutablePointer<Float>, rows: Int, workers: WorkerPool
    ) -> [Int32] {
        let found = nearest(vectors, rows: rows, workers: workers).map(\.cluster)
        for (row, cluster) in found.enumerated() {
            for column in 0..<width {
                vectors[row * width + column] -= centroids.base[Int(cluster) * width + column]
            }
        }
        return found
    }
}
