import CRankKernels
import Foundation
import Testing

@testable import Tensors

/// Elementwise functions, sums and softmaxes.
extension KernelCase {
    static let vectors = [
        KernelCase("rk_dot") { k in
            for n in sizes {
                let (a, b) = (values(n, "a", scale: 3), values(n, "b"))
                let expected = zip(a.exact, b.exact).reduce(0) { $0 + $1.0 * $1.1 }
                expectClose([k.rk_dot(a, b, n)], [expected], 1e-5 * Double(n))
            }
        },
        KernelCase("rk_sum_of_squares") { k in
            for n in sizes + [10_000] {
                let a = values(n, "a", scale: 3)
                expectClose([Float(k.rk_sum_of_squares(a, n))], [a.exact.reduce(0) { $0 + $1 * $1 }])
            }
        },
        KernelCase("rk_max") { k in
            for n in sizes {
                let a = values(n, "a", scale: 3)
                #expect(k.rk_max(a, n) == a.max())
            }
        },
        KernelCase("rk_axpy") { k in
            for n in sizes {
                let (a, b) = (values(n, "a", scale: 3), values(n, "b"))
                var y = b
                k.rk_axpy(0.7, a, &y, n)
                expectClose(y, zip(a.exact, b.exact).map { Double(Float(0.7)) * $0 + $1 })
            }
        },
        KernelCase("rk_add_all") { k in
            for n in sizes {
                let (y, parts) = (values(n, "y"), (0..<3).map { FloatBuffer(values(n, "part \($0)")) })
                var sum = y
                withExtendedLifetime(parts) {
                    let places = parts.map { UnsafePointer($0.base) as UnsafePointer<Float>? }
                    k.rk_add_all(places, places.count, &sum, n)
                }
                expectClose(sum, (0..<n).map { i in parts.reduce(Double(y[i])) { $0 + Double($1[i]) } })
            }
        },
        KernelCase("rk_exp_sum") { k in
            for n in sizes {
                let a = values(n, "a", scale: 3)
                var e = a
                let sum = k.rk_exp_sum(a, 1.5, &e, n)
                let expected = a.exact.map { exp($0 - 1.5) }
                expectClose(e, expected)
                #expect(abs(sum / expected.reduce(0, +) - 1) < 2e-6)
            }
        },
        KernelCase("rk_round_to_bfloat16") { k in
            for n in sizes {
                let x = values(n, "x") + [9]
                var halves = [UInt16](repeating: 7, count: n + 1)
                k.rk_round_to_bfloat16(x, n, &halves)
                #expect(
                    halves[..<n].map { Double(Float(bitPattern: UInt32($0) << 16)) }
                        == x[..<n].map(PairProductTests.rounded))
                #expect(halves[n] == 7, "what stands behind is not touched")
            }
        },
        KernelCase("rk_expand_bfloat16") { k in
            for n in sizes {
                let halves = values(n, "x").map { UInt16($0.bitPattern >> 16) }
                var x = [Float](repeating: 9, count: n + 1)
                k.rk_expand_bfloat16(halves, n, &x)
                #expect(x == halves.map { Float(bitPattern: UInt32($0) << 16) } + [9])
            }
        },
    ]

    static let softmaxes = [
        KernelCase("rk_softmax_row") { k in
            for n in sizes {
                var row = values(n, "logits", scale: 5)
                let e = row.exact.map(exp)
                expectClose([k.rk_softmax_row(&row, n, 0.5)], [log(e.reduce(0, +))])
                expectClose(row, e.map { 0.5 * $0 / e.reduce(0, +) })
            }
        },
        KernelCase("rk_log_sum_exp") { k in
            for n in sizes {
                let x = values(n, "logits", scale: 5)
                expectClose([k.rk_log_sum_exp(x, n)], [log(x.exact.map(exp).reduce(0, +))])
            }
        },
        KernelCase("rk_counted_softmax") { k in
            for n in sizes {
                var row = values(n, "logits", scale: 5)
                let counts = (0..<n).map { Float($0 % 4) + (n < 4 ? 1 : 0) }
                let e = zip(row.exact, counts.exact).map { exp($0) * $1 }
                expectClose([k.rk_counted_softmax(&row, counts, 0.25, n)], [log(e.reduce(0, +))])
                expectClose(row, e.map { 0.25 * $0 / e.reduce(0, +) })
            }
        },
    ]
}
