import Rankers
import Tensors

/// A text encoder with damaged weights: one number of its last embedding is none.
public struct DamagedTextEmbedder: TextEmbedder {
    public let width: Int
    private let damage: Float

    /// - Parameter damage: What stands in the place of a number: NaN or an infinity.
    public init(width: Int, damage: Float) {
        self.width = width
        self.damage = damage
    }

    public func embed(_ texts: [String]) -> FloatBuffer {
        let vectors = FloatBuffer(count: texts.count * width)
        if vectors.count > 0 { vectors[vectors.count - 1] = damage }
        return vectors
    }
}
