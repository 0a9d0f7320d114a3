import Foundation
import Tensors
import Testing

@testable import ProductSearch

@Suite struct NearestTitlesTests {
    private func random(_ count: Int, width: Int, _ name: String) -> EmbeddingMatrix {
        var stream = RandomStream(seed: 14, name: name)
        return EmbeddingMatrix((0..<(count * width)).map { _ in stream.normal() }, width: width)
    }

    /// Selection against a sort, scores with many ties, negative ones, both zeros, infinite ones and NaN.
    @Test(arguments: [1, 7, 100, 999, 1_000]) func selectionIsTheBeginningOfTheSort(count: Int) {
        var stream = RandomStream(seed: UInt64(count), name: "selection")
        let special: [Float] = [.nan, -.nan, .infinity, -.infinity, 0, -0.0]
        let scores = (0..<1_000).map { place in
            place % 50 < special.count
                ? special[place % 50] : Float(stream.uniform(below: 200) - 100) / 16
        }
        let selection = TopSelection(count: count, slack: 64)
        for first in stride(from: 0, to: 1_000, by: 64) {
            scores.withUnsafeBufferPointer {
                selection.add($0.baseAddress! + first, count: min(64, 1_000 - first), first: first)
            }
        }
        let expected = scores.indices.sorted { left, right in
            let (a, b) = (scores[left], scores[right])
            if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? left < right : b.isNaN }
            return a != b ? a > b : left < right
        }
        #expect(selection.sorted() == expected.prefix(count).map(Int32.init))
    }

    /// Against products in double precision of all pairs.
    @Test func listsHoldTheTitlesAtTheRanks() throws {
        let (titles, queries) = (random(9_001, width: 24, "titles"), random(70, width: 24, "queries"))
        let ranks = try ListRanks(count: 12, step: 50)
        #expect(ranks.ranks.prefix(3) == [1, 50, 100] && ranks.depth == 550)
        let lists = try NearestTitles(titles, workers: WorkerPool(threads: 2))
            .lists(for: queries, ranks: ranks) { _, _ in true }
        let (t, q) = (try titles.all, try queries.all)
        for query in 0..<70 {
            let products = (0..<9_001).map { title in
                (0..<24).reduce(0.0) { $0 + Double(t[title * 24 + $1]) * Double(q[query * 24 + $1]) }
            }
            let sorted = products.sorted(by: >)
            for (title, rank) in zip(lists[query], ranks.ranks) {
                #expect(abs(products[Int(title)] - sorted[rank - 1]) < 1e-6)
            }
        }
    }

    /// Products of these are exact: each axis many times, so most are equal.
    @Test func equalProductsGoByPlace() throws {
        let titles = EmbeddingMatrix(
            (0..<9_000).flatMap { place in (0..<4).map { $0 == place % 4 ? Float(1) : 0 } }, width: 4)
        let lists = try NearestTitles(titles, workers: WorkerPool(threads: 1)).lists(
            for: EmbeddingMatrix([0, 1, 0, 0, 0, 0.6, 0, 0.8], width: 4),
            ranks: ListRanks(count: 4_600, step: 1)
        ) { _, _ in true }
        let axes = (0..<4).map { axis in (0..<2_250).map { Int32(4 * $0 + axis) } }
        let zeros = (0..<9_000).filter { $0 % 4 != 1 }.map(Int32.init)
        #expect(lists[0] == Array((axes[1] + zeros).prefix(4_600)))
        let others = (0..<9_000).filter { $0 % 2 == 0 }.map(Int32.init)
        #expect(lists[1] == Array((axes[3] + axes[1] + others).prefix(4_600)))
    }

    @Test func sameListsForAnyThreadsAndAfterInterruption() throws {
        let folder = try TemporaryFolder()
        let (titles, queries) = (random(5_000, width: 16, "t"), random(2_500, width: 16, "q"))
        let ranks = try ListRanks(count: 5, step: 10)
        let one = try NearestTitles(titles, workers: WorkerPool(threads: 1))
            .lists(for: queries, ranks: ranks) { _, _ in true }
        let kept = NearestTitles(titles, workers: WorkerPool(threads: 2), cache: folder.url)
        #expect(throws: CancellationError.self) {
            try kept.lists(for: queries, ranks: ranks) { _, _ in false }
        }
        var steps: [Int] = []
        let two = try kept.lists(for: queries, ranks: ranks) { done, _ in
            steps.append(done)
            return true
        }
        #expect(steps == [2_048, 2_500])
        #expect(one == two)
        let again = try kept.lists(for: queries, ranks: ranks) { _, _ in
            Issue.record("made again")
            return true
        }
        #expect(again == one)
        let wider = try kept.lists(for: queries, ranks: ListRanks(count: 6, step: 10)) { _, _ in true }
        #expect(wider.map { Array($0.prefix(5)) } == one)
    }

    /// A group's selections have room for 64 million titles, or for those of one matrix product's 64 queries.
    @Test func fewerQueriesAtOnceWhereEachKeepsMany() {
        #expect([1, 1_000, 10_000].allSatisfy { NearestTitles.groupRows(depth: $0) == 1_024 })
        #expect(NearestTitles.groupRows(depth: 100_000) == 320)
        #expect(NearestTitles.groupRows(depth: 1_000_000) == 64)
    }

    @Test func whatCannotBeListedIsRefused() throws {
        let titles = random(99, width: 8, "t")
        let near = NearestTitles(titles, workers: WorkerPool(threads: 1))
        #expect(throws: ListError.tooFewTitles(99, needed: 100)) {
            try near.lists(for: titles, ranks: ListRanks(count: 11, step: 10)) { _, _ in true }
        }
        #expect(throws: EmbeddingError.widths(titles: 8, queries: 4)) {
            try near.lists(for: random(3, width: 4, "q"), ranks: ListRanks(count: 2, step: 10)) { _, _ in
                true
            }
        }
        #expect(throws: ListError.ranks(count: 0, step: 1)) { try ListRanks(count: 0, step: 1) }
        #expect(throws: ListError.ranks(count: 3, step: -1)) { try ListRanks(count: 3, step: -1) }
    }
}
