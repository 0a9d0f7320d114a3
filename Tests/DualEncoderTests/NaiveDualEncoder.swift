import Foundation
import LookupTables
import Rankers
import RankingData
import Tensors

@testable import DualEncoder

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

/// Equation 13 and appendix A.2 as printed, in Double: B x B softmax, dense momentum, every row projected.
struct NaiveDualEncoder {
    var table: [[Double]]
    var velocity: [[Double]]
    var configuration: DualEncoderConfiguration
    /// lambda(r), in place of the configuration's.
    var weighting: RankWeighting
    let pairs: TrainingPairs
    /// n_q of each query.
    private let documentCounts: [Int32: Int]

    init(
        table values: [Float], configuration: DualEncoderConfiguration, pairs: TrainingPairs,
        weighting: RankWeighting? = nil
    ) {
        let n = configuration.dimension
        table = stride(from: 0, to: values.count, by: n).map { values[$0..<$0 + n].map(Double.init) }
        velocity = table.map { $0.map { _ in 0 } }
        self.configuration = configuration
        self.weighting = weighting ?? configuration.weighting
        self.pairs = pairs
        documentCounts = Dictionary(grouping: (0..<Int32(pairs.count)).map { pairs[$0].query }) { $0 }
            .mapValues(\.count)
    }

    func loss(_ batch: [Int32]) -> Double {
        let queries = batch.map { table[Int(pairs[$0].query)] }
        let documents = batch.map { table[Int(pairs[$0].document)] }
        var total = 0.0
        for (i, pair) in batch.enumerated() {
            let logits = documents.map { dot(queries[i], $0) / configuration.temperature }
            total += lambda(pair) * (logits[i] - logSumExp(logits))
        }
        return -total / Double(batch.count)
    }

    func gradient(_ batch: [Int32]) -> [[Double]] {
        var gradient = table.map { $0.map { _ in 0.0 } }
        let queries = batch.map { Int(pairs[$0].query) }
        let documents = batch.map { Int(pairs[$0].document) }
        for (i, pair) in batch.enumerated() {
            let logits = documents.map { dot(table[queries[i]], table[$0]) / configuration.temperature }
            let sum = logSumExp(logits)
            for j in batch.indices {
                let slope =
                    lambda(pair) * (exp(logits[j] - sum) - (i == j ? 1 : 0))
                    / (Double(batch.count) * configuration.temperature)
                for k in table[0].indices {
                    gradient[queries[i]][k] += slope * table[documents[j]][k]
                    gradient[documents[j]][k] += slope * table[queries[i]][k]
                }
            }
        }
        return gradient
    }

    mutating func step(_ batch: [Int32]) -> Double {
        let loss = loss(batch)
        let gradient = gradient(batch)
        for row in table.indices {
            for k in table[row].indices {
                velocity[row][k] = configuration.momentum * velocity[row][k] + gradient[row][k]
                table[row][k] -= configuration.learningRate * velocity[row][k]
            }
            let length = dot(table[row], table[row]).squareRoot()
            for k in table[row].indices { table[row][k] /= length }
        }
        return loss
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

    private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    private func logSumExp(_ logits: [Double]) -> Double {
        let highest = logits.max() ?? 0
        return highest + log(logits.reduce(0) { $0 + exp($1 - highest) })
    }
}
