import CRankKernels
import Testing

@testable import Tensors

/// Products of matrices in bfloat16, every variant against sums in double precision of the same rounded inputs.
@Suite struct PairProductTests {
    /// To nearest, ties to even.
    static func rounded(_ value: Float) -> Double {
        let bits = value.bitPattern
        return Double(Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000))
    }

    /// [m, n, k], odd ones too, around the sizes of tiles, vectors and blocks.
    static let shapes = [
        [1, 1, 1], [2, 3, 1], [5, 16, 3], [6, 64, 8], [7, 65, 9], [13, 130, 31], [100, 33, 64],
        [97, 48, 1030],
        [3, 20, 2100],
    ]

    private struct Operands {
        let m, n, k: Int
        let a, b: [Float]

        init(_ shape: [Int]) {
            (m, n, k) = (shape[0], shape[1], shape[2])
            var stream = RandomStream(seed: 1, name: "pairs", index: UInt64(shape[2]))
            a = (0..<shape[0] * shape[2]).map { _ in stream.normal() }
            b = (0..<shape[2] * shape[1]).map { _ in stream.normal() }
        }

        func exact(_ i: Int, _ j: Int) -> Double {
            (0..<k).reduce(0) { $0 + rounded(a[i * k + $1]) * rounded(b[$1 * n + j]) }
        }
    }

    @Test(arguments: KernelVariantTests.variants, shapes)
    func productsAreThoseOfTheRoundedInputs(variant: KernelVariantTests.Variant, shape: [Int]) {
        let kernels = variant.kernels
        let o = Operands(shape)
        let (m, n, k) = (o.m, o.n, o.k)
        let pairs = (k + 1) / 2
        let (left, right, turned) = (rk_pair_stride(pairs), rk_pair_stride(n), rk_pair_stride(m))
        var inRows = [UInt32](repeating: .max, count: m * left)
        var inColumns = [UInt32](repeating: .max, count: pairs * right)
        var transposed = [UInt32](repeating: .max, count: pairs * turned)
        kernels.rk_pair_columns(o.a, m, k, k, &inRows, left)
        kernels.rk_pair_rows(o.b, k, n, n, &inColumns, right)
        kernels.rk_pair_transposed(o.a, m, k, k, &transposed, turned)
        var c = [Float](repeating: .nan, count: m * (n + 3))
        kernels.rk_pair_product(m, n, pairs, inRows, left, 1, inColumns, right, &c, n + 3, 0)
        var again = [Float](repeating: 1, count: m * (n + 3))
        kernels.rk_pair_product(m, n, pairs, transposed, 1, turned, inColumns, right, &again, n + 3, 1)
        let bound = 1e-6 * Double(k).squareRoot() * 10
        for i in 0..<m {
            for j in 0..<n + 3 {
                let (value, added) = (c[i * (n + 3) + j], again[i * (n + 3) + j])
                guard j < n else {
                    #expect(value.isNaN && added == 1, "outside of C")
                    continue
                }
                let exact = o.exact(i, j)
                #expect(abs(Double(value) - exact) < bound * max(1, abs(exact)))
                #expect(abs(Double(added) - 1 - exact) < bound * max(1, abs(exact)))
            }
        }
    }

    @Test(arguments: KernelVariantTests.variants)
    func roundingIsToNearestAndWhatIsNoNumberStaysSo(variant: KernelVariantTests.Variant) {
        // Halfway between 1 and the next bfloat16: to the even one; above: up; then a value that rounds to infinity.
        let values: [Float] = [
            0x1.01p0, 0x1.03p0, 0x1.0101p0, -0x1.01p0, .greatestFiniteMagnitude, .nan, 0, -0.0,
        ]
        var out = [UInt32](repeating: 0, count: rk_pair_stride(4))
        variant.kernels.rk_pair_columns(values, 1, 8, 8, &out, out.count)
        let halves = (0..<8).map { Float(bitPattern: (out[$0 / 2] >> ($0 % 2 == 0 ? 0 : 16)) << 16) }
        let expected: [Float] = [1, 0x1.04p0, 0x1.02p0, -1, .infinity]
        #expect(Array(halves[..<5]) == expected)
        #expect(halves[5].isNaN && halves[6] == 0 && halves[7] == 0)
    }
}
