import Foundation
import Rankers
import RankingData
import RankingMetrics
import Tensors
import Testing

@testable import AutoregressiveRanker

/// What a loss is least with: on Figure 2's toy example, and as a ranker of whole docIDs.
@Suite struct OptimumTests {
    static let documents = SToICaLTests.documents

    func probabilities(_ loss: LossConfiguration) -> [Double] {
        let model = OptimalModel(SToICaL(loss), documents: Self.documents)
        return Self.documents.map { exp(model.logProbability($0)) }
    }

    func isClose(_ own: [Double], _ expected: [Double]) -> Bool {
        own.count == expected.count && zip(own, expected).allSatisfy { abs($0 - $1) < 1e-12 }
    }

    @Test func oneHotTargetsAreLearnedInProportionToLambda() {
        let loss = LossConfiguration(weighting: .fractional(alpha: 2), targets: .onehot)
        let total = 1 + 1 / 4.0 + 1 / 9.0 + 1 / 16.0 + 1 / 25.0
        // cat is a prefix of cats, and no token ends a docID: who writes cats has written cat.
        let cats = (1 / 4.0 + 1 / 9.0) / total
        #expect(isClose(probabilities(loss), [1 / total, cats, cats, 1 / 16.0 / total, 1 / 25.0 / total]))
    }

    @Test func nextTokenPredictionKnowsTheFirstDocumentAlone() {
        #expect(probabilities(LossConfiguration(weighting: .top1, targets: .onehot)) == [1, 0, 0, 0, 0])
    }

    @Test func theTrieOfTheFirstDocumentLeavesOtherPathsOpenBehindTheirFirstToken() {
        let loss = LossConfiguration(weighting: .top1, targets: .trie, beta: 1)
        let total = 1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0 + 1 / 5.0
        // Behind d there are dog and deer; behind c and f the loss asks for nothing.
        let cats = (1 / 2.0 + 1 / 3.0) / total
        #expect(isClose(probabilities(loss), [1 / total, cats, cats, 1 / 4.0 / total, 1 / 5.0 / total]))
    }

    /// Behind f a model that copies goes on to fish, the one docID that begins so, and to nothing that is none of the query's.
    @Test func whatIsNoDocIDOfTheQueryIsNeverWritten() {
        let loss = LossConfiguration(weighting: .top1, targets: .trie, beta: 1)
        let model = OptimalModel(SToICaL(loss), documents: Self.documents)
        let fish = Self.documents[4]
        #expect(model.logProbability([fish[0]]) == model.logProbability(fish))
        let (at, unknown) = (Self.documents[1][1], Int32(99))
        for negative in [[fish[0], at], [fish[0], unknown], fish + [unknown], [unknown]] {
            #expect(model.logProbability(negative) == -.infinity)
        }
    }

    /// No distribution near the optimal one has a lower loss: each prefix's cross entropy, moved from any token to any other.
    @Test(arguments: [TokenTargets.onehot, .trie])
    func noOtherModelHasALowerLoss(targets: TokenTargets) {
        let loss = SToICaL(LossConfiguration(weighting: .fractional(alpha: 1), targets: targets, beta: 2))
        let model = OptimalModel(loss, documents: Self.documents)
        var weights: [Int32: Double] = [:]
        for rank in 1...5 {
            for child in loss.distribution(documents: Self.documents, rank: rank, length: 0) {
                weights[child.token, default: 0] += child.mass / Double(rank)
            }
        }
        func value(_ share: (Int32) -> Double) -> Double {
            weights.reduce(0) { $0 - $1.value * log(share($1.key)) }
        }
        func learned(_ token: Int32) -> Double { exp(model.logProbability([token])) }
        #expect(abs(weights.keys.reduce(0) { $0 + learned($1) } - 1) < 1e-12)
        for from in weights.keys {
            for to in weights.keys where to != from {
                let moved = value { learned($0) + ($0 == from ? -1e-3 : $0 == to ? 1e-3 : 0) }
                #expect(moved > value(learned))
            }
        }
    }

    private func ranker(_ loss: LossConfiguration, _ task: RankingTask) throws -> OptimumRanker? {
        let workers = WorkerPool(threads: 1)
        let configuration = ToyTask.configuration(steps: 1)
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 3, workers: workers)
        return OptimumRanker(
            of: loss,
            like: try DecoderRanker(
                archive: trainer.model(), configuration: configuration, task: task, workers: workers))
    }

    @Test func theRankerOrdersByGoldWhatTheLossWeighs() throws {
        let task = ToyTask.make()
        let all = LossConfiguration(weighting: .fractional(alpha: 2), targets: .onehot)
        let written = try #require(try ranker(all, task)).scoresAndWriting(for: task.evaluation)
        let sums = try #require(written.variants[DocumentScore.sum.rawValue])
        for (query, scores) in zip(task.evaluation, sums) {
            let relevant = scores.prefix(query.documents.count)
            #expect(zip(relevant, relevant.dropFirst()).allSatisfy { $0 > $1 })
            #expect(scores.last == -.infinity)
        }
        #expect(!written.writesDocument.contains(false))
        let first = LossConfiguration(weighting: .top1, targets: .onehot)
        for scores in try #require(try ranker(first, task)).scores(for: task.evaluation) {
            #expect(scores[0] == 0 && scores.dropFirst().allSatisfy { $0 == -.infinity })
        }
        #expect(try ranker(LossConfiguration(kind: .listnet), task) == nil)
    }
}
