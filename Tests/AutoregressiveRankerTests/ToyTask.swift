import LanguageModels
import RankingData
import Tensors

@testable import AutoregressiveRanker

/// A small taxonomy with names that share prefixes: every entity's documents are its ancestors.
enum ToyTask {
    static func make(entities: Int = 120, seed: UInt64 = 1) -> RankingTask {
        var stream = RandomStream(seed: seed, name: "toy")
        let syllables = ["ka", "mo", "ri", "tu", "ne", "so"]
        var names: [String] = []
        while names.count < entities {
            let length = 1 + stream.uniform(below: 3)
            let word = (0..<length).map { _ in syllables[stream.uniform(below: 6)] }.joined()
            let name =
                word + (stream.uniform(below: 3) == 0 ? "_mo" : "") + ".n.0\(1 + stream.uniform(below: 3))"
            if !names.contains(name) { names.append(name) }
        }
        var queries: [RankedQuery] = []
        for entity in 1..<entities {
            var documents: [Int32] = []
            var node = entity
            while node > 0 {
                node = (node - 1) / 3
                documents.append(Int32(node))
            }
            var negative = stream.uniform(below: entities)
            while documents.contains(Int32(negative)) || negative == entity {
                negative = stream.uniform(below: entities)
            }
            queries.append(
                RankedQuery(query: Int32(entity), documents: documents, negatives: [Int32(negative)]))
        }
        stream.shuffle(&queries)
        return RankingTask(
            collection: Collection(names: names), training: Array(queries[20...]), development: [],
            evaluation: Array(queries[..<20]))
    }

    /// Queries for documents of the same names: each of the first names is a query, the next three rank below it.
    static func make(names: [String]) -> RankingTask {
        let queries = names.indices.map { place in
            let documents = (1...3).map { Int32((place + $0) % names.count) }
            return RankedQuery(
                query: Int32(place), documents: documents, negatives: [Int32((place + 4) % names.count)])
        }
        return RankingTask(
            collection: Collection(names: names), training: queries, development: [],
            evaluation: Array(queries.prefix(3)))
    }

    static func configuration(
        steps: Int, loss: LossConfiguration = LossConfiguration(), vocabulary: Int = 260
    ) -> AutoregressiveConfiguration {
        AutoregressiveConfiguration(
            decoder: DecoderConfiguration(
                vocabulary: vocabulary, width: 24, layers: 2, heads: 2, keyValueHeads: 1, headDimension: 8,
                feedForward: 32),
            base: BaseTraining(steps: 0), loss: loss,
            optimizer: OptimizerConfiguration(learningRate: 5e-3, warmupSteps: 5),
            steps: steps, queriesPerBatch: 16)
    }
}
