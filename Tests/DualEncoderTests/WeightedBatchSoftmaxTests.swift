import LookupTables
import Rankers
import RankingData
import Tensors
import Testing

@testable import DualEncoder

@Suite struct WeightedBatchSoftmaxTests {
    /// A minibatch of `batch` pairs of a tree, its embeddings as drawn, and the fast loss and gradient of it.
    private struct Case {
        var naive: NaiveDualEncoder
        let indices: [Int32]
        let loss: Double
        /// By entity; entities outside the batch have none.
        let gradient: [Int32: [Float]]

        init(
            configuration: DualEncoderConfiguration, weighting: RankWeighting? = nil, entities: Int = 60
        ) throws {
            let weighting = weighting ?? configuration.weighting
            let task = treeTask(entities: entities)
            let pairs = try TrainingPairs(task.training, entities: entities, weighting: weighting)
            let table = EmbeddingTable(rows: entities, columns: configuration.dimension)
            var stream = RandomStream(seed: 8, name: "softmax")
            table.fillNormal(deviation: 0.3, from: &stream)
            naive = NaiveDualEncoder(
                table: table.tensor.values, configuration: configuration, pairs: pairs,
                weighting: weighting)
            indices = (0..<configuration.batch).map { _ in Int32(stream.uniform(below: pairs.count)) }

            var batch = PairBatch(entities: entities)
            batch.assign(indices, of: pairs)
            let rows = EmbeddingTable(rows: 2 * configuration.batch, columns: configuration.dimension)
            let gradients = EmbeddingTable(rows: 2 * configuration.batch, columns: configuration.dimension)
            for (slot, entity) in batch.entities.enumerated() {
                rows.row(slot).update(from: table.row(Int(entity)), count: table.stride)
            }
            let softmax = WeightedBatchSoftmax(
                batch: configuration.batch, temperature: configuration.temperature,
                stride: rows.stride, workers: WorkerPool(threads: 2))
            loss = softmax.evaluate(batch, rows: rows, gradient: gradients)
            softmax.addDocumentGradient(batch, slots: 0..<batch.entities.count, to: gradients)
            var byEntity: [Int32: [Float]] = [:]
            for (slot, entity) in batch.entities.enumerated() {
                byEntity[entity] = (0..<configuration.dimension).map { gradients.row(slot)[$0] }
            }
            gradient = byEntity
        }
    }

    @Test(arguments: [1, 7, 64, 200, 301], [0.0, 1, 5])
    func lossAndGradientAreTheFormulas(batch: Int, alpha: Double) throws {
        let fast = try Case(
            configuration: DualEncoderConfiguration(
                dimension: 5, weighting: .fractional(alpha: alpha), temperature: 0.5, batch: batch))
        let expected = fast.naive.loss(fast.indices)
        #expect(abs(fast.loss - expected) <= 1e-5 * max(expected, 1e-2))
        for (entity, row) in fast.naive.gradient(fast.indices).enumerated() {
            let found = fast.gradient[Int32(entity)] ?? [Float](repeating: 0, count: 5)
            for (a, b) in zip(found, row) { #expect(abs(Double(a) - b) < 2e-6) }
        }
    }

    @Test(arguments: [RankWeighting.top1, .stepwise, .fractional(alpha: 2.5)])
    func everyWeightingOfSection42WeighsTheLoss(weighting: RankWeighting) throws {
        let fast = try Case(
            configuration: DualEncoderConfiguration(dimension: 5, temperature: 0.5, batch: 200),
            weighting: weighting)
        let expected = fast.naive.loss(fast.indices)
        #expect(abs(fast.loss - expected) <= 1e-5 * expected)
        for (entity, row) in fast.naive.gradient(fast.indices).enumerated() {
            let found = fast.gradient[Int32(entity)] ?? [Float](repeating: 0, count: 5)
            for (a, b) in zip(found, row) { #expect(abs(Double(a) - b) < 2e-6) }
        }
    }

    /// Central differences of the loss as printed, for every element of the table.
    @Test func gradientIsTheLossesSlope() throws {
        var fast = try Case(
            configuration: DualEncoderConfiguration(
                dimension: 3, weighting: .fractional(alpha: 1.5), temperature: 0.4, batch: 40),
            entities: 20)
        let h = 1e-5
        for entity in 0..<20 {
            for k in 0..<3 {
                let value = fast.naive.table[entity][k]
                fast.naive.table[entity][k] = value + h
                let above = fast.naive.loss(fast.indices)
                fast.naive.table[entity][k] = value - h
                let below = fast.naive.loss(fast.indices)
                fast.naive.table[entity][k] = value
                let found = Double(fast.gradient[Int32(entity)]?[k] ?? 0)
                #expect(abs(found - (above - below) / (2 * h)) < 2e-6)
            }
        }
    }

    /// One document only: every logit is equal, so the loss is log B whatever the embeddings are.
    @Test func repeatedDocumentsCountAsOftenAsTheyOccur() throws {
        let star = RankingTask(
            collection: Collection(names: ["root", "a", "b", "c"]),
            training: (1...3).map { RankedQuery(query: Int32($0), documents: [0], negatives: [1]) },
            development: [], evaluation: [])
        let trainer = try DualEncoderTrainer(
            configuration: DualEncoderConfiguration(dimension: 2, batch: 9, steps: 1), task: star, seed: 1,
            workers: WorkerPool(threads: 1))
        var loss = 0.0
        try trainer.train {
            loss = $0.loss; return .more
        }
        #expect(abs(loss - 2.1972245773) < 1e-6)
    }

    @Test func aTinyTemperatureDoesNotOverflow() throws {
        let sharp = try Case(
            configuration: DualEncoderConfiguration(dimension: 5, temperature: 1e-3, batch: 50))
        let expected = sharp.naive.loss(sharp.indices)
        #expect(abs(sharp.loss - expected) <= 1e-4 * expected)
        #expect(sharp.gradient.values.allSatisfy { $0.allSatisfy { $0.isFinite } })
    }
}
