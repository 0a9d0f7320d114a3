import LanguageModels
import RankingData
import Tensors

/// Turns queries into packed batches with targets.
public struct MinibatchPacker: Sendable {
    public let prompt: any RankingPrompt
    public let loss: SToICaLConfiguration
    public let promptWeight: Double
    public let seed: UInt64

    public init(prompt: any RankingPrompt, loss: SToICaLConfiguration, promptWeight: Double, seed: UInt64) {
        self.prompt = prompt
        self.loss = loss
        self.promptWeight = promptWeight
        self.seed = seed
    }

    /// A query as a packed sequence with targets.
    public struct PackedQuery: Sendable {
        public var sequence: PackedSequence
        public var targets: [TokenTarget]
        /// (query, document) points that carry weight.
        public var points: Int
    }

    /// - Parameter draw: Which of the training's visits this is; it keys the prompt's shuffle.
    public func pack(_ query: RankedQuery, draw: UInt64) -> PackedQuery {
        var stream = RandomStream(seed: seed, name: "training.prompts", index: draw)
        var sequence = PackedSequence(prompt: prompt.tokens(for: query, stream: &stream))
        let documents = query.documents.map { prompt.tokens[Int($0)] }
        var (targets, points) = SToICaLTargets.pack(loss, documents: documents, into: &sequence)
        if promptWeight > 0 {
            for place in 0..<sequence.root {
                targets.append(
                    TokenTarget(place: place, token: sequence.tokens[place + 1], weight: Float(promptWeight)))
            }
        }
        return PackedQuery(sequence: sequence, targets: targets, points: points)
    }
}
