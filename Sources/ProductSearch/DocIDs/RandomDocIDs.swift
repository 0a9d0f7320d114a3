import Tensors

/// A docID of different numbers drawn at random: it says nothing of its title. What other docIDs are worth is seen beside it.
public struct RandomDocIDs: DocIDMaker {
    public let symbols: Int
    let length: Int
    let seed: UInt64

    /// - Parameters:
    ///   - symbols: How many numbers there are to draw from; at least `length`.
    ///   - length: Numbers of a docID.
    public init(symbols: Int = 100, length: Int = 3, seed: UInt64 = 0) {
        precondition(length >= 1 && symbols >= length, "\(length) different numbers of \(symbols)")
        self.symbols = symbols
        self.length = length
        self.seed = seed
    }

    public func codes(of titles: any EmbeddingSource, workers: WorkerPool) -> [[Int32]] {
        workers.map(titles.count) { title in
            var random = RandomStream(seed: seed, name: "docids.random", index: UInt64(title))
            var code: [Int32] = []
            while code.count < length {
                let symbol = Int32(random.uniform(below: symbols))
                if !code.contains(symbol) { code.append(symbol) }
            }
            return code
        }
    }
}
