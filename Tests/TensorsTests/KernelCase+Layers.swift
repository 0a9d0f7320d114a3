import CRankKernels
import Foundation
import Testing

@testable import Tensors

/// What stands between the products of a decoder's, an encoder's and a perceptron's layers; three rows each.
extension KernelCase {
    private static let widths = [1, 3, 8, 16, 17, 24, 40, 64, 100]

    private static func silu(_ v: Double) -> Double { v / (1 + exp(-v)) }

    static let decoderLayers = [
        KernelCase("rk_rms_norm") { k in
            for n in sizes {
                let x = values(3 * n, "x")
                var (out, inverse) = (x, [Float](repeating: 0, count: 3))
                k.rk_rms_norm(x, 3, n, 1e-5, &out, &inverse)
                let factors = (0..<3).map { row in
                    1
                        / (x[(row * n)..<(row * n + n)].reduce(0) { $0 + Double($1) * Double($1) } / Double(n)
                        + 1e-5).squareRoot()
                }
                expectClose(inverse, factors)
                expectClose(out, (0..<3 * n).map { Double(x[$0]) * factors[$0 / n] })
            }
        },
        KernelCase("rk_rms_norm_backward") { k in
            for n in sizes {
                let (d, x, before) = (values(3 * n, "d"), values(3 * n, "x"), values(3 * n, "dx"))
                let inverse: [Float] = [0.5, 2, 1.5]
                var dx = before
                k.rk_rms_norm_backward(d, x, inverse, 3, n, &dx)
                expectClose(
                    dx,
                    (0..<3 * n).map { i in
                        let row = (i / n * n)..<(i / n * n + n)
                        let mean = row.reduce(0) { $0 + Double(d[$1]) * Double(x[$1]) } / Double(n)
                        return Double(before[i]) + Double(inverse[i / n])
                            * (Double(d[i]) - Double(x[i]) * mean)
                    })
            }
        },
        KernelCase("rk_scale_columns") { k in
            for n in sizes {
                let (x, gain) = (values(3 * n, "x"), values(n, "gain"))
                var out = x
                k.rk_scale_columns(x, gain, 3, n, &out)
                expectClose(out, (0..<3 * n).map { Double(x[$0]) * Double(gain[$0 % n]) })
            }
        },
        KernelCase("rk_scale_columns_backward") { k in
            for n in sizes {
                let (x, gain, before) = (values(3 * n, "x"), values(n, "gain"), values(n, "dgain"))
                let d = values(3 * n, "d")
                var (dx, dgain) = (d, before)
                k.rk_scale_columns_backward(&dx, x, gain, 3, n, &dgain)
                expectClose(dx, (0..<3 * n).map { Double(d[$0]) * Double(gain[$0 % n]) })
                expectClose(
                    dgain,
                    (0..<n).map { c in
                        (0..<3).reduce(Double(before[c])) {
                            $0 + Double(d[$1 * n + c]) * Double(x[$1 * n + c])
                        }
                    })
            }
        },
        KernelCase("rk_swiglu") { k in
            for f in sizes {
                let x = values(6 * f, "gate")
                var out = [Float](repeating: 0, count: 3 * f)
                k.rk_swiglu(x, 3, f, &out)
                expectClose(
                    out,
                    (0..<3 * f).map { i in
                        let gate = i / f * 2 * f + i % f
                        return silu(Double(x[gate])) * Double(x[gate + f])
                    })
            }
        },
        KernelCase("rk_swiglu_backward") { k in
            for f in sizes {
                let (x, d) = (values(6 * f, "gate"), values(3 * f, "d"))
                var (gradient, out) = (x, [Float](repeating: 0, count: 3 * f))
                k.rk_swiglu_backward(&gradient, d, 3, f, &out)
                func gate(_ i: Int) -> Double { Double(x[i / f * 2 * f + i % f]) }
                func up(_ i: Int) -> Double { Double(x[i / f * 2 * f + f + i % f]) }
                expectClose(out, (0..<3 * f).map { silu(gate($0)) * up($0) })
                expectClose(
                    gradient,
                    (0..<6 * f).map { place in
                        let i = place / (2 * f) * f + place % f
                        let s = 1 / (1 + exp(-gate(i)))
                        return place % (2 * f) < f
                            ? Double(d[i]) * up(i) * s * (1 + gate(i) * (1 - s))
                            : Double(d[i]) * silu(gate(i))
                    })
            }
        },
        KernelCase("rk_rotate") { k in
            for (heads, d) in [(1, 2), (2, 4), (3, 16), (2, 20), (2, 64)] {
                // Two columns stand before the heads and one behind; two positions share a row of the tables.
                let stride = 2 + heads * d + 1
                let (x, positions) = (values(3 * stride, "x"), [2, 0, 2] as [Int32])
                let angles = (0..<3 * d / 2).map { 0.3 * Double($0) + 0.1 }
                for direction in [1.0, -1.0] {
                    var turned = x
                    k.rk_rotate(
                        &turned, 3, stride, 2, heads, d, positions, angles.map { Float(cos($0)) },
                        angles.map { Float(sin($0)) }, Float(direction))
                    var expected = x.exact
                    for (row, position) in positions.enumerated() {
                        for (head, c) in (0..<heads * d / 2).map({ ($0 / (d / 2), $0 % (d / 2)) }) {
                            let (a, angle) = (
                                row * stride + 2 + head * d + c, angles[Int(position) * d / 2 + c]
                            )
                            let (first, second) = (Double(x[a]), Double(x[a + d / 2]))
                            expected[a] = first * cos(angle) - second * direction * sin(angle)
                            expected[a + d / 2] = second * cos(angle) + first * direction * sin(angle)
                        }
                    }
                    expectClose(turned, expected)
                }
            }
        },
    ]

    static let encoderLayers = [
        KernelCase("rk_add_layer_norm") { k in
            for (n, adds) in widths.filter({ $0 > 1 }).flatMap({ [($0, false), ($0, true)] }) {
                let (x, y) = (values(3 * n, "x"), values(3 * n, "y"))
                let (bias, gain, shift) = (values(n, "bias"), values(n, "gain"), values(n, "shift"))
                var own = x
                k.rk_add_layer_norm(&own, adds ? y : nil, adds ? bias : nil, gain, shift, 3, n, 1e-6)
                let sums = (0..<3 * n).map {
                    Double(x[$0]) + (adds ? Double(y[$0]) + Double(bias[$0 % n]) : 0)
                }
                expectClose(
                    own,
                    (0..<3 * n).map { i in
                        let row = sums[(i / n * n)..<(i / n * n + n)]
                        let mean = row.reduce(0, +) / Double(n)
                        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
                        return (sums[i] - mean) / (variance + 1e-6).squareRoot() * Double(gain[i % n])
                            + Double(shift[i % n])
                    }, 5e-6)
            }
        },
        KernelCase("rk_bias_gelu") { k in
            for n in widths {
                let (x, bias) = (values(3 * n, "x"), values(n, "bias"))
                var own = x
                k.rk_bias_gelu(&own, bias, 3, n)
                expectClose(
                    own,
                    (0..<3 * n).map { i in
                        let v = Double(x[i]) + Double(bias[i % n])
                        return v * (1 + erf(v / 2.0.squareRoot())) / 2
                    })
            }
        },
        KernelCase("rk_full_attention") { k in
            for (tokens, heads, d) in [(1, 1, 8), (5, 2, 8), (16, 2, 24), (37, 3, 32)] {
                let width = heads * d
                let qkv = values(tokens * 3 * width, "qkv")
                var out = [Float](repeating: .nan, count: tokens * width)
                var scratch = [Float](repeating: .nan, count: rk_full_attention_scratch(tokens, d))
                k.rk_full_attention(qkv, tokens, heads, d, &out, &scratch)
                func value(_ token: Int, _ part: Int, _ head: Int, _ c: Int) -> Double {
                    Double(qkv[token * 3 * width + part * width + head * d + c])
                }
                var expected: [Double] = []
                for (token, head) in (0..<tokens * heads).map({ ($0 / heads, $0 % heads) }) {
                    let e = (0..<tokens).map { key in
                        exp(
                            (0..<d).reduce(0) { $0 + value(token, 0, head, $1) * value(key, 1, head, $1) }
                                / Double(d).squareRoot())
                    }
                    expected += (0..<d).map { c in
                        (0..<tokens).reduce(0) { $0 + e[$1] * value($1, 2, head, c) } / e.reduce(0, +)
                    }
                }
                expectClose(out, expected, 5e-6)
            }
        },
    ]

    static let perceptrons = [
        KernelCase("rk_pair_relu") { k in
            for n in widths {
                let (a, b) = (values(3 * n, "a"), values(2 * n, "b"))
                let (i, j) = ([2, 0, 0, 1] as [Int32], [1, 1, 0, 1] as [Int32])
                var out = [Float](repeating: .nan, count: 4 * n)
                k.rk_pair_relu(a, i, b, j, 4, n, &out)
                expectClose(
                    out,
                    (0..<4 * n).map {
                        max(
                            0, Double(a[Int(i[$0 / n]) * n + $0 % n]) + Double(b[Int(j[$0 / n]) * n + $0 % n])
                        )
                    })
            }
        },
        KernelCase("rk_bias_relu") { k in
            for n in widths {
                let (h, bias) = (values(3 * n, "h"), values(n, "bias"))
                var own = h
                k.rk_bias_relu(&own, bias, 3, n)
                expectClose(own, (0..<3 * n).map { max(0, Double(h[$0]) + Double(bias[$0 % n])) })
            }
        },
        KernelCase("rk_relu_backward") { k in
            for n in widths {
                let (h, before, bias) = (
                    values(3 * n, "h").map { max(0, $0) }, values(3 * n, "d"), values(n, "b")
                )
                var (d, sums) = (before, bias)
                k.rk_relu_backward(h, &d, &sums, 3, n)
                let passed = zip(h, before.exact).map { $0 > 0 ? $1 : 0 }
                expectClose(d, passed)
                expectClose(
                    sums, (0..<n).map { c in (0..<3).reduce(Double(bias[c])) { $0 + passed[$1 * n + c] } })
            }
        },
        KernelCase("rk_outer") { k in
            for n in widths {
                let (a, b) = (values(3, "a"), values(n, "b"))
                var out = [Float](repeating: .nan, count: 3 * n)
                k.rk_outer(a, b, 3, n, &out)
                expectClose(out, (0..<3 * n).map { Double(a[$0 / n]) * Double(b[$0 % n]) })
            }
        },
        KernelCase("rk_sum_rows") { k in
            for n in widths {
                let h = values(3 * n, "h")
                var total = [Float](repeating: 9, count: n)
                k.rk_sum_rows(h, [2, 0, 2], 3, n, &total)
                expectClose(total, (0..<n).map { 2 * Double(h[2 * n + $0]) + Double(h[$0]) })
            }
        },
    ]
}
