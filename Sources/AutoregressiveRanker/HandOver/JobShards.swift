import Foundation
import LanguageModels
import Options
import Tensors

/// Minibatches one after another, with their targets, as a file of a job holds them.
struct MinibatchShard {
    /// A file is closed when it has this many steps or tokens.
    private static let mostSteps = 250
    private static let mostTokens = 1 << 28

    private var sequences = SequenceShard()
    private var stepStarts: [Int32] = [0]
    private var places: [Int32] = []
    private var tokens: [Int32] = []
    private var weights: [Float] = []

    /// Whether the next minibatch belongs into a file of its own.
    var isFull: Bool {
        stepStarts.count > Self.mostSteps || sequences.tokenCount > Self.mostTokens
    }

    /// Adds one step's minibatch; a target's weight is its share of the minibatch's mean.
    ///
    /// - Returns: The minibatch's (query, document) points.
    mutating func append(_ minibatch: [MinibatchPacker.PackedQuery]) throws(ConfigurationError) -> Int {
        let terms = minibatch.reduce(0) { $0 + $1.terms }
        for query in minibatch {
            let start = try sequences.append(query.sequence)
            for target in query.targets where target.weight != 0 {
                places.append(start + target.place)
                tokens.append(target.token)
                weights.append(target.weight / Float(max(1, terms)))
            }
        }
        stepStarts.append(Int32(sequences.count))
        return minibatch.reduce(0) { $0 + $1.points }
    }

    func write(to file: URL) throws {
        try sequences.write(
            to: file,
            integers: ["step_starts": stepStarts, "target_places": places, "target_tokens": tokens],
            floats: ["target_weights": weights])
    }
}

/// Packed sequences one after another, as a file of a job holds them: every token with its position and with the place of
/// the token before it, from which any program can compute what each token sees.
struct SequenceShard {
    private var tokens: [Int32] = []
    private var parents: [Int32] = []
    private var positions: [Int32] = []
    private var starts: [Int32] = [0]

    var count: Int { starts.count - 1 }

    /// Tokens of all sequences.
    var tokenCount: Int { tokens.count }

    /// - Returns: The place of the sequence's first token.
    /// - Throws: `ConfigurationError` where the tokens are more than the file's 32-bit places can number.
    mutating func append(_ sequence: PackedSequence) throws(ConfigurationError) -> Int32 {
        let start = tokens.count
        try ConfigurationError.require(
            start + sequence.tokens.count <= Int(Int32.max), "queriesPerBatch",
            "such that a file has \(start + sequence.tokens.count) tokens", "small enough for \(Int32.max)")
        tokens += sequence.tokens
        for place in 0..<sequence.tokens.count {
            // Within the prompt each token follows the one before; a branch says where it hangs.
            let parent =
                place < sequence.promptLength
                ? place - 1 : Int(sequence.branchParents[place - sequence.promptLength])
            parents.append(Int32(parent))
            positions.append(parent < 0 ? 0 : positions[start + parent] + 1)
        }
        starts.append(Int32(tokens.count))
        return Int32(start)
    }

    func write(to file: URL, integers: [String: [Int32]], floats: [String: [Float]] = [:]) throws {
        var integers = integers
        integers["tokens"] = tokens
        integers["parents"] = parents
        integers["positions"] = positions
        integers["sequence_starts"] = starts
        let shapes = integers.mapValues { [$0.count] }.merging(floats.mapValues { [$0.count] }) { own, _ in
            own
        }
        try TensorArchive.write(shapes, integers: Set(integers.keys), metadata: [:], to: file) { name, body in
            if let values = integers[name] {
                try values.withUnsafeBytes(body)
            } else if let values = floats[name] {
                try values.withUnsafeBytes(body)
            }
        }
    }
}
