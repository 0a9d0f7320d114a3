import Foundation
import Tensors

/// Lloyd's algorithm (1982, DOI 10.1109/TIT.1982.1056489): centroids that leave little of the vectors nearest to them.
///
/// Starts from vectors drawn at random. A cluster that loses all its vectors gets the one farthest from its own centroid.
struct KMeans: Sendable {
    /// [clusters, width].
    let centroids: FloatBuffer
    let clusters: Int
    let width: Int
    /// Half of each centroid's square: what its inner product is lessened by to order by distance.
    private let halves: [Float]

    static let rounds = 20
    private static let taskRows = 1_024

    private init(centroids: FloatBuffer, clusters: Int, width: Int) {
        self.centroids = centroids
        self.clusters = clusters
        self.width = width
        halves = (0..<clusters).map { cluster in
            var sum = 0.0
            for column in 0..<width {
                let value = Double(centroids.base[cluster * width + column])
                sum += value * value
            }
            return Float(sum / 2)
        }
    }

    /// - Parameters:
    ///   - vectors: [rows, width], at least as many as clusters.
    ///   - random: Draws the vectors to start from.
    init(
        _ vectors: FloatBuffer, rows: Int, width: Int, clusters: Int, random: inout RandomStream,
        workers: WorkerPool
    ) {
        precondition(rows >= clusters, "\(rows) vectors are too few for \(clusters) clusters")
        let start = FloatBuffer(count: clusters * width)
        for (cluster, row) in random.permutation(rows).prefix(clusters).enumerated() {
            (start.base + cluster * width).update(from: vectors.base + Int(row) * width, count: width)
        }
        var means = KMeans(centroids: start, clusters: clusters, width: width)
        for _ in 0..<Self.rounds {
            let nearest = means.nearest(vectors.base, rows: rows, workers: workers)
            means = means.moved(vectors, nearest)
        }
        self = means
    }

    /// - Parameter random: Draws the vectors to start from.
    init(_ sample: TitleSample, clusters: Int, random: inout RandomStream, workers: WorkerPool) {
        self.init(
            sample.values, rows: sample.rows, width: sample.width, clusters: clusters, random: &random,
            workers: workers)
    }

    /// The nearest centroid of each of `rows` vectors (the first of equally near ones), and a number that falls with the
    /// distance: x . c - c . c / 2.
    func nearest(
        _ vectors: UnsafePointer<Float>, rows: Int, workers: WorkerPool
    ) -> [(cluster: Int32, nearness: Float)] {
        // Tasks have as many rows for any number of threads: the shape of a matrix product may decide how it is
        // rounded.
        let source = SharedRows(base: vectors)
        return workers.map((rows + Self.taskRows - 1) / Self.taskRows) { task in
            let first = task * Self.taskRows
            let count = min(Self.taskRows, rows - first)
            let products = FloatBuffer(count: count * clusters)
            sgemm(
                .no, .yes, count, clusters, width, source.base + first * width, lda: width, centroids.base,
                ldb: width, products.base, ldc: clusters)
            return (0..<count).map { row in
                let own = products.base + row * clusters
                // The square of the distance is x . x - 2 (x . c - c . c / 2), and x . x is the same for every
                // centroid.
                var best = (cluster: Int32(0), nearness: own[0] - halves[0])
                for cluster in 1..<max(1, clusters) {
                    let nearness = own[cluster] - halves[cluster]
                    if nearness > best.nearness { best = (Int32(cluster), nearness) }
                }
                return best
            }
        }.flatMap { $0 }
    }

    /// The centroids of the vectors assigned to each.
    private func moved(_ vectors: FloatBuffer, _ nearest: [(cluster: Int32, nearness: Float)]) -> KMeans {
        // By one thread, in the order of the vectors, so that the sums have the same bits for any number of threads.
        var sums = [Double](repeating: 0, count: clusters * width)
        var counts = [Int](repeating: 0, count: clusters)
        for (row, found) in nearest.enumerated() {
            let to = Int(found.cluster) * width
            counts[Int(found.cluster)] += 1
            for column in 0..<width { sums[to + column] += Double(vectors.base[row * width + column]) }
        }
        let moved = FloatBuffer(count: clusters * width)
        for cluster in 0..<clusters where counts[cluster] > 0 {
            for column in 0..<width {
                moved.base[cluster * width + column] = Float(
                    sums[cluster * width + column] / Double(counts[cluster]))
            }
        }
        let empty = counts.indices.filter { counts[$0] == 0 }
        if !empty.isEmpty {
            let distances = nearest.indices.map { distance(vectors, $0, nearest) }
            // Of vectors that are equally far the first comes first: the order must not depend on how the sort treats
            // equals.
            let farthest = nearest.indices.sorted { (distances[$1], $0) < (distances[$0], $1) }
            for (cluster, row) in zip(empty, farthest) {
                (moved.base + cluster * width).update(from: vectors.base + row * width, count: width)
            }
        }
        return KMeans(centroids: moved, clusters: clusters, width: width)
    }

    /// The square of the distance to the nearest centroid.
    private func distance(
        _ vectors: FloatBuffer, _ row: Int, _ nearest: [(cluster: Int32, nearness: Float)]
    ) -> Float {
        var squares: Float = 0
        for column in 0..<width {
            squares += vectors.base[row * width + column] * vectors.base[row * width + column]
        }
        // x . x - 2 (x . c - c . c / 2): nearness is the part in brackets.
        return squares - 2 * nearest[row].nearness
    }
}
