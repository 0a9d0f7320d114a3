import Foundation
import LanguageModels
import Options
import Rankers
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

@Suite struct AutoregressiveTrainerTests {
    func trainer(
        _ configuration: AutoregressiveConfiguration, threads: Int = 2, base: TensorArchive? = nil
    ) throws -> AutoregressiveTrainer {
        try AutoregressiveTrainer(
            configuration: configuration, task: ToyTask.make(), seed: 3,
            workers: WorkerPool(threads: threads),
            base: base)
    }

    func losses(_ trainer: AutoregressiveTrainer, until step: Int = .max) throws -> [Double] {
        var losses: [Double] = []
        try trainer.train { progress in
            losses.append(progress.loss)
            return progress.step >= step ? .stop : .more
        }
        return losses
    }

    @Test func bitsDoNotDependOnThreads() throws {
        let configuration = ToyTask.configuration(steps: 12)
        let one = try trainer(configuration, threads: 1)
        let two = try trainer(configuration, threads: 2)
        #expect(try losses(one) == losses(two))
        #expect(one.model() == two.model())
        let queries = ToyTask.make().evaluation
        #expect(try one.ranker().scores(for: queries) == two.ranker().scores(for: queries))
    }

    @Test(arguments: OptimizerConfiguration.Kind.allCases)
    func aRestoredCheckpointGoesOnWithTheSameBits(kind: OptimizerConfiguration.Kind) throws {
        var configuration = ToyTask.configuration(steps: 16)
        configuration.optimizer.kind = kind
        let whole = try trainer(configuration)
        let allLosses = try losses(whole)
        let first = try trainer(configuration)
        let head = try losses(first, until: 7)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try first.writeCheckpoint(to: file)
        #expect(try Data(contentsOf: file) == first.checkpoint().encoded())
        let second = try trainer(configuration)
        try second.restore(try TensorArchive(contentsOf: file))
        #expect(head + (try losses(second)) == allLosses)
        #expect(second.model() == whole.model())
    }

    /// A curriculum sees the queries that shuffled training sees, in the order of their lengths.
    @Test(arguments: [QueryOrder.fewestFirst, .mostFirst])
    func aCurriculumReordersTheSameDraws(order: QueryOrder) {
        let queries = ToyTask.make().training
        var shuffled = QuerySampler(queries, seed: 5)
        var sorted = QuerySampler(queries, seed: 5, order: order, draws: 180)
        let plain = (0..<9).flatMap { shuffled.draw(step: $0, count: 20) }
        let ordered = (0..<9).flatMap { sorted.draw(step: $0, count: 20) }
        #expect(ordered.map(\.draw).sorted() == plain.map(\.draw))
        for own in ordered { #expect(own.query.query == plain[Int(own.draw)].query.query) }
        let lengths = ordered.map(\.query.documents.count)
        #expect(lengths == lengths.sorted(by: order == .fewestFirst ? (<) : (>)))
        #expect(lengths.first != lengths.last)
    }

    @Test func groupsOfEqualLengthHoldEachQueryOnce() {
        let lengths = [190, 80, 100, 120, 300, 90, 95, 85]
        let groups = MinibatchPacker.balancedGroups(lengths, size: 4)
        #expect(groups.flatMap { $0 }.sorted() == Array(0..<8))
        #expect(groups.allSatisfy { $0.count == 4 })
        let totals = groups.map { $0.reduce(0) { $0 + lengths[$1] } }
        #expect(abs(totals[0] - totals[1]) <= 50)
        #expect(MinibatchPacker.balancedGroups([5], size: 4) == [[0]])
        #expect(MinibatchPacker.balancedGroups(lengths, size: 4, tokens: 350).map(\.count) == [1, 2, 2, 3])
        #expect(
            MinibatchPacker.consecutiveGroups(Array(repeating: 9, count: 10), size: 4)
                == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        #expect(
            MinibatchPacker.consecutiveGroups([9, 1, 8, 30, 2, 3], size: 4, tokens: 10)
                == [[0, 1], [2], [3], [4, 5]])
    }

    @Test func trainingRanksUnseenQueriesAboveChance() throws {
        let task = ToyTask.make()
        let trained = try trainer(ToyTask.configuration(steps: 150))
        let history = try losses(trained)
        let first: Double = history.prefix(10).reduce(0, +)
        let last: Double = history.suffix(10).reduce(0, +)
        #expect(last < 0.5 * first)
        let scores = try trained.ranker().scores(for: task.evaluation)
        let violations = zip(task.evaluation, scores).filter { query, scores in
            scores.dropLast().contains { $0 < scores[query.documents.count] }
        }
        #expect(violations.count < 10)
    }

    /// Minibatch loss and gradient, packed, against one sequence a (query, document) point.
    @Test(arguments: [
        LossConfiguration(weighting: .top1, targets: .onehot),
        LossConfiguration(weighting: .fractional(alpha: 2)),
        LossConfiguration(weighting: .stepwise),
        LossConfiguration(weighting: .top1, targets: .trie, beta: 2),
        LossConfiguration(weighting: .fractional(alpha: 2), targets: .trie, beta: 3),
    ])
    func packedTrainingEqualsPointwise(loss: LossConfiguration) throws {
        let task = ToyTask.make()
        let configuration = ToyTask.configuration(steps: 1, loss: loss)
        let vocabulary = try RankingPrompt.learnVocabulary(of: task, size: 260)
        let prompt = try RankingPrompt(learned: vocabulary, collection: task.collection)
        let packer = MinibatchPacker(prompt: prompt, loss: loss, promptWeight: 0, seed: 3)
        var points: [(PackedSequence, [TokenTarget])] = []
        var packed: [MinibatchPacker.PackedQuery] = []
        for (index, query) in task.training.prefix(9).enumerated() {
            packed.append(packer.pack(query, draw: UInt64(index)))
            let sequence = packed[index].sequence
            points += pointwise(
                query, prompt, loss, promptTokens: Array(sequence.tokens[..<sequence.promptLength]))
        }
        #expect(points.count == packed.reduce(0) { $0 + $1.points })
        let parameters = DecoderParameters(configuration.decoder, seed: 8)
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 2))
        let scale = 1 / Float(points.count)
        let plain = decoder.lossAndGradient(
            [PackedBatch(points.map(\.0), targets: points.map(\.1))], scale: scale)
        let expected = plain.gradient.array
        let own = decoder.lossAndGradient(
            [PackedBatch(packed.map(\.sequence), targets: packed.map(\.targets))], scale: scale)
        #expect(abs(own.loss - plain.loss) < 1e-5 * plain.loss)
        let largest = expected.reduce(0) { max($0, abs($1)) }
        for index in 0..<parameters.layout.count {
            #expect(abs(own.gradient[index] - expected[index]) < 1e-4 * largest)
        }
    }

    /// Equation 11 as printed: each document with its whole prompt, lambda(r) times each token's cross entropy.
    private func pointwise(
        _ query: RankedQuery, _ prompt: RankingPrompt, _ loss: LossConfiguration, promptTokens: [Int32]
    ) -> [(PackedSequence, [TokenTarget])] {
        let documents = query.documents.map { prompt.tokens[Int($0)] }
        return (1...documents.count).compactMap { rank in
            let lambda = loss.weighting.weight(rank: rank, of: documents.count)
            guard lambda > 0 else { return nil }
            let sequence = PackedSequence(prompt: promptTokens + documents[rank - 1].dropLast())
            let targets = documents[rank - 1].indices.flatMap { t in
                SToICaL(loss).distribution(documents: documents, rank: rank, length: t).map {
                    TokenTarget(
                        place: promptTokens.count - 1 + t, token: $0.token, weight: Float(lambda * $0.mass))
                }
            }
            return (sequence, targets)
        }
    }

    @Test func scoresAreMeanLogProbabilitiesOfEachCandidateAlone() throws {
        let task = ToyTask.make()
        let trained = try trainer(ToyTask.configuration(steps: 5))
        _ = try losses(trained)
        let parameters = try DecoderParameters(trained.configuration.decoder, archive: trained.model())
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 1))
        guard let ranker = try trained.ranker() as? DecoderRanker else {
            Issue.record("the trainer made another kind of ranker")
            return
        }
        for (query, scores) in zip(task.evaluation, try ranker.scores(for: task.evaluation)) {
            let prompt = ranker.promptTokens(query)
            for (candidate, score) in zip(query.candidates, scores) {
                let tokens = ranker.prompt.tokens[Int(candidate.entity)]
                let batch = PackedBatch([PackedSequence(prompt: prompt + tokens.dropLast())])
                let asked = tokens.enumerated().map { t, token in
                    RowToken(row: batch.row(sequence: 0, place: prompt.count - 1 + t), token: token)
                }
                let mean = decoder.logProbabilities([batch], [asked])[0].reduce(0, +) / Float(tokens.count)
                #expect(abs(mean - score) < 1e-4)
            }
        }
    }

    /// Against greedy decoding token by token, each prefix as a prompt of its own.
    @Test func greedyPathScoresReadTheDecodesOwnLogits() throws {
        let task = ToyTask.make()
        var configuration = ToyTask.configuration(steps: 5)
        configuration.scoring = .greedyPath
        let trained = try trainer(configuration)
        _ = try losses(trained)
        let ranker = try #require(try trained.ranker() as? DecoderRanker)
        let parameters = try DecoderParameters(configuration.decoder, archive: trained.model())
        let decoder = Decoder(parameters, workers: WorkerPool(threads: 1))
        for (query, scores) in zip(task.evaluation, try ranker.scores(for: task.evaluation)) {
            var decoded = ranker.promptTokens(query)
            let candidates = query.candidates.map { ranker.prompt.tokens[Int($0.entity)] }
            var rows: [[Float]] = []
            for _ in 0..<candidates.map(\.count).max()! {
                let batch = PackedBatch([PackedSequence(prompt: decoded)])
                let logits = decoder.logits(batch, rows: [batch.row(sequence: 0, place: decoded.count - 1)])
                let highest = logits.max()!
                let logSum = highest + logf(logits.reduce(0) { $0 + expf($1 - highest) })
                rows.append(logits.map { $0 - logSum })
                let written = logits.prefix(ranker.prompt.pieceCount)
                decoded.append(Int32(try #require(written.firstIndex(of: written.max()!))))
            }
            for (tokens, score) in zip(candidates, scores) {
                let mean = tokens.enumerated().reduce(0) { $0 + rows[$1.offset][Int($1.element)] }
                #expect(abs(mean / Float(tokens.count) - score) < 1e-4)
            }
        }
    }

    @Test func rowsStartFromTheBaseTheyAreGiven() throws {
        let base = try trainer(ToyTask.configuration(steps: 5))
        _ = try losses(base)
        let row = try trainer(ToyTask.configuration(steps: 1), base: base.model())
        #expect(row.model() == base.model())
    }

    /// What a checkpoint says must fit the run, or the run is not taken up: a place before its first step has no queries.
    @Test(arguments: ["-1", "17", "9223372036854775807", "9223372036854775808", ""])
    func aCheckpointFromNowhereIsRefused(step: String) throws {
        let trained = try trainer(ToyTask.configuration(steps: 16))
        var archive = trained.checkpoint()
        archive.metadata["step"] = step
        #expect(throws: TensorArchiveError.self) { try trained.restore(archive) }
        archive.metadata["step"] = "3"
        archive.metadata["points"] = "9223372036854775807"
        #expect(throws: TensorArchiveError.self) { try trained.restore(archive) }
        archive = trained.checkpoint()
        #expect(throws: Never.self) { try trained.restore(archive) }
        archive.metadata["vocabulary"]? += "\n1 2"
        #expect(throws: TensorArchiveError.self) { try trained.restore(archive) }
    }

    /// A vocabulary with more pieces than the decoder has ids, or with other special tokens, belongs to another model.
    @Test func aVocabularyOfAnotherModelIsRefused() throws {
        let configuration = ToyTask.configuration(steps: 1)
        var archive = try trainer(configuration).model()
        let names = (0..<300).map { "word\($0) of the vocabulary\($0 * 7919)" }
        let larger = BytePairVocabulary.learn(from: names, size: 400, specialTokens: 2)
        #expect(larger.count > configuration.decoder.vocabulary)
        archive.metadata["vocabulary"] = larger.serialized
        #expect(throws: ConfigurationError.self) { try trainer(configuration, base: archive) }
        archive.metadata["vocabulary"] =
            BytePairVocabulary.learn(from: names, size: 100, specialTokens: 3).serialized
        #expect(throws: TokenizerError.malformed("3")) { try trainer(configuration, base: archive) }
    }

    @Test func illegalOptionsAreNamed() throws {
        var configuration = ToyTask.configuration(steps: 1)
        configuration.loss.weighting = .fractional(alpha: -1)
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "loss.alpha", value: "-1", legal: "a number in 0...100")
        ) {
            try trainer(configuration)
        }
        configuration = ToyTask.configuration(steps: 0)
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "steps", value: "0", legal: "at least 1, or 0 with a pretrained model")
        ) {
            try trainer(configuration)
        }
    }
}
