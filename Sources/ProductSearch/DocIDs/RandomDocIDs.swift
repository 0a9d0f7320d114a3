import Tensors

/// A docID of different numbers drawn at random: it says nothing of its title. What other docIDs are worth is seen beside it.
public struct RandomDocIDs: DocIDMaker {
    let configuration: DocIDConfiguration

    /// - Parameter configuration: Each docID is of `nonzeros` different numbers below `atoms`, which must be at least as many.
    public init(_ configuration: DocIDConfiguration) {
        precondition(
            configuration.nonzeros >= 1 && configuration.atoms >= configuration.nonzeros,
            "\(configuration.nonzeros) different numbers of \(configuration.atoms)")
        self.configuration = configuration
    }

    public func codes(of titles: any EmbeddingSource, workers: WorkerPool) -> [[Int32]] {
        workers.map(titles.count) { title in
            // Each title has a stream of its own, so that threads need no order among them.
            var random = RandomStream(
                seed: configuration.seed, name: "docids.random", index: UInt64(title))
            var code: [Int32] = []
            while code.count < configuration.nonzeros {
                let number = Int32(random.uniform(below: configuration.atoms))
                if !code.contains(number) { code.append(number) }
            }
            return code
        }
    }
}
