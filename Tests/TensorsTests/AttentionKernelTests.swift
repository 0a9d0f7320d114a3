import CRankKernels
import Foundation
import Testing

@testable import Tensors

/// Attention of one packed sequence, every variant against a dense computation in double precision, forward and
/// backward.
@Suite struct AttentionKernelTests {
    struct Case: Sendable {
        var shared = 0
        var prompt = 0
        /// Each node's parent; the root, node 0, has itself.
        var parents = [0]
        /// Where blocks of the prompt begin, and the last one's end.
        var blocks: [Int32] = []
        var window = 0
        var asks = true
        /// Whether the kernels get the tree in runs, as trees with long paths are given.
        var inRuns = false
        var heads = 4
        var keyValueHeads = 2
        var d = 8

        var rows: Int { shared + prompt + parents.count }
        var stride: Int { (heads + 2 * keyValueHeads) * d }
        func chain(_ node: Int) -> [Int] { node == 0 ? [] : chain(parents[node]) + [node] }
        func position(_ row: Int) -> Int {
            let node = row - shared - prompt
            return node <= 0 ? row : shared + prompt + chain(node).count
        }

        /// The rows that a row sees.
        func visible(_ row: Int) -> [Int] {
            let node = row - shared - prompt
            var all =
                node < 0
                ? Array(0...row) : Array(0...(shared + prompt)) + chain(node).map { shared + prompt + $0 }
            let own = row - shared
            if node < 0, let first = blocks.first, own >= first, own < blocks[blocks.count - 1] {
                let start = blocks.last { $0 <= own }!
                all = all.filter { $0 < shared + Int(first) || $0 >= shared + Int(start) }
            }
            return all.filter { window == 0 || position(row) - position($0) < window }
        }

        /// Where runs begin, and the last one's end.
        var runs: [Int] {
            inRuns
                ? (1...parents.count).filter { $0 < 2 || $0 == parents.count || parents[$0] != $0 - 1 } : []
        }

        /// The ancestors of a node of the tree in ranges.
        func ranges(above node: Int) -> [rk_node_range] {
            var ranges: [rk_node_range] = []
            for (depth, ancestor) in chain(node).dropLast().enumerated() {
                if let last = ranges.last, last.limit == ancestor, parents[ancestor] == ancestor - 1,
                    !runs.contains(ancestor)
                {
                    ranges[ranges.count - 1].limit += 1
                } else {
                    ranges.append(
                        rk_node_range(
                            first: Int32(ancestor), limit: Int32(ancestor) + 1, depth: Int32(depth) + 1))
                }
            }
            return ranges
        }

        var asking: [Int] { Array((asks ? shared : shared + prompt)..<rows) }
    }

    static let cases = [
        Case(), Case(prompt: 1), Case(prompt: 7, d: 4),
        Case(shared: 5, prompt: 30, parents: [0, 0, 1, 1, 0, 4, 5, 5, 2], d: 32),
        Case(shared: 5, prompt: 30, parents: [0, 0, 1, 1, 0], asks: false),
        Case(shared: 3, prompt: 41, parents: [0, 0, 1, 2, 3, 4], window: 3, d: 16),
        Case(shared: 3, prompt: 41, parents: [0, 0, 1, 2, 3, 4], window: 20, d: 16),
        Case(prompt: 60, parents: [0, 0, 0, 1], blocks: [4, 20, 21, 50, 57], d: 20),
        Case(
            shared: 6, prompt: 70, parents: [0, 0, 1, 2, 3, 4], blocks: [0, 33, 34, 61], heads: 3,
            keyValueHeads: 1, d: 40),
        Case(shared: 2, prompt: 90, parents: [0, 0], blocks: [5, 40, 80], window: 25, d: 8),
        Case(shared: 16, prompt: 200, parents: [0, 0, 1, 0, 3], d: 64),
        Case(prompt: 1, parents: [0, 0], inRuns: true),
        Case(shared: 5, prompt: 30, parents: [0, 0, 1, 1, 0, 4, 5, 5, 2], asks: false, inRuns: true, d: 32),
        Case(
            shared: 3, prompt: 20, parents: text(40) + [12] + text(30, from: 41) + [45, 71, 0], inRuns: true),
        Case(
            prompt: 50, parents: text(40) + [12] + text(30, from: 41) + [45, 71, 0], blocks: [4, 20, 50],
            inRuns: true, d: 20),
        Case(
            shared: 3, prompt: 9, parents: text(40) + [12] + text(30, from: 41) + [45, 71, 0], window: 25,
            inRuns: true),
        Case(prompt: 9, parents: text(70) + [3], window: 30, asks: false, inRuns: true, d: 16),
    ]

    /// The parents of a root and a path of nodes that follow each other; with `from`, of a path that goes on behind it.
    static func text(_ count: Int, from first: Int? = nil) -> [Int] {
        first.map { first in (0..<count).map { first + $0 } } ?? [0] + (0..<count).map { $0 }
    }

    struct Passes {
        var out: [Double]
        var gradient: [Double]
    }

    private func dense(_ c: Case, _ qkv: [Float], _ dout: [Float]) -> Passes {
        var result = Passes(
            out: [Double](repeating: 0, count: c.rows * c.heads * c.d),
            gradient: [Double](repeating: 0, count: qkv.count))
        let scale = 1 / Double(c.d).squareRoot()
        for head in 0..<c.heads {
            let shared = head / (c.heads / c.keyValueHeads)
            func q(_ row: Int) -> Int { row * c.stride + head * c.d }
            func k(_ row: Int) -> Int { row * c.stride + (c.heads + shared) * c.d }
            func v(_ row: Int) -> Int { row * c.stride + (c.heads + c.keyValueHeads + shared) * c.d }
            for row in c.asking {
                let seen = c.visible(row)
                let e = seen.map { key in
                    exp(
                        scale
                            * (0..<c.d).reduce(0) { $0 + Double(qkv[q(row) + $1]) * Double(qkv[k(key) + $1]) }
                    )
                }
                let p = e.map { $0 / e.reduce(0, +) }
                let at = row * c.heads * c.d + head * c.d
                var dp = [Double](repeating: 0, count: seen.count)
                for (index, key) in seen.enumerated() {
                    for i in 0..<c.d {
                        result.out[at + i] += p[index] * Double(qkv[v(key) + i])
                        result.gradient[v(key) + i] += p[index] * Double(dout[at + i])
                        dp[index] += Double(dout[at + i]) * Double(qkv[v(key) + i])
                    }
                }
                let mean = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
                for (index, key) in seen.enumerated() {
                    let ds = scale * p[index] * (dp[index] - mean)
                    for i in 0..<c.d {
                        result.gradient[q(row) + i] += ds * Double(qkv[k(key) + i])
                        result.gradient[k(key) + i] += ds * Double(qkv[q(row) + i])
                    }
                }
            }
        }
        return result
    }

    private func run(
        _ variant: KernelVariantTests.Variant, _ c: Case, _ qkv: [Float], _ dout: [Float],
        roundedFrom: Int = 0
    ) -> (out: [Float], gradient: [Float]) {
        let chains = c.parents.indices.map(c.chain)
        let ancestors = chains.flatMap { $0.map(Int32.init) }
        let start = [0] + chains.indices.map { index in Int32(chains[...index].reduce(0) { $0 + $1.count }) }
        let runs = c.runs.map(Int32.init)
        let above = c.runs.dropLast().map { c.ranges(above: $0) }
        let rangeStart = (0...above.count).map { Int32(above[..<$0].joined().count) }
        let ranges = Array(above.joined())
        var shape = rk_attention_shape(
            heads: Int32(c.heads), key_value_heads: Int32(c.keyValueHeads), head_dimension: Int32(c.d),
            prompt_asks: c.asks ? 1 : 0, window: Int32(c.window), rounded_from: Int32(roundedFrom))
        var out = [Float](repeating: 0, count: c.rows * c.heads * c.d)
        // Own rows' gradients are written: what was there must not matter.
        var gradient = [Float](repeating: .nan, count: qkv.count)
        for index in 0..<c.shared * c.stride { gradient[index] = 0 }
        for row in c.shared..<c.rows where !c.asking.contains(row) {
            for index in 0..<c.heads * c.d { gradient[row * c.stride + index] = 0 }
        }
        withPointers(start, ancestors, c.blocks) { start, ancestors, blocks in
            withPointers(runs, rangeStart, ranges) { runs, rangeStart, ranges in
                // A tree in runs has no lists.
                var s = rk_sequence(
                    shared: Int32(c.shared), prompt: Int32(c.prompt), tree: Int32(c.parents.count),
                    shared_row: 0, prompt_row: Int32(c.shared), tree_row: Int32(c.shared + c.prompt),
                    ancestor_start: c.inRuns ? nil : start.baseAddress,
                    ancestors: c.inRuns ? nil : ancestors.baseAddress, runs: Int32(max(0, runs.count - 1)),
                    run_start: runs.baseAddress, range_start: rangeStart.baseAddress,
                    ranges: ranges.baseAddress, blocks: Int32(max(0, blocks.count - 1)),
                    block_start: blocks.baseAddress)
                var sums = [Float](repeating: .nan, count: rk_attention_log_sums(&s, &shape))
                var scratch = [Float](repeating: .nan, count: rk_attention_scratch(&s, &shape))
                let k = variant.kernels
                k.rk_attention_forward(&s, &shape, qkv, &out, &sums, &scratch)
                for index in scratch.indices { scratch[index] = .nan }
                k.rk_attention_backward(&s, &shape, qkv, out, dout, sums, &gradient, &scratch)
            }
        }
        return (out, gradient)
    }

    private func withPointers<A, B, C>(
        _ a: [A], _ b: [B], _ c: [C],
        _ body: (UnsafeBufferPointer<A>, UnsafeBufferPointer<B>, UnsafeBufferPointer<C>) -> Void
    ) {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in c.withUnsafeBufferPointer { body(a, b, $0) } }
        }
    }

    private func operands(_ number: Int) -> (c: Case, qkv: [Float], dout: [Float]) {
        let c = Self.cases[number]
        var stream = RandomStream(seed: 1, name: "attention", index: UInt64(number))
        let qkv = (0..<c.rows * c.stride).map { _ in 1.5 * stream.normal() }
        return (c, qkv, (0..<c.rows * c.heads * c.d).map { _ in stream.normal() })
    }

    /// Outputs and gradients differ by at most `bound` of their largest value.
    private func expectClose(_ own: (out: [Float], gradient: [Float]), _ exact: Passes, within bound: Double)
    {
        for (values, expected) in [(own.out, exact.out), (own.gradient, exact.gradient)] {
            let largest = expected.map(abs).max() ?? 0
            let worst = zip(values, expected).map { abs(Double($0) - $1) / largest }
            #expect(worst.allSatisfy { $0 < bound }, "\(worst.max() ?? 0)")
        }
    }

    @Test(arguments: KernelVariantTests.variants, 0..<cases.count)
    func attentionIsThatOfTheDenseComputation(variant: KernelVariantTests.Variant, number: Int) {
        let (c, qkv, dout) = operands(number)
        expectClose(run(variant, c, qkv, dout), dense(c, qkv, dout), within: 5e-6)
    }

    /// Products of bfloat16 are other numbers than float32's; a sequence of fewer keys than asked for has float32's own.
    @Test(arguments: KernelVariantTests.variants, 0..<cases.count)
    func roundedAttentionIsCloseToTheDenseComputation(variant: KernelVariantTests.Variant, number: Int) {
        let (c, qkv, dout) = operands(number)
        let (own, whole) = (run(variant, c, qkv, dout, roundedFrom: 1), run(variant, c, qkv, dout))
        expectClose(own, dense(c, qkv, dout), within: 0.015)
        #expect(own.gradient != whole.gradient)
        let short = run(variant, c, qkv, dout, roundedFrom: c.rows + 1)
        #expect(short.out == whole.out && short.gradient == whole.gradient)
    }

    /// Of a prompt, and of a tree that is one path.
    @Test(arguments: [false, true]) func scratchGrowsWithTokensAndNotWithTheirSquare(isTree: Bool) {
        func bytes(_ tokens: Int32) -> Int {
            var shape = rk_attention_shape(
                heads: 4, key_value_heads: 2, head_dimension: 32, prompt_asks: 1, window: 0,
                rounded_from: 1)
            var size = 0
            withPointers([0, 0] as [Int32], [1, tokens] as [Int32], [0, 0] as [Int32]) {
                start, runs, ranges in
                var s = rk_sequence(
                    shared: 0, prompt: isTree ? 0 : tokens, tree: isTree ? tokens : 1, shared_row: 0,
                    prompt_row: 0, tree_row: isTree ? 0 : tokens, ancestor_start: start.baseAddress,
                    ancestors: nil, runs: isTree ? 1 : 0, run_start: runs.baseAddress,
                    range_start: ranges.baseAddress, ranges: nil, blocks: 0, block_start: nil)
                size = 4 * (rk_attention_scratch(&s, &shape) + rk_attention_log_sums(&s, &shape))
            }
            return size
        }
        #expect(Double(bytes(4000)) < 4.1 * Double(bytes(1000)))
        #expect(bytes(4000) < 8_000_000)
    }
}
