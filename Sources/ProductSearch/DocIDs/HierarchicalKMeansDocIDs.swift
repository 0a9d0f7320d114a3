import Tensors

/// A docID of clusters within clusters, as the Differentiable Search Index has them (Tay et al. 2022, arXiv 2202.06991,
/// section 3.2): titles with a common beginning are near each other.
///
/// A cluster that holds no more titles than clusters are to be made numbers them in their order. At the last level a cluster
/// may hold several titles: they share a docID.
public struct HierarchicalKMeansDocIDs: DocIDMaker {
    let clusters: Int
    let levels: Int
    let seed: UInt64

    public var symbols: Int { clusters }

    /// - Parameters:
    ///   - clusters: Parts of each cluster.
    ///   - levels: The most numbers of a docID; one whose title is alone in its cluster is shorter.
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
        var random = RandomStream(seed: seed, name: "docids.hierarchy")
        let top = KMeans(
            sample.values, rows: sample.rows, width: sample.width, clusters: clusters, random: &random,
            workers: workers)
        var codes: [[Int32]] = []
        codes.reserveCapacity(titles.count)
        try titles.forEachBlock(of: 4_096) { _, rows, values in
            codes += top.nearest(values, rows: rows, workers: workers).map { [$0.cluster] }
        }
        for part in Self.parts(codes.map { $0[0] }, clusters) where part.count > 1 && levels > 1 {
            let vectors = try titles.gathered(part)
            divide(
                vectors, Array(part.indices), width: titles.width, level: 1, random: &random,
                workers: workers
            ) { place, cluster in codes[part[place]].append(cluster) }
        }
        return codes
    }

    /// Divides the rows of `vectors` at `places`, and what comes of them again, down to the last level.
    private func divide(
        _ vectors: FloatBuffer, _ places: [Int], width: Int, level: Int, random: inout RandomStream,
        workers: WorkerPool, add: (_ place: Int, _ cluster: Int32) -> Void
    ) {
        guard places.count > clusters else {
            for (number, place) in places.enumerated() { add(place, Int32(number)) }
            return
        }
        let rows = FloatBuffer(count: places.count * width)
        for (row, place) in places.enumerated() {
            (rows.base + row * width).update(from: vectors.base + place * width, count: width)
        }
        let means = KMeans(
            rows, rows: places.count, width: width, clusters: clusters, random: &random, workers: workers)
        let found = means.nearest(rows.base, rows: places.count, workers: workers).map(\.cluster)
        for (place, cluster) in zip(places, found) { add(place, cluster) }
        guard level + 1 < levels else { return }
        for part in Self.parts(found, clusters) where part.count > 1 {
            divide(
                vectors, part.map { places[$0] }, width: width, level: level + 1, random: &random,
                workers: workers, add: add)
        }
    }

    /// Places by the cluster that they belong to.
    private static func parts(_ found: [Int32], _ clusters: Int) -> [[Int]] {
        var parts = [[Int]](repeating: [], count: clusters)
        for (place, cluster) in found.enumerated() { parts[Int(cluster)].append(place) }
        return parts
    }
}
