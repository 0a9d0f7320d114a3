import LookupTables
import Options
import RankingData
import Tensors
import Testing

@testable import CrossEncoder

@Suite struct CrossEncoderTrainerTests {
    private let small = CrossEncoderConfiguration(dimension: 6, batch: 48, steps: 200)

    private func trainer(
        _ configuration: CrossEncoderConfiguration, entities: Int = 120, seed: UInt64 = 3, threads: Int = 1
    ) throws -> CrossEncoderTrainer {
        try CrossEncoderTrainer(
            configuration: configuration, task: treeTask(entities: entities), seed: seed,
            workers: WorkerPool(threads: threads))
    }

    private func losses(_ trainer: CrossEncoderTrainer, until step: Int? = nil) throws -> [Double] {
        var losses: [Double] = []
        try trainer.train { progress in
            losses.append(progress.loss)
            return progress.step == step ? .stop : .more
        }
        return losses
    }

    /// 200 steps against the formulas as printed, with dense Adam; most of the 300 rows miss most steps.
    @Test(arguments: [
        CrossEncoderConfiguration(
            dimension: 4, decay: .coupled, decaysEmbeddings: true, batch: 24, steps: 200),
        CrossEncoderConfiguration(
            dimension: 4, weighting: .fractional(alpha: 3), decay: .decoupled, decaysEmbeddings: true,
            batch: 24, steps: 200),
        CrossEncoderConfiguration(
            dimension: 5, weighting: .fractional(alpha: 0), weightDecay: 0.1, batch: 24, steps: 200,
            sampling: .replacement),
        CrossEncoderConfiguration(dimension: 4, epsilon: 1e-4, decay: .none, batch: 150, steps: 200),
    ])
    func followsDenseAdam(configuration: CrossEncoderConfiguration) throws {
        let trainer = try trainer(configuration, entities: 300)
        let pairs = try TrainingPairs(
            treeTask(entities: 300).training, entities: 300, weighting: configuration.weighting)
        var naive = NaiveCrossEncoder(
            trainer.checkpoint(), entities: 300, configuration: configuration, pairs: pairs)
        var sampler = PairSampler(
            pairs: pairs.count, batch: configuration.batch, sampling: configuration.sampling, seed: 3)
        for (step, loss) in try losses(trainer).enumerated() {
            var stream = RandomStream(seed: 3, name: "cross-encoder.permutation", index: UInt64(step))
            let expected = naive.step(sampler.draw(step: step), stream.permutation(configuration.batch))
            #expect(abs(loss - expected) <= 1e-4 * expected, "step \(step)")
        }
        let table = trainer.model().tensors["embeddings"]!.values.map(Double.init)
        let difference = zip(table, naive.parameters).map { abs($0 - $1) }.max()!
        #expect(difference < 5e-3)
    }

    @Test func sameBitsForAnyNumberOfThreads() throws {
        let configuration = CrossEncoderConfiguration(dimension: 8, batch: 700, steps: 20)
        let one = try trainer(configuration, entities: 1000, threads: 1)
        let two = try trainer(configuration, entities: 1000, threads: 2)
        let three = try trainer(configuration, entities: 1000, threads: 3)
        let expected = try losses(one)
        #expect(try losses(two) == expected)
        #expect(try losses(three) == expected)
        #expect(one.checkpoint() == two.checkpoint())
        #expect(one.model() == three.model())
    }

    @Test func resumesWithTheSameBits() throws {
        let whole = try trainer(small)
        let expected = try losses(whole)
        let first = try trainer(small)
        let head = try losses(first, until: 77)
        _ = first.model()
        let saved = try TensorArchive(first.checkpoint().encoded(), file: "checkpoint")
        let second = try trainer(small)
        try second.restore(saved)
        #expect(second.completedSteps == 77)
        #expect(try head + losses(second) == expected)
        #expect(second.checkpoint() == whole.checkpoint())
    }

    @Test func refusesACheckpointOfAnotherShapeOrStep() throws {
        let other = try trainer(CrossEncoderConfiguration(dimension: 4, batch: 48, steps: 200))
        let trainer = try trainer(small)
        #expect(throws: TensorArchiveError.self) { try trainer.restore(other.checkpoint()) }
        var late = trainer.checkpoint()
        late.metadata["step"] = "-1"
        #expect(throws: TensorArchiveError.self) { try trainer.restore(late) }
        var partial = trainer.checkpoint()
        partial.tensors["second.2.bias"] = nil
        #expect(throws: TensorArchiveError.missing(name: "second.2.bias")) { try trainer.restore(partial) }
        #expect(trainer.completedSteps == 0)
    }

    @Test func seedsDecideEverything() throws {
        let expected = try losses(trainer(small, seed: 3), until: 3)
        #expect(try losses(trainer(small, seed: 3), until: 3) == expected)
        #expect(try losses(trainer(small, seed: 4), until: 3) != expected)
    }

    /// The nearest document first: a random order finds it in 1 of n_q + 1 cases, about 0.2 here.
    @Test func learnsToRankAToyTask() throws {
        let configuration = CrossEncoderConfiguration(
            dimension: 16, weighting: .fractional(alpha: 2), learningRate: 0.003, decay: .none, batch: 256,
            steps: 1500)
        let task = treeTask(entities: 120)
        let trainer = try trainer(configuration, threads: 2)
        _ = try losses(trainer)
        let trained = try trainer.ranker().scores(for: task.evaluation)
        let hits = trained.filter { $0.max() == $0[0] }.count
        let aboveNegative = trained.filter { $0[0] > $0.last! }.count
        #expect(Double(hits) / Double(trained.count) > 0.6)
        #expect(Double(aboveNegative) / Double(trained.count) > 0.95)
    }

    /// The ranker concatenates and multiplies plainly where training works in halves.
    @Test func aSavedModelScoresAsTheFormulaDoes() throws {
        let trainer = try trainer(small)
        _ = try losses(trainer, until: 20)
        let task = treeTask(entities: 120)
        let saved = try TensorArchive(trainer.model().encoded(), file: "model")
        let ranker = try CrossEncoderTrainer.ranker(from: saved, configuration: small)
        let scores = try ranker.scores(for: task.evaluation)
        #expect(try trainer.ranker().scores(for: task.evaluation) == scores)
        let naive = NaiveCrossEncoder(
            saved, entities: 120, configuration: small,
            pairs: try TrainingPairs(task.training, entities: 120, weighting: small.weighting))
        for (query, row) in zip(task.evaluation, scores) {
            for (candidate, score) in zip(query.candidates, row) {
                let expected = naive.layers(Int(query.query), Int(candidate.entity))[4][0]
                #expect(abs(Double(score) - expected) < 1e-4 * max(1, abs(expected)))
            }
        }
        #expect(throws: ConfigurationError.unknownEntity(index: 120, entities: 120)) {
            try ranker.scores(for: [RankedQuery(query: 1, documents: [0], negatives: [120])])
        }
        #expect(throws: TensorArchiveError.self) {
            try CrossEncoderTrainer.ranker(from: saved, configuration: CrossEncoderConfiguration())
        }
    }
}
