import Foundation
import LanguageModels
import Options
import Rankers
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

@Suite struct ListNetTests {
    static let weightings: [RankWeighting] = [
        .top1, .fractional(alpha: 0), .fractional(alpha: 1), .fractional(alpha: 2), .stepwise,
    ]

    /// The loss as the paper writes it, term by term: two distributions and their cross entropy.
    private func naive(_ weighting: RankWeighting, _ scores: [Double]) -> Double {
        let lambdas = scores.indices.map { weighting.weight(rank: $0 + 1, of: scores.count) }
        let gold = lambdas.map { $0 / lambdas.reduce(0, +) }
        let model = scores.map { exp($0) / scores.reduce(0) { $0 + exp($1) } }
        return zip(gold, model).reduce(0) { $0 - $1.0 * log($1.1) }
    }

    @Test(arguments: weightings)
    func lossIsThePapersAndItsGradientThatOfFiniteDifferences(weighting: RankWeighting) {
        var stream = RandomStream(seed: 4, name: "listnet")
        for count in [1, 2, 3, 7, 20] {
            let scores = (0..<count).map { _ in 3 * Double(stream.normal()) }
            let (loss, gradient) = ListNet(weighting: weighting).lossAndGradient(scores: scores)
            #expect(abs(loss - naive(weighting, scores)) < 1e-12)
            for place in scores.indices {
                var (above, below) = (scores, scores)
                above[place] += 1e-5
                below[place] -= 1e-5
                let slope = (naive(weighting, above) - naive(weighting, below)) / 2e-5
                #expect(abs(gradient[place] - slope) < 1e-8)
            }
            #expect(abs(gradient.reduce(0, +)) < 1e-12, "a shift of all scores changes nothing")
        }
    }

    @Test func edgeCases() {
        let loss = ListNet(weighting: .fractional(alpha: 1))
        #expect(loss.lossAndGradient(scores: [-5]) == (0, [0]))
        // Far apart, where a plain softmax overflows: rank 2 a thousand above rank 1.
        let far = loss.lossAndGradient(scores: [-1000, 0])
        #expect(abs(far.loss - 2000 / 3.0) < 1e-9 && far.gradient.allSatisfy(\.isFinite))
        // A docID without tokens takes no part.
        let empty = loss.lossAndGradient(scores: [-1, -.infinity, -2])
        #expect(empty.loss.isFinite && empty.gradient[1] == 0)
        #expect(loss.lossAndGradient(scores: [-.infinity]) == (0, [0]))
        #expect(loss.lossAndGradient(scores: [.nan, 1]).loss.isNaN, "divergence is not hidden")
        // Least where scores are log lambda.
        let best = loss.lossAndGradient(scores: (1...4).map { -log(Double($0)) })
        #expect(best.gradient.allSatisfy { abs($0) < 1e-15 })
    }

    private struct Setting {
        let task = ToyTask.make()
        let decoder: Decoder
        let prompt: RankingPrompt
        let packer: MinibatchPacker
        let workers = WorkerPool(threads: 2)
        let loss = LossConfiguration(weighting: .fractional(alpha: 1), kind: .listnet)

        init() throws {
            let vocabulary = try RankingPrompt.learnVocabulary(of: task, size: 260)
            prompt = try RankingPrompt(learned: vocabulary, collection: task.collection)
            packer = MinibatchPacker(prompt: prompt, loss: loss, promptWeight: 0, seed: 3)
            let shape = ToyTask.configuration(steps: 1).decoder
            decoder = Decoder(DecoderParameters(shape, seed: 8), workers: workers)
        }

        /// The loss and gradient of the first queries as the trainer computes them.
        func packed(_ count: Int, _ score: DocumentScore) -> (
            loss: Double, gradient: [Float], queries: [MinibatchPacker.PackedQuery]
        ) {
            var queries = task.training.prefix(count).enumerated().map { packer.pack($1, draw: UInt64($0)) }
            let loss = packer.weigh(&queries, score: score, decoder: decoder, workers: workers) ?? .nan
            let batches = MinibatchPacker.batches(queries, for: decoder.parameters.configuration, workers)
            return (loss, decoder.lossAndGradient(batches, scale: 1).gradient.array, queries)
        }

        /// The loss with each document behind a whole prompt of its own, and each document's sequence and score.
        func pointwise(_ count: Int, _ score: DocumentScore) -> (
            loss: Double, sequences: [PackedSequence], targets: [[TokenTarget]]
        ) {
            var result: (loss: Double, sequences: [PackedSequence], targets: [[TokenTarget]]) = (0, [], [])
            for (index, query) in task.training.prefix(count).enumerated() {
                var stream = RandomStream(seed: 3, name: "training.prompts", index: UInt64(index))
                let own = prompt.sequence(for: query, stream: &stream).tokens
                var scores: [Double] = []
                for document in query.documents {
                    let tokens = prompt.tokens[Int(document)]
                    let sequence = PackedSequence(prompt: own + tokens.dropLast())
                    let batch = PackedBatch([sequence])
                    let asked = tokens.indices.map {
                        RowToken(
                            row: batch.row(sequence: 0, place: own.count - 1 + $0), token: tokens[$0])
                    }
                    let sum = decoder.logProbabilities([batch], [asked])[0].reduce(0, +)
                    let length: Float =
                        switch score {
                        case .mean: Float(tokens.count)
                        case .sum: 1
                        case .counted: Float(prompt.countedLength(of: document))
                        }
                    scores.append(Double(sum / length))
                    result.sequences.append(sequence)
                    result.targets.append(
                        tokens.indices.map {
                            TokenTarget(
                                place: own.count - 1 + $0, token: tokens[$0], weight: 1 / length)
                        })
                }
                let (value, gradient) = ListNet(weighting: loss.weighting).lossAndGradient(scores: scores)
                result.loss += value
                for (place, derivative) in zip(result.targets.indices.suffix(scores.count), gradient) {
                    for target in result.targets[place].indices {
                        result.targets[place][target].weight *= Float(-derivative)
                    }
                }
            }
            return result
        }
    }

    /// Packed queries against each document with a whole prompt of its own.
    @Test(arguments: DocumentScore.allCases)
    func packedEqualsPointwise(score: DocumentScore) throws {
        let setting = try Setting()
        let own = setting.packed(9, score)
        let plain = setting.pointwise(9, score)
        #expect(abs(own.loss - plain.loss) < 1e-5 * plain.loss)
        #expect(own.queries.reduce(0) { $0 + $1.terms } == 9)
        #expect(own.queries.reduce(0) { $0 + $1.points } == plain.sequences.count)
        let expected = setting.decoder.lossAndGradient(
            [PackedBatch(plain.sequences, targets: plain.targets)], scale: 1
        ).gradient.array
        let largest = expected.reduce(0) { max($0, abs($1)) }
        #expect(largest > 0)
        for index in 0..<setting.decoder.parameters.layout.count {
            #expect(abs(own.gradient[index] - expected[index]) < 1e-4 * largest)
        }
    }

    /// Through the whole decoder: the loss along random directions of all weights, against the gradient.
    @Test(arguments: DocumentScore.allCases)
    func gradientThroughTheDecoderIsThatOfFiniteDifferences(score: DocumentScore) throws {
        let setting = try Setting()
        let count = setting.decoder.parameters.layout.count
        let gradient = Array(setting.packed(6, score).gradient.prefix(count))
        let parameters = setting.decoder.parameters
        let start = parameters.values.array
        for trial in 0..<4 {
            var stream = RandomStream(seed: 11, name: "direction", index: UInt64(trial))
            // Along the gradient itself at first, where the slope is steepest.
            var direction = (0..<count).map { trial == 0 ? gradient[$0] : stream.normal() }
            let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for index in 0..<count { direction[index] /= norm }
            func loss(at step: Float) -> Double {
                for index in 0..<count {
                    parameters.values.base[index] = start[index] + step * direction[index]
                }
                setting.decoder.weightsChanged()
                return setting.pointwise(6, score).loss
            }
            let step: Float = 2e-3
            let slope = (loss(at: step) - loss(at: -step)) / Double(2 * step)
            let expected = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let scale = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(slope - expected) < 2e-3 * scale, "direction \(trial): \(slope), \(expected)")
        }
        start.withUnsafeBufferPointer {
            parameters.values.base.update(from: $0.baseAddress!, count: count)
        }
        setting.decoder.weightsChanged()
    }

    private func trained(threads: Int, steps: Int, score: DocumentScore) throws -> (
        losses: [Double], trainer: AutoregressiveTrainer
    ) {
        var configuration = ToyTask.configuration(
            steps: steps, loss: LossConfiguration(weighting: .fractional(alpha: 1), kind: .listnet))
        configuration.score = score
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: ToyTask.make(), seed: 3, workers: WorkerPool(threads: threads)
        )
        var losses: [Double] = []
        try trainer.train { progress in
            losses.append(progress.loss)
            return .more
        }
        return (losses, trainer)
    }

    @Test func bitsDoNotDependOnThreads() throws {
        let one = try trained(threads: 1, steps: 6, score: .sum)
        let two = try trained(threads: 2, steps: 6, score: .sum)
        #expect(one.losses == two.losses && one.trainer.model() == two.trainer.model())
    }

    /// Training lowers the loss towards its least value, the entropy of the gold distribution, and orders documents of
    /// queries that it has not seen better than it did.
    @Test func trainingOrdersUnseenQueries() throws {
        func inversions(_ trainer: AutoregressiveTrainer) throws -> Double {
            let queries = ToyTask.make().evaluation
            let scores = try trainer.ranker().scores(for: queries)
            let shares = zip(queries, scores).compactMap { query, scores -> Double? in
                let own = scores.prefix(query.documents.count)
                let pairs = own.indices.flatMap { first in
                    (first + 1..<own.count).map { own[first] < own[$0] }
                }
                return pairs.isEmpty ? nil : Double(pairs.count { $0 }) / Double(pairs.count)
            }
            return shares.reduce(0, +) / Double(shares.count)
        }
        let start = try trained(threads: 2, steps: 1, score: .sum)
        let end = try trained(threads: 2, steps: 150, score: .sum)
        let (first, last) = (end.losses.prefix(10).reduce(0, +), end.losses.suffix(10).reduce(0, +))
        #expect(last < 0.8 * first)
        #expect(try inversions(end.trainer) < inversions(start.trainer) - 0.1)
    }

    @Test func promptsCarryNoWeightBesideScores() throws {
        var configuration = ToyTask.configuration(
            steps: 1, loss: LossConfiguration(kind: .listnet))
        configuration.promptWeight = 0.1
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
    }
}
