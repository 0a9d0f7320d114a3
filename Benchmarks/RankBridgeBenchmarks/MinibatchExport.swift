import AutoregressiveRanker
import Foundation
import LanguageModels

/// Packed minibatches as JSON, in the form that pytorch_decoder_step.py reads.
struct MinibatchExport: Encodable {
    struct Shape: Encodable {
        let vocabulary, width, layers, heads, kvHeads, headDimension, feedForward: Int
        let ropeBase: Double
        let normEpsilon: Float
        let tied: Bool

        init(_ c: DecoderConfiguration) {
            (vocabulary, width, layers, heads) = (c.vocabulary, c.width, c.layers, c.heads)
            (kvHeads, headDimension, feedForward) = (c.keyValueHeads, c.headDimension, c.feedForward)
            (ropeBase, normEpsilon, tied) = (c.rotaryBase, c.normEpsilon, c.tiedHead)
        }
    }
    struct Query: Encodable {
        let tokens, positions, parents: [Int]
        let promptLength: Int
        /// The first place of each block of the prompt, and the place behind its last.
        let blocks: [[Int]]
    }
    struct Target: Encodable {
        let query, node, token: Int
        let weight: Float
    }
    struct Document: Encodable {
        let query: Int
        let nodes: [Int]
    }
    struct Minibatch: Encodable {
        let queries: [Query]
        let targets: [Target]
        let documents: [Document]
    }

    let config: Shape
    let minibatches: [Minibatch]

    init(_ c: DecoderConfiguration, _ minibatches: [[MinibatchPacker.PackedQuery]]) {
        config = Shape(c)
        self.minibatches = minibatches.map(Self.minibatch)
    }

    private static func minibatch(_ packed: [MinibatchPacker.PackedQuery]) -> Minibatch {
        let points = packed.reduce(0) { $0 + $1.points }
        return Minibatch(
            queries: packed.map { query($0.sequence) },
            targets: packed.enumerated().flatMap { index, query in
                query.targets.map {
                    Target(
                        query: index, node: Int($0.place), token: Int($0.token),
                        weight: $0.weight / Float(points))
                }
            },
            documents: packed.enumerated().flatMap { index, query in
                paths(query.sequence).map { Document(query: index, nodes: $0) }
            })
    }

    private static func query(_ sequence: PackedSequence) -> Query {
        let prompt = sequence.promptLength
        let parents = (0..<prompt).map { $0 - 1 } + sequence.branchParents.map(Int.init)
        var positions = sequence.promptPositions.map(Int.init)
        for parent in sequence.branchParents { positions.append(positions[Int(parent)] + 1) }
        return Query(
            tokens: sequence.tokens.map(Int.init), positions: positions, parents: parents,
            promptLength: prompt, blocks: sequence.blocks.map { [$0.lowerBound, $0.upperBound] })
    }

    /// The paths from below the root to each leaf: the documents' inputs after the prompt.
    private static func paths(_ sequence: PackedSequence) -> [[Int]] {
        let inner = Set(sequence.branchParents.map(Int.init))
        return (sequence.promptLength..<sequence.tokens.count).filter { !inner.contains($0) }.map { leaf in
            var path: [Int] = []
            var place = leaf
            while place >= sequence.promptLength {
                path.insert(place, at: 0)
                place = Int(sequence.branchParents[place - sequence.promptLength])
            }
            return path
        }
    }

    func write(to file: URL) throws { try JSONEncoder().encode(self).write(to: file) }
}
