import CRankKernels
import Foundation
import Testing

@testable import Tensors

/// Every variant of the kernels that this processor has, against naive versions in double precision.
@Suite struct KernelVariantTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        let set: rk_instructions
        var kernels: rk_kernels { rk_kernels_for(set)!.pointee }
        var testDescription: String { String(cString: rk_instructions_name(set)) }
    }

    static let variants = [rk_plain, rk_avx2, rk_avx512, rk_avx512bf16].filter { rk_kernels_for($0) != nil }
        .map { Variant(set: $0) }
    /// Below, at and above whole vectors of 4, 8 and 16 lanes.
    static let sizes = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 100, 257, 1000]

    private func values(_ count: Int, _ name: String, scale: Float = 1) -> [Float] {
        var stream = RandomStream(seed: 1, name: name, index: UInt64(count))
        return (0..<count).map { _ in scale * stream.normal() }
    }

    private func expectClose(
        _ own: [Float], _ expected: [Double], _ tolerance: Double = 2e-6,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let largest = max(1e-30, expected.map(abs).max() ?? 0)
        let worst = zip(own, expected).map { abs(Double($0) - $1) / largest }.max() ?? 0
        #expect(own.count == expected.count && worst <= tolerance, "\(worst)", sourceLocation: location)
    }

    @Test func thePlainVariantIsAlwaysThereAndTheWidestIsUsed() {
        #expect(rk_kernels_for(rk_plain) != nil)
        let wanted = ProcessInfo.processInfo.environment["RANKBRIDGE_ISA"]
        let widest = Self.variants[Self.variants.count - 1].testDescription
        #expect(String(cString: rk_instructions_name(rk_instructions_in_use())) == wanted ?? widest)
    }

    @Test(arguments: variants) func vectors(variant: Variant) {
        let k = variant.kernels
        for n in Self.sizes {
            let (a, b) = (values(n, "a", scale: 3), values(n, "b"))
            expectClose(
                [k.rk_dot(a, b, n)], [zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }],
                1e-5 * Double(n))
            expectClose(
                [Float(k.rk_sum_of_squares(a, n))], [a.reduce(0) { $0 + Double($1) * Double($1) }])
            #expect(k.rk_max(a, n) == a.max())
            var y = b
            k.rk_axpy(0.7, a, &y, n)
            expectClose(y, zip(a, b).map { 0.7 * Double($0) + Double($1) })
            var e = a
            let sum = k.rk_exp_sum(a, 1.5, &e, n)
            let exact = a.map { exp(Double($0) - 1.5) }
            expectClose(e, exact)
            #expect(abs(sum / exact.reduce(0, +) - 1) < 2e-6)
        }
    }

    @Test(arguments: variants) func exponentialsOfAnySizeAreFiniteAndWhatIsNoNumberStaysSo(variant: Variant) {
        let x: [Float] = [-1000, -87.5, -87.2, -20, 0, 20, 88.2, 88.5, 1000, .infinity, -.infinity, .nan]
        var y = x
        _ = variant.kernels.rk_exp_sum(x, 0, &y, x.count)
        for (value, result) in zip(x, y).dropLast(3) {
            let expected = exp(Double(min(88.3, max(-87.3, value))))
            #expect(abs(Double(result) / expected - 1) < 1e-5, "\(value)")
        }
        #expect(y[9].isFinite && y[10].isFinite && y[11].isNaN)
    }

    @Test(arguments: variants) func softmaxes(variant: Variant) {
        let k = variant.kernels
        for n in Self.sizes {
            let x = values(n, "logits", scale: 5)
            let counts = (0..<n).map { Float($0 % 4) + (n < 4 ? 1 : 0) }
            let e = x.map { exp(Double($0)) }
            let sum = e.reduce(0, +)
            let counted = zip(e, counts).reduce(0) { $0 + $1.0 * Double($1.1) }
            var row = x
            expectClose([k.rk_softmax_row(&row, n, 0.5)], [log(sum)])
            expectClose(row, e.map { 0.5 * $0 / sum })
            expectClose([k.rk_log_sum_exp(x, n)], [log(sum)])
            row = x
            expectClose([k.rk_counted_softmax(&row, counts, 0.25, n)], [log(counted)])
            expectClose(row, zip(e, counts).map { 0.25 * $0 * Double($1) / counted })
        }
    }

    @Test(arguments: variants) func decoderLayers(variant: Variant) {
        let k = variant.kernels
        for f in Self.sizes {
            let (x, d) = (values(6 * f, "gate"), values(3 * f, "d"))
            let silu = { (v: Double) in v / (1 + exp(-v)) }
            var out = [Float](repeating: 0, count: 3 * f)
            k.rk_swiglu(x, 3, f, &out)
            func gate(_ i: Int) -> Double { Double(x[i / f * 2 * f + i % f]) }
            func up(_ i: Int) -> Double { Double(x[i / f * 2 * f + f + i % f]) }
            let expected = (0..<3 * f).map { silu(gate($0)) * up($0) }
            expectClose(out, expected)
            var gradient = x
            k.rk_swiglu_backward(&gradient, d, 3, f, &out)
            expectClose(out, expected)
            expectClose(
                gradient,
                (0..<6 * f).map { place in
                    let i = place / (2 * f) * f + place % f
                    let s = 1 / (1 + exp(-gate(i)))
                    return place % (2 * f) < f
                        ? Double(d[i]) * up(i) * s * (1 + gate(i) * (1 - s)) : Double(d[i]) * silu(gate(i))
                })
            var inverse: [Float] = [0, 0, 0]
            k.rk_rms_norm(d, 3, f, 1e-5, &out, &inverse)
            expectClose(
                out,
                (0..<3 * f).map { i in
                    let row = d[(i / f * f)..<(i / f * f + f)]
                    return Double(d[i])
                        / (row.reduce(0) { $0 + Double($1) * Double($1) } / Double(f) + 1e-5).squareRoot()
                })
        }
    }

    @Test(arguments: variants) func encoderLayers(variant: Variant) {
        let k = variant.kernels
        for width in [8, 16, 24, 40, 64] {
            let (x, gain, shift) = (values(2 * width, "x"), values(width, "gain"), values(width, "shift"))
            var own = x
            k.rk_add_layer_norm(&own, nil, nil, gain, shift, 2, width, 1e-6)
            expectClose(
                own,
                (0..<2 * width).map { i in
                    let row = x[(i / width * width)..<(i / width * width + width)].map(Double.init)
                    let mean = row.reduce(0, +) / Double(width)
                    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                    return (Double(x[i]) - mean) / (variance + 1e-6).squareRoot() * Double(gain[i % width])
                        + Double(shift[i % width])
                })
            own = x
            k.rk_bias_gelu(&own, shift, 2, width)
            expectClose(
                own,
                (0..<2 * width).map { i in
                    let v = Double(x[i]) + Double(shift[i % width])
                    return v * (1 + erf(v / 2.0.squareRoot())) / 2
                })
        }
    }

    @Test(arguments: variants) func perceptronsAndTables(variant: Variant) {
        let k = variant.kernels
        for width in [8, 24, 64] {
            let (h, bias) = (values(3 * width, "h"), values(width, "bias"))
            var own = h
            k.rk_bias_relu(&own, bias, 3, width)
            expectClose(own, (0..<3 * width).map { max(0, Double(h[$0]) + Double(bias[$0 % width])) })
            var sums = bias
            var d = values(3 * width, "d")
            let before = d
            k.rk_relu_backward(own, &d, &sums, 3, width)
            let passed = zip(own, before).map { $0 > 0 ? Double($1) : 0 }
            expectClose(d, passed)
            expectClose(
                sums,
                (0..<width).map { c in
                    Double(bias[c]) + passed[c] + passed[width + c] + passed[2 * width + c]
                })
            var total = [Float](repeating: 9, count: width)
            k.rk_sum_rows(h, [2, 0, 2], 3, width, &total)
            expectClose(
                total, (0..<width).map { 2 * Double(h[2 * width + $0]) + Double(h[$0]) })
            var added = bias
            k.rk_add_parts(h, 3, width, &added, width)
            expectClose(
                added,
                (0..<width).map { c in (0..<3).reduce(Double(bias[c])) { $0 + Double(h[$1 * width + c]) } })
        }
    }
}
