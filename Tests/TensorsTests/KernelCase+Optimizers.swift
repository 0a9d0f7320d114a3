import CRankKernels
import Foundation
import Testing

@testable import Tensors

/// Updates of weights and of rows of embedding tables.
extension KernelCase {
    /// Adam's constants and its factors for ten steps.
    private final class Adam: Sendable {
        let sizes, scales: FloatBuffer
        let coupled, shrink: Float
        static let (rate, beta1, beta2, epsilon) = (0.1, 0.9, 0.99, 1e-3)

        init(coupled: Float, shrink: Float) {
            let steps = (1...10).map(Double.init)
            sizes = FloatBuffer(steps.map { Float(Self.rate / (1 - pow(Self.beta1, $0))) })
            scales = FloatBuffer(steps.map { Float(1 / (1 - pow(Self.beta2, $0)).squareRoot()) })
            (self.coupled, self.shrink) = (coupled, shrink)
        }

        var c: rk_adam {
            rk_adam(
                beta1: Float(Self.beta1), beta2: Float(Self.beta2), epsilon: Float(Self.epsilon),
                coupled: coupled, shrink: shrink, sizes: sizes.base, scales: scales.base)
        }

        /// Step `t` of one weight: the formulas of embedding_table.h.
        func step(_ t: Int, _ w: inout (x: Double, m: Double, v: Double), _ gradient: Double) {
            let g = gradient + Double(coupled) * w.x
            w.m = Self.beta1 * w.m + (1 - Self.beta1) * g
            w.v = Self.beta2 * w.v + (1 - Self.beta2) * g * g
            w.x =
                Double(shrink) * w.x - Double(sizes[t]) * w.m
                / (Double(scales[t]) * w.v.squareRoot() + Self.epsilon)
        }

        static let both = [Adam(coupled: 0.01, shrink: 1), Adam(coupled: 0, shrink: 0.99)]
    }

    /// Weights with moments, and what they become where `move` says how.
    private struct Moments {
        var x, m, v: [Float]
        init(_ n: Int) {
            (x, m, v) = (
                values(n, "x", scale: 3), values(n, "m", scale: 0.1), values(n, "v").map { abs($0) * 0.01 }
            )
        }
        func moved(_ move: (Int, inout (x: Double, m: Double, v: Double)) -> Void) -> [[Double]] {
            let moved = x.indices.map { i in
                var w = (x: Double(x[i]), m: Double(m[i]), v: Double(v[i]))
                move(i, &w)
                return w
            }
            return [moved.map(\.x), moved.map(\.m), moved.map(\.v)]
        }
        func expectClose(_ expected: [[Double]], _ tolerance: Double = 5e-6) {
            for (own, expected) in zip([x, m, v], expected) {
                KernelCase.expectClose(own, expected, tolerance)
            }
        }
    }

    static let optimizers = [
        KernelCase("rk_adamw") { k in
            for n in sizes {
                var w = Moments(n)
                let g = values(n, "g", scale: 2)
                let expected = w.moved { i, w in
                    let own = Double(g[i]) * 0.5
                    w.m = 0.9 * w.m + 0.1 * own
                    w.v = 0.99 * w.v + 0.01 * own * own
                    w.x = (1 - 0.1 * 0.2) * w.x - 0.1 / 0.5 * w.m / ((w.v / 0.3).squareRoot() + 1e-4)
                }
                k.rk_adamw(&w.x, g, &w.m, &w.v, n, 0.5, 0.1, 0.9, 0.99, 1e-4, 0.5, 0.3, 0.2)
                w.expectClose(expected)
            }
        },
        KernelCase("rk_adam_update") { k in
            for (n, adam) in sizes.flatMap({ n in Adam.both.map { (n, $0) } }) {
                var (w, c) = (Moments(n), adam.c)
                let g = values(n, "g")
                let expected = w.moved { adam.step(3, &$1, Double(g[$0])) }
                k.rk_adam_update(&c, 3, &w.x, &w.m, &w.v, g, n)
                w.expectClose(expected)
            }
        },
        KernelCase("rk_adam_replay") { k in
            for (n, adam) in sizes.flatMap({ n in Adam.both.map { (n, $0) } }) {
                var (w, c) = (Moments(n), adam.c)
                let expected = w.moved { _, w in for t in 2..<9 { adam.step(t, &w, 0) } }
                k.rk_adam_replay(&c, 2, 9, &w.x, &w.m, &w.v, n)
                w.expectClose(expected, 1e-5)
            }
        },
    ]

    /// Tables of nine rows, of which some are gathered and updated.
    static let tables = [
        KernelCase("rk_adam_gather") { k in
            for (stride, adam) in [8, 24, 40].flatMap({ n in Adam.both.map { (n, $0) } }) {
                var (w, c) = (Moments(9 * stride), adam.c)
                var last = (0..<9).map { Float($0 % 5) }
                let rows: [Int32] = [7, 0, 4, 3]
                let expected = w.moved { i, w in
                    guard rows.contains(Int32(i / stride)) else { return }
                    for t in (i / stride) % 5..<6 { adam.step(t, &w, 0) }
                }
                var gathered = [Float](repeating: .nan, count: 4 * stride)
                k.rk_adam_gather(&c, &w.x, &w.m, &w.v, &last, rows, 4, stride, 6, &gathered)
                w.expectClose(expected, 1e-5)
                #expect(gathered == rows.flatMap { w.x[(Int($0) * stride)..<((Int($0) + 1) * stride)] })
                #expect(last == (0..<9).map { rows.contains($0) ? 6 : Float($0 % 5) })
            }
        },
        KernelCase("rk_adam_update_rows") { k in
            for (stride, adam) in [8, 24, 40].flatMap({ n in Adam.both.map { (n, $0) } }) {
                var (w, c) = (Moments(9 * stride), adam.c)
                var last = [Float](repeating: 2, count: 9)
                let (rows, g) = ([7, 0, 4, 3] as [Int32], values(4 * stride, "g"))
                let expected = w.moved { i, w in
                    guard let slot = rows.firstIndex(of: Int32(i / stride)) else { return }
                    adam.step(2, &w, Double(g[slot * stride + i % stride]))
                }
                k.rk_adam_update_rows(&c, &w.x, &w.m, &w.v, &last, rows, 4, stride, 3, g)
                w.expectClose(expected)
                #expect(last == (0..<9).map { rows.contains($0) ? 3 : 2 })
            }
        },
        KernelCase("rk_sphere_gather") { k in
            for (stride, all) in [8, 24, 40].flatMap({ [($0, false), ($0, true)] }) {
                let sphere = Sphere(stride)
                let rows: [Int32] = all ? Array(0..<9) : [7, 0, 4, 3]
                let last = (0..<9).map { Float($0 % 5) }
                var c = sphere.c
                var (x, m) = (
                    [Float](repeating: .nan, count: rows.count * stride),
                    [Float](repeating: .nan, count: rows.count * stride)
                )
                k.rk_sphere_gather(
                    &c, sphere.x, sphere.m, last, all ? nil : rows, rows.count, stride, 6, &x, &m)
                let expected = rows.map { row in
                    var (x, m) = sphere.row(Int(row))
                    for _ in Int(last[Int(row)])..<6 { sphere.step(&x, &m, nil) }
                    return (x, m)
                }
                expectClose(x, expected.flatMap(\.0), 1e-5)
                expectClose(m, expected.flatMap(\.1), 1e-5)
            }
        },
        KernelCase("rk_sphere_update") { k in
            for stride in [8, 24, 40] {
                let sphere = Sphere(stride)
                let (rows, g) = ([7, 0, 4, 3] as [Int32], values(4 * stride, "g"))
                let before = rows.map { sphere.row(Int($0)) }
                var (table, momentum, last) = (sphere.x, sphere.m, [Float](repeating: 2, count: 9))
                var c = sphere.c
                k.rk_sphere_update(
                    &c, &table, &momentum, &last, rows, 4, stride, 3, before.flatMap(\.x).map(Float.init),
                    before.flatMap(\.m).map(Float.init), g)
                var (x, m) = (sphere.x.exact, sphere.m.exact)
                for (slot, row) in rows.enumerated() {
                    var (own, moved) = before[slot]
                    sphere.step(&own, &moved, g[(slot * stride)..<((slot + 1) * stride)].map(Double.init))
                    x.replaceSubrange((Int(row) * stride)..<((Int(row) + 1) * stride), with: own)
                    m.replaceSubrange((Int(row) * stride)..<((Int(row) + 1) * stride), with: moved)
                }
                expectClose(table, x)
                expectClose(momentum, m)
                #expect(last == (0..<9).map { rows.contains($0) ? 3 : 2 })
            }
        },
    ]

    /// Nine unit rows with momentum.
    private final class Sphere {
        let stride: Int
        let x, m: [Float]
        private let powers = FloatBuffer((0..<20).map { Float(pow(0.9, Double($0))) })
        var c: rk_sphere {
            rk_sphere(rate: 0.3, momentum: 0.9, powers: powers.base, power_count: powers.count)
        }

        init(_ stride: Int) {
            self.stride = stride
            let drawn = values(9 * stride, "rows")
            x = drawn.indices.map { i in
                let row = drawn[(i / stride * stride)..<(i / stride * stride + stride)]
                return drawn[i] / row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            }
            m = values(9 * stride, "momentum", scale: 0.2)
        }

        func row(_ row: Int) -> (x: [Double], m: [Double]) {
            let range = (row * stride)..<((row + 1) * stride)
            return (x[range].map(Double.init), m[range].map(Double.init))
        }

        /// m <- mu m + g,  x <- (x - eta m) / |x - eta m|.
        func step(_ x: inout [Double], _ m: inout [Double], _ g: [Double]?) {
            for i in x.indices { m[i] = 0.9 * m[i] + (g?[i] ?? 0) }
            for i in x.indices { x[i] -= 0.3 * m[i] }
            let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for i in x.indices { x[i] /= length }
        }
    }
}
