import Options
import Tensors

extension ConfigurationError {
    /// Throws, before anything is allocated, where a training of embeddings does not fit into this machine: `.outOfRange` for
    /// `batch` where smaller minibatches would fit, else for `dimension`.
    ///
    /// - Parameters:
    ///   - available: Bytes of memory.
    ///   - bytes: What a training takes whose minibatches have so many pairs.
    public static func requireMemory(
        dimension: Int, batch: Int, available: Int = ResourceUsage.machineMemoryBytes,
        _ bytes: (_ batch: Int) -> Int
    ) throws(ConfigurationError) {
        func legal(_ needed: Int) -> String {
            "smaller: it needs \(needed / 1_000_000) MB, this machine has \(available / 1_000_000) MB"
        }
        let least = bytes(1)
        try require(least < available, "dimension", dimension, legal(least))
        let needed = bytes(batch)
        try require(needed < available, "batch", batch, legal(needed))
    }
}
