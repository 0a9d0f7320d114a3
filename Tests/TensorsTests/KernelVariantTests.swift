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

    /// What other suites call in each variant.
    private static let elsewhere: Set = [
        "rk_attention_forward", "rk_attention_backward", "rk_pair_product", "rk_pair_columns", "rk_pair_rows",
        "rk_pair_transposed",
    ]

    @Test func thePlainVariantIsAlwaysThereAndTheWidestIsUsed() {
        #expect(rk_kernels_for(rk_plain) != nil)
        let wanted = ProcessInfo.processInfo.environment["RANKBRIDGE_ISA"]
        let widest = Self.variants[Self.variants.count - 1].testDescription
        #expect(String(cString: rk_instructions_name(rk_instructions_in_use())) == wanted ?? widest)
    }

    @Test(arguments: variants, KernelCase.all)
    func kernelsDoWhatTheirNaiveVersionsDo(variant: Variant, kernel: KernelCase) {
        kernel.check(variant.kernels)
    }

    /// The stopwatch knows every kernel by its name.
    @Test func noKernelIsLeftOut() {
        let names = (0..<rk_part_count()).map { String(cString: rk_part_name($0)) }
        #expect(
            KernelCase.all.map(\.name).sorted()
                == names.filter { $0 != "sgemm" && !Self.elsewhere.contains($0) }.sorted())
        #expect(Self.elsewhere.isSubset(of: names))
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

    /// What compares values has to see one that is no number.
    @Test func aResultThatIsNoNumberIsNotClose() {
        #expect(KernelCase.distance([1, .nan, 2], [1, 1, 2]).isNaN)
        #expect(KernelCase.distance([1, 2], [1, 2, 3]) == .infinity)
        #expect(KernelCase.distance([1, 2], [1, 4]) == 0.5)
    }
}
