import CRankKernels
import Testing

@testable import Tensors

/// A kernel beside its naive version in double precision, at sizes below, at and above whole vectors.
struct KernelCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Calls the kernel and records what is not as it should be.
    let check: @Sendable (rk_kernels) -> Void
    var testDescription: String { name }

    init(_ name: String, _ check: @escaping @Sendable (rk_kernels) -> Void) {
        (self.name, self.check) = (name, check)
    }

    static let all = vectors + softmaxes + decoderLayers + encoderLayers + perceptrons + optimizers + tables

    /// Around vectors of 4, 8 and 16 lanes.
    static let sizes = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 100, 257, 1000]

    /// The same normal numbers for the same name and count.
    static func values(_ count: Int, _ name: String, scale: Float = 1) -> [Float] {
        var stream = RandomStream(seed: 1, name: name, index: UInt64(count))
        return (0..<count).map { _ in scale * stream.normal() }
    }

    /// The largest difference over the largest value that is expected; NaN where a value is no number.
    static func distance(_ own: [Float], _ expected: [Double]) -> Double {
        guard own.count == expected.count else { return .infinity }
        let largest = max(1e-30, expected.map(abs).max() ?? 0)
        return zip(own, expected).reduce(0) { worst, pair in
            let own = abs(Double(pair.0) - pair.1) / largest
            return own.isNaN || worst.isNaN ? .nan : max(worst, own)
        }
    }

    static func expectClose(
        _ own: [Float], _ expected: [Double], _ tolerance: Double = 2e-6,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let worst = distance(own, expected)
        #expect(worst <= tolerance, sourceLocation: location)
    }
}

extension [Float] {
    /// In double precision.
    var exact: [Double] { map(Double.init) }
}
