import CRankKernels
import Tensors

/// How weights that do not learn lie in memory.
public enum FrozenStorage: String, Codable, Hashable, Sendable, CaseIterable {
    case float32
    /// A float's upper half, rounded to nearest: half the memory, and no loss for a model whose file has them so.
    case bfloat16
}

/// Weights of a decoder in bfloat16: all of its layout but one range, which learns and is elsewhere.
///
/// Written by one thread while a model is read; then read by all workers, each of which expands what it needs.
final class HalfWeights: @unchecked Sendable {
    private let buffer: UnsafeMutablePointer<UInt16>
    private let learning: Range<Int>

    /// - Parameters:
    ///   - count: Weights of the layout.
    ///   - learning: The offsets that are not kept here.
    init(count: Int, learning: Range<Int>) {
        self.learning = learning
        buffer = .allocate(capacity: max(1, count - learning.count))
    }

    deinit { buffer.deallocate() }

    /// Whether the matrix at this offset of the layout is here.
    func holds(_ offset: Int) -> Bool { !learning.contains(offset) }

    private func place(_ offset: Int) -> UnsafeMutablePointer<UInt16> {
        buffer + (offset < learning.lowerBound ? offset : offset - learning.count)
    }

    func write(_ source: UnsafePointer<Float>, offset: Int, count: Int) {
        rk_round_to_bfloat16(source, count, place(offset))
    }

    func expand(offset: Int, count: Int, to target: UnsafeMutablePointer<Float>) {
        rk_expand_bfloat16(place(offset), count, target)
    }
}
