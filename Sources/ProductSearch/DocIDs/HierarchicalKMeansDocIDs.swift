import Tensors

/// A docID of clusters within clusters, as the Differentiable Search Index has them (Tay et al. 2022, arXiv 2202.06991,
/// section 3.2): titles with a common beginning are near each other.
///
/// A cluster that holds no more titles than clusters are to be made numbers them in their order. At the last level a cluster
/// may hold several titles: they share a docID.
public struct HierarchicalKMeansDocIDs: DocIDMaker {
    let configuration: DocIDConfiguration

    /// Titles whose embeddings are in memory together, unless one cluster has more: 400 MB of MiniLM's.
    private static let rowsInMemory = 262_144

    private var clusters: Int { configuration.atoms }

    /// - Parameter configuration: Its `atoms` are the parts of each cluster, its `nonzeros` the most numbers of a docID; one
    ///   whose title is alone in its cluster is shorter.
    public init(_ configuration: DocIDConfiguration) { self.configuration = configuration }

    public func codes(of titles: any EmbeddingSource, workers: WorkerPool) throws -> [[Int32]] {
        try configuration.check(titles: titles.count)
        let sample = try TitleSample(learningFrom: titles, seed: configuration.seed)
        var random = RandomStream(seed: configuration.seed, name: "docids.hierarchy")
        let top = KMeans(sample, clusters: clusters, random: &random, workers: workers)
        var codes: [[Int32]] = []
        codes.reserveCapacity(titles.count)
        try titles.forEachBlock(of: 4_096) { _, rows, values in
            codes += top.nearest(values, rows: rows, workers: workers).map { [$0.cluster] }
        }
        guard configuration.nonzeros > 1 else { return codes }
        // A title that is alone in its cluster has a docID of its own already.
        let parts = Self.parts(codes.map { $0[0] }, clusters).filter { $0.count > 1 }
        for group in Self.groups(parts, rows: Self.rowsInMemory) {
            let places = group.flatMap(\.self)
            // Gathering goes through all embeddings on disk, so it is done for many clusters at once.
            let vectors = try titles.gathered(places)
            var first = 0
            // One after another, since all draw from one random stream.
            for part in group {
                divide(
                    vectors, Array(first..<(first + part.count)), width: titles.width, level: 1,
                    random: &random, workers: workers
                ) { place, cluster in codes[places[place]].append(cluster) }
                first += part.count
            }
        }
        return codes
    }

    /// Clusters one after another, at most `rows` titles together where no one of them has more.
    static func groups(_ parts: [[Int]], rows: Int) -> [[[Int]]] {
        var groups: [[[Int]]] = []
        var held = 0
        for part in parts {
            held += part.count
            if groups.isEmpty || held > rows {
                groups.append([])
                held = part.count
            }
            groups[groups.count - 1].append(part)
        }
        return groups
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
        // Matrix products want a cluster's vectors side by side.
        let rows = FloatBuffer(count: places.count * width)
        for (row, place) in places.enumerated() {
            (rows.base + row * width).update(from: vectors.base + place * width, count: width)
        }
        let means = KMeans(
            rows, rows: places.count, width: width, clusters: clusters, random: &random, workers: workers)
        let found = means.nearest(rows.base, rows: places.count, workers: workers).map(\.cluster)
        for (place, cluster) in zip(places, found) { add(place, cluster) }
        guard level + 1 < configuration.nonzeros else { return }
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
