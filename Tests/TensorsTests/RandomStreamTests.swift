import Testing

@testable import Tensors

@Suite struct RandomStreamTests {
    @Test func sameKeySameNumbers() {
        var a = RandomStream(seed: 7, name: "batches", index: 3)
        var b = RandomStream(seed: 7, name: "batches", index: 3)
        #expect((0..<100).map { _ in a.next() } == (0..<100).map { _ in b.next() })
    }

    @Test func anyPartOfTheKeyChangesTheNumbers() {
        var first = Set<UInt64>()
        for seed in 0..<4 as Range<UInt64> {
            for name in ["a", "b", "ab"] {
                for index in 0..<4 as Range<UInt64> {
                    var stream = RandomStream(seed: seed, name: name, index: index)
                    first.insert(stream.next())
                }
            }
        }
        #expect(first.count == 48)
    }

    @Test func uniformAndNormalHaveTheirMoments() {
        var stream = RandomStream(seed: 1, name: "moments")
        let normals = (0..<200_000).map { _ in Double(stream.normal()) }
        let mean = normals.reduce(0, +) / 200_000
        let variance = normals.reduce(0) { $0 + $1 * $1 } / 200_000
        #expect(abs(mean) < 0.01)
        #expect(abs(variance - 1) < 0.02)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[stream.uniform(below: 7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
    }
}
