import Dispatch
import Foundation
import Tensors

/// What this machine can do at best, measured in the run that uses it: the floors' denominators.
struct MachineRates {
    /// Floating-point operations a second of sgemm, all threads at work on products of their own.
    let sgemmRate: Double
    /// The same of products in bfloat16.
    let pairRate: Double
    /// Bytes a second read and written by all threads over buffers far larger than the caches.
    let bandwidth: Double

    static func measure(workers: WorkerPool) -> MachineRates {
        MachineRates(
            sgemmRate: measureSgemm(workers), pairRate: measurePairs(workers),
            bandwidth: measureBandwidth(workers))
    }

    private static func measurePairs(_ workers: WorkerPool) -> Double {
        let (n, repetitions) = (768, 24)
        let x = FloatBuffer(count: n * n)
        let best = (0..<3).map { _ in
            seconds {
                workers.run(workers.threads) { _ in
                    var (left, right) = (PairBuffer(), PairBuffer())
                    let c = FloatBuffer(count: n * n)
                    let a = left.pairsInRows(x.base, rows: n, columns: n, stride: n)
                    let b = right.pairsInColumns(x.base, rows: n, columns: n, stride: n)
                    for _ in 0..<repetitions {
                        pairProduct(n, n, n, a, b, accumulate: false, c.base, ldc: n)
                    }
                }
            }
        }.min()!
        return 2 * Double(n * n * n * repetitions * workers.threads) / best
    }

    private static func measureSgemm(_ workers: WorkerPool) -> Double {
        let (n, repetitions) = (768, 24)
        let operands = (0..<workers.threads).map { _ in (0..<3).map { _ in FloatBuffer(count: n * n) } }
        let best = (0..<3).map { _ in
            seconds {
                workers.run(workers.threads) { worker in
                    let (a, b, c) = (operands[worker][0], operands[worker][1], operands[worker][2])
                    for _ in 0..<repetitions {
                        sgemm(.no, .no, n, n, n, a.base, lda: n, b.base, ldb: n, c.base, ldc: n)
                    }
                }
            }
        }.min()!
        return 2 * Double(n * n * n * repetitions * workers.threads) / best
    }

    private static func measureBandwidth(_ workers: WorkerPool) -> Double {
        let count = 32 << 20
        let (from, to) = (FloatBuffer(count: count), FloatBuffer(count: count))
        let share = count / workers.threads
        let best = (0..<4).map { _ in
            seconds {
                workers.run(workers.threads) { worker in
                    (to.base + worker * share).update(from: from.base + worker * share, count: share)
                }
            }
        }.min()!
        return Double(2 * 4 * count) / best
    }
}

/// Wall time of `body`.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}
