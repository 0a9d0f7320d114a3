import Foundation
import LookupTables
import Rankers
import RankingData
import Tensors

@testable import CrossEncoder

/// A tree of `entities` nodes; each node's documents are its ancestors, nearest first.
func treeTask(entities: Int, seed: UInt64 = 5) -> RankingTask {
    var stream = RandomStream(seed: seed, name: "tree")
    var ancestors: [[Int32]] = [[]]
    for node in 1..<entities {
        let parent = stream.uniform(below: node)
        ancestors.append([Int32(parent)] + ancestors[parent])
    }
    let queries = (1..<entities).map { node in
        var negative = stream.uniform(below: entities)
        while negative == node || ancestors[node].contains(Int32(negative)) {
            negative = stream.uniform(below: entities)
        }
        return RankedQuery(query: Int32(node), documents: ancestors[node], negatives: [Int32(negative)])
    }
    return RankingTask(
        collection: Collection(names: (0..<entities).map { "node\($0)" }), training: queries, development: [],
        evaluation: queries)
}

/// Equation 14 and appendix A.3 as printed, in Double: one pair at a time, and dense Adam over everything.
///
/// All parameters lie in one array: the table, then for each layer W [outputs, 2n] and its biases.
struct NaiveCrossEncoder {
    var parameters: [Double]
    var first: [Double]
    var second: [Double]
    var step = 0
    let entities: Int
    let configuration: CrossEncoderConfiguration
    let pairs: TrainingPairs
    /// lambda(r), in place of the configuration's.
    let weighting: RankWeighting
    /// n_q of each query.
    private let documentCounts: [Int32: Int]

    var n: Int { configuration.dimension }
    var width: Int { 2 * n }
    var tableCount: Int { entities * n }

    /// The parameters of a trainer as it stands.
    init(
        _ archive: TensorArchive, entities: Int, configuration: CrossEncoderConfiguration,
        pairs: TrainingPairs, weighting: RankWeighting? = nil
    ) {
        self.entities = entities
        self.configuration = configuration
        self.pairs = pairs
        self.weighting = weighting ?? configuration.weighting
        documentCounts = Dictionary(grouping: (0..<Int32(pairs.count)).map { pairs[$0].query }) { $0 }
            .mapValues(\.count)
        let names = ["embeddings"] + (0..<4).flatMap { ["mlp.\($0).weight", "mlp.\($0).bias"] }
        parameters = names.flatMap { archive.tensors[$0]!.values.map(Double.init) }
        first = parameters.map { _ in 0 }
        second = first
    }

    /// Positives, then negatives: (query, document, weight of its log sigma, sign of its score).
    func terms(_ batch: [Int32], _ permutation: [Int32]) -> [(q: Int, d: Int, weight: Double, sign: Double)] {
        let lambdas = batch.map(lambda)
        let total = lambdas.reduce(0, +)
        return batch.indices.map { i in
            (query(batch[i]), document(batch[i]), lambdas[i] / total, 1)
        }
            + batch.indices.map { i in
                (query(batch[i]), document(batch[Int(permutation[i])]), 1 / Double(batch.count), -1)
            }
    }

    /// Section 4.2, written out.
    private func lambda(_ pair: Int32) -> Double {
        let (r, n) = (Double(pairs[pair].rank), Double(documentCounts[pairs[pair].query] ?? 0))
        switch weighting {
        case .top1: return r == 1 ? 1 : 0
        case .fractional(let alpha): return 1 / pow(r, alpha)
        case .stepwise: return (n - r + 1) / n
        }
    }

    func loss(_ batch: [Int32], _ permutation: [Int32]) -> Double {
        terms(batch, permutation).reduce(0) { sum, term in
            sum + term.weight * log1p(exp(-term.sign * layers(term.q, term.d)[4][0]))
        }
    }

    /// The input and each layer's output; the last is the score.
    func layers(_ q: Int, _ d: Int) -> [[Double]] {
        var outputs = [Array(parameters[q * n..<q * n + n] + parameters[d * n..<d * n + n])]
        for layer in 0..<4 {
            let (start, count) = place(layer)
            outputs.append(
                (0..<count).map { o in
                    var z = parameters[start + count * width + o]
                    for i in 0..<width { z += parameters[start + o * width + i] * outputs[layer][i] }
                    return layer < 3 ? max(0, z) : z
                })
        }
        return outputs
    }

    func gradient(_ batch: [Int32], _ permutation: [Int32]) -> [Double] {
        var gradient = parameters.map { _ in 0.0 }
        for term in terms(batch, permutation) {
            let outputs = layers(term.q, term.d)
            var delta = [-term.sign * term.weight / (1 + exp(term.sign * outputs[4][0]))]
            for layer in (0..<4).reversed() {
                let (start, count) = place(layer)
                var below = [Double](repeating: 0, count: width)
                for o in 0..<count {
                    gradient[start + count * width + o] += delta[o]
                    for i in 0..<width {
                        gradient[start + o * width + i] += delta[o] * outputs[layer][i]
                        below[i] += delta[o] * parameters[start + o * width + i]
                    }
                }
                delta = layer > 0 ? zip(below, outputs[layer]).map { $1 > 0 ? $0 : 0 } : below
            }
            for k in 0..<n {
                gradient[term.q * n + k] += delta[k]
                gradient[term.d * n + k] += delta[n + k]
            }
        }
        return gradient
    }

    mutating func step(_ batch: [Int32], _ permutation: [Int32]) -> Double {
        let value = loss(batch, permutation)
        let slopes = gradient(batch, permutation)
        step += 1
        let (b1, b2, rate) = (configuration.beta1, configuration.beta2, configuration.learningRate)
        for i in parameters.indices {
            let decay = i < tableCount && !configuration.decaysEmbeddings ? 0 : configuration.weightDecay
            let g = slopes[i] + (configuration.decay == .coupled ? decay * parameters[i] : 0)
            first[i] = b1 * first[i] + (1 - b1) * g
            second[i] = b2 * second[i] + (1 - b2) * g * g
            if configuration.decay == .decoupled { parameters[i] *= 1 - rate * decay }
            let m = first[i] / (1 - pow(b1, Double(step)))
            let v = second[i] / (1 - pow(b2, Double(step)))
            parameters[i] -= rate * m / (v.squareRoot() + configuration.epsilon)
        }
        return value
    }

    /// Where a layer's weights begin, and its number of outputs.
    private func place(_ layer: Int) -> (start: Int, outputs: Int) {
        (tableCount + layer * width * (width + 1), layer < 3 ? width : 1)
    }

    private func query(_ pair: Int32) -> Int { Int(pairs[pair].query) }
    private func document(_ pair: Int32) -> Int { Int(pairs[pair].document) }
}
