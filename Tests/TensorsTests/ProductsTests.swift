import Foundation
import Testing

@testable import Tensors

#if ONEDNN
    import COneDNN
#endif

@Suite struct ProductsTests {
    /// Shapes (m, n, k): empty sums, single rows, remainders of every block, and the decoder's own.
    private static let shapes = [
        (1, 1, 0), (3, 5, 0), (1, 1, 1), (7, 5, 3), (1, 130, 67), (33, 1, 129), (17, 49, 65), (100, 333, 128),
    ]

    @Test(arguments: Products.available)
    func agreesWithTheNaiveProduct(library: Products.Library) {
        for (m, n, k) in Self.shapes where library == .openBLAS || k > 0 { check(library, m, n, k) }
    }

    @Test func theChosenLibraryOverwritesWhatAnEmptySumFinds() {
        let (a, b, c) = (FloatBuffer(count: 1), FloatBuffer(count: 1), FloatBuffer(count: 6))
        c.fill(.nan)
        sgemm(.no, .no, 2, 3, 0, a.base, lda: 1, b.base, ldb: 3, c.base, ldc: 3)
        #expect(c.array == [Float](repeating: 0, count: 6))
    }

    @Test func bitsDoNotDependOnTheThread() {
        let (m, n, k, tasks) = (40, 96, 160, 8)
        let (a, b) = (random(m * k, "a"), random(k * n, "b"))
        func products(threads: Int) -> [[Float]] {
            WorkerPool(threads: threads).map(tasks) { _ in
                let c = FloatBuffer(count: m * n)
                sgemm(.no, .no, m, n, k, a.base, lda: k, b.base, ldb: n, c.base, ldc: n)
                return c.array
            }
        }
        let alone = products(threads: 1)
        #expect(products(threads: 2) == alone)
        #expect(Set(alone).count == 1)
    }

    #if ONEDNN && arch(x86_64)
        /// The instructions are chosen once in a program's life: each set gets a run of these tests of its own.
        @Test(
            .enabled(if: ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"] == nil),
            arguments: ["SSE41", "AVX2"])
        func agreesWithFewerInstructions(instructions: String) throws {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            process.arguments = ["--testing-library", "swift-testing", "--filter", "ProductsTests"]
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["ONEDNN_MAX_CPU_ISA": instructions]) { $1 }
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(text)")
            #expect(text.contains("agreesWithTheNaiveProduct"), "\(text)")
            #expect(text.contains("theForcedInstructionsAreInForce"), "\(text)")
        }

        @Test(.enabled(if: ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"] != nil))
        func theForcedInstructionsAreInForce() {
            let forced = ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"]
            let sets = ["SSE41": "SSE 4.1", "AVX2": "AVX2"]
            let expected = sets[forced ?? ""] ?? "no set that these tests force"
            #expect(Products.oneDNNDescription.hasSuffix(expected))
            #expect(Products.library == .openBLAS)
            #expect(Products.description.contains("OpenBLAS"))
        }

        @Test func oneDNNComputesLargeProductsWhereThereIsAVX512() {
            let hasAVX512 = Products.hasInstructions(dnnl_cpu_isa_avx512_core)
            #expect(Products.library(400, 384, 128) == (hasAVX512 ? .oneDNN : .openBLAS))
            #expect(Products.description.contains(hasAVX512 ? "oneDNN" : "OpenBLAS"))
            #expect(Products.library(8, 8, 8) == .openBLAS)
        }
    #endif

    /// All four transpositions, with rows further apart than they are long, alpha, and beta 0 over NaN and 0.5.
    private func check(_ library: Products.Library, _ m: Int, _ n: Int, _ k: Int) {
        for (transposeA, transposeB) in [
            (Transpose.no, Transpose.no), (.no, .yes), (.yes, .no), (.yes, .yes),
        ] {
            for beta in [Float(0), 0.5] {
                let lda = (transposeA == .no ? k : m) + 3
                let ldb = (transposeB == .no ? n : k) + 2
                let ldc = n + 1
                let a = random((transposeA == .no ? m : k) * lda, "a")
                let b = random((transposeB == .no ? k : n) * ldb, "b")
                let c = random(m * ldc, "c")
                let before = c.array
                if beta == 0 { c.fill(.nan) }
                sgemm(
                    by: library, transposeA, transposeB, m, n, k, alpha: 0.7, a.base, lda: lda, b.base,
                    ldb: ldb,
                    beta: beta, c.base, ldc: ldc)
                var worst = 0.0
                for row in 0..<m {
                    for column in 0..<n {
                        var sum = 0.0
                        for t in 0..<k {
                            let left = a[transposeA == .no ? row * lda + t : t * lda + row]
                            let right = b[transposeB == .no ? t * ldb + column : column * ldb + t]
                            sum += Double(left) * Double(right)
                        }
                        let old = beta == 0 ? 0 : Double(beta) * Double(before[row * ldc + column])
                        let error = abs(Double(c[row * ldc + column]) - 0.7 * sum - old)
                        worst = error.isNaN ? .infinity : max(worst, error)
                    }
                }
                #expect(
                    worst < 1e-4, "\(library) \(m) x \(n) x \(k), \(transposeA), \(transposeB), beta \(beta)")
            }
        }
    }

    private func random(_ count: Int, _ name: String) -> FloatBuffer {
        var stream = RandomStream(seed: 5, name: name)
        return FloatBuffer((0..<count).map { _ in stream.normal() })
    }
}
