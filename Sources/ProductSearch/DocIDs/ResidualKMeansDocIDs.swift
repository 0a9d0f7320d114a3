import Tensors

/// A docID of centroids: the nearest to the title, the nearest to what that leaves of it, and so on (residual quantisation;
/// Juang and Gray 1982, DOI 10.1109/ICASSP.1982.1171604).
public struct ResidualKMeansDocIDs: DocIDMaker {
    let clusters: Int
    let levels: Int
    let seed: UInt64

    public var symbols: Int { clusters }

    /// - Parameters:
    ///   - clusters: Centroids of each level.
    ///   - levels: Numbers of a docID.
    public init(clusters: Int = 100, levels: Int = 3, seed: UInt64 = 0) {
        self.clusters = clusters
        self.levels = levels
        self.seed = seed
    }

    public func codes(of titles: any EmbeddingSource, workers: WorkerPool) throws -> [[Int32]] {
        let sample = try TitleSample(titles, count: 65_536, seed: seed, stream: "docids.sample")
        guard sample.rows >= clusters else {
            throw DocIDError.tooFewTitles(sample.rows, needed: clusters, what: "the clusters")
        }
        let books = (0..<levels).map { level in
            var random = RandomStream(seed: seed, name: "docids.residual", index: UInt64(level))
            let means = KMeans(
                sample.values, rows: sample.rows, width: sample.width, clusters: clusters, random: &random,
                workers: workers)
            _ = means.subtract(from: sample.values.base, rows: sample.rows, workers: workers)
            return means
        }
        var codes: [[Int32]] = []
        codes.reserveCapacity(titles.count)
        let left = FloatBuffer(count: min(4_096, titles.count) * titles.width)
        try titles.forEachBlock(of: 4_096) { _, rows, values in
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
