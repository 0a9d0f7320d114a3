import Tensors

/// Draws 0..<count in shuffled passes: each number once, then each once more in another order.
///
/// What draw d gives depends on (seed, stream, d) alone, so there is no state to save.
public struct ShuffledPasses: Sendable {
    /// How many numbers a pass has; at least 1.
    public let count: Int
    private let seed: UInt64
    private let stream: String
    private var pass = -1
    private var order: [Int32] = []

    /// - Parameters:
    ///   - count: At least 1.
    ///   - stream: The name of the random stream that shuffles.
    public init(count: Int, seed: UInt64, stream: String) {
        precondition(count >= 1, "there is nothing to draw")
        self.count = count
        self.seed = seed
        self.stream = stream
    }

    /// The number at draw `draw`, counted from 0. Draws within one pass are cheap, another pass is a shuffle.
    public mutating func number(at draw: Int) -> Int32 {
        let (wanted, place) = draw.quotientAndRemainder(dividingBy: count)
        if wanted != pass {
            var random = RandomStream(seed: seed, name: stream, index: UInt64(wanted))
            order = random.permutation(count)
            pass = wanted
        }
        return order[place]
    }
}
