import Foundation
import RankingData
import Tensors

/// The titles nearest to each query by inner product: exact, over all titles.
///
/// Titles are read block by block for a group of queries at a time, so memory grows with neither. The same lists come
/// out, to the last bit, for any number of threads: what a worker multiplies is cut by the queries and titles alone.
public struct NearestTitles {
    /// The queries of one matrix product, and the titles of one.
    private static let (queryRows, titleRows) = (64, 4_096)

    let titles: any EmbeddingSource
    let workers: WorkerPool
    private let cache: URL?

    /// - Parameter cache: Where each group's lists are kept as soon as they are made, so that interrupted work goes on behind
    ///   them; nil keeps none.
    public init(_ titles: any EmbeddingSource, workers: WorkerPool, cache: URL? = nil) {
        self.titles = titles
        self.workers = workers
        self.cache = cache
    }

    /// For each query the titles at the given ranks (1 is the nearest), in that order. Equal products: the title that comes
    /// first in the corpus.
    ///
    /// - Parameters:
    ///   - ranks: The largest is how many titles are selected and sorted.
    ///   - progress: Told of queries done and of all after each group that had to be made; false ends the work.
    /// - Throws: `ListError.tooFewTitles`; `EmbeddingError.widths`; what reading embeddings throws; `FileFailure`;
    ///   `CancellationError`.
    public func lists(
        for queries: any EmbeddingSource, ranks: ListRanks, progress: (_ done: Int, _ all: Int) -> Bool
    ) throws -> [[Int32]] {
        try ranks.check(titles: titles.count)
        guard titles.width == queries.width else {
            throw EmbeddingError.widths(titles: titles.width, queries: queries.width)
        }
        let identity = try "\(titles.fingerprint) \(queries.fingerprint) \(ranks.ranks)"
        if let cache { BlockFile.removeAbandoned(in: cache) }
        var lists: [[Int32]] = []
        lists.reserveCapacity(queries.count)
        let groupRows = Self.groupRows(depth: ranks.depth)
        for first in stride(from: 0, to: queries.count, by: groupRows) {
            let group = first..<min(first + groupRows, queries.count)
            // The name says all that the lists depend on, so that a file which is there never belongs to other data or
            // ranks.
            let name = Fingerprint.of(Data("\(identity) \(first)".utf8)) + ".i32"
            let file = cache.map { BlockFile(url: $0.appendingPathComponent(name)) }
            if let kept = file.flatMap({ Self.kept($0, queries: group.count, ranks: ranks.ranks.count) }) {
                lists += kept
                continue
            }
            let made = try nearest(queries, group, depth: ranks.depth).map { sorted in
                ranks.ranks.map { sorted[$0 - 1] }
            }
            lists += made
            try made.flatMap(\.self).withUnsafeBytes { try file?.write($0) }
            // Asked after the group is on disk, so that whoever stops the work loses none of it.
            guard progress(group.upperBound, queries.count) else { throw CancellationError() }
        }
        return lists
    }

    /// The queries for which titles are read once: fewer where many titles are selected for each, so that a group's
    /// selections hold no more than 64 million titles, half a gigabyte, or those of one matrix product.
    static func groupRows(depth: Int) -> Int {
        let most = (1 << 26) / TopSelection.capacity(count: depth, slack: titleRows)
        return max(queryRows, min(1_024, most / queryRows * queryRows))
    }

    private static func kept(_ file: BlockFile, queries: Int, ranks: Int) -> [[Int32]]? {
        guard let bytes = file.read(bytes: 4 * queries * ranks, isVerified: true) else { return nil }
        return bytes.withUnsafeBytes { bytes in
            (0..<queries).map { query in
                (0..<ranks).map {
                    bytes.loadUnaligned(fromByteOffset: 4 * (query * ranks + $0), as: Int32.self)
                }
            }
        }
    }

    /// The `depth` nearest titles of each of a group of queries, nearest first.
    private func nearest(
        _ queries: any EmbeddingSource, _ group: Range<Int>, depth: Int
    ) throws -> [[Int32]] {
        let width = titles.width
        let rows = FloatBuffer(count: group.count * width)
        try queries.read(group, to: rows.base)
        let selections = group.map { _ in TopSelection(count: depth, slack: Self.titleRows) }
        let tasks = (group.count + Self.queryRows - 1) / Self.queryRows
        // Products are [queries, titles], a buffer for each worker. A selection needs no lock: a task has queries of
        // its own.
        let scratch = (0..<min(workers.threads, tasks)).map { _ in
            FloatBuffer(count: Self.queryRows * Self.titleRows)
        }
        try titles.forEachBlock(of: Self.titleRows) { first, count, values in
            let block = SharedRows(base: values)
            workers.runAscending(tasks) { worker, task in
                let start = task * Self.queryRows
                let held = min(Self.queryRows, group.count - start)
                let products = scratch[worker].base
                // Rows stay `titleRows` apart in the last block too, which has fewer titles.
                sgemm(
                    .no, .yes, held, count, width, rows.base + start * width, lda: width, block.base,
                    ldb: width, products, ldc: Self.titleRows)
                for row in 0..<held {
                    selections[start + row].add(
                        products + row * Self.titleRows, count: count, first: first)
                }
            }
        }
        return workers.map(group.count) { selections[$0].sorted() }
    }
}
