import Foundation
import LanguageModels
import Rankers
import Testing

@testable import AutoregressiveRanker

/// Figure 2's toy example: dog = [d, og], cat = [c, at], cats = [c, at, s], deer = [d, eer], fish = [f, ish].
@Suite struct SToICaLTests {
    static let (d, og, c, at, s, eer, f, ish) = (
        Int32(0), Int32(1), Int32(2), Int32(3), Int32(4), Int32(5), Int32(6), Int32(7)
    )
    static let documents: [[Int32]] = [[d, og], [c, at], [c, at, s], [d, eer], [f, ish]]

    func masses(_ loss: LossConfiguration, rank: Int, length: Int) -> [Int32: Double] {
        Dictionary(
            uniqueKeysWithValues: SToICaL(loss).distribution(
                documents: Self.documents, rank: rank, length: length
            ).map { ($0.token, $0.mass) })
    }

    func isClose(_ own: [Int32: Double], _ expected: [Int32: Double]) -> Bool {
        own.keys == expected.keys && own.allSatisfy { abs($0.value - expected[$0.key]!) < 1e-12 }
    }

    @Test func marginalsOverTheToyTrie() {
        let loss = LossConfiguration(weighting: .top1, targets: .trie, beta: 1)
        // At the root: c has ranks 2 and 3, d has 1 and 4, f has 5.
        let total = 1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0 + 1 / 5.0
        #expect(
            isClose(
                masses(loss, rank: 1, length: 0),
                [
                    Self.c: (1 / 2.0 + 1 / 3.0) / total, Self.d: (1 + 1 / 4.0) / total,
                    Self.f: 1 / 5.0 / total,
                ]))
        #expect(isClose(masses(loss, rank: 1, length: 1), [Self.og: 1 / 1.25, Self.eer: 0.25 / 1.25]))
    }

    @Test func aDocumentThatEndsAtAnInnerNodeGivesNoMassThere() {
        let loss = LossConfiguration(targets: .trie, beta: 1)
        #expect(isClose(masses(loss, rank: 3, length: 2), [Self.s: 1]))
        #expect(isClose(masses(loss, rank: 2, length: 1), [Self.at: 1]))
    }

    @Test func theCombinedTrieOfRankRLeavesOutBetterRanks() {
        let loss = LossConfiguration(weighting: .fractional(alpha: 2), targets: .trie, beta: 2)
        // d_3 = cats: the trie holds ranks 3, 4, 5 with their own masses 1/9, 1/16, 1/25.
        let total = 1 / 9.0 + 1 / 16.0 + 1 / 25.0
        #expect(
            isClose(
                masses(loss, rank: 3, length: 0),
                [Self.c: 1 / 9.0 / total, Self.d: 1 / 16.0 / total, Self.f: 1 / 25.0 / total]))
    }

    @Test func largeBetaApproachesOneHot() {
        let trie = LossConfiguration(targets: .trie, beta: 60)
        for rank in 1...5 {
            for length in 0..<Self.documents[rank - 1].count {
                let own = masses(trie, rank: rank, length: length)
                #expect(abs(own[Self.documents[rank - 1][length]]! - 1) < 1e-4)
            }
        }
    }

    /// 2000^-100 is no double: the masses' ratios still are.
    @Test func massesTooSmallForADoubleAreTakenByTheirRatios() {
        let loss = LossConfiguration(targets: .trie, beta: 100)
        let documents = (0..<3000).map { [Int32($0 % 2), Int32($0)] }
        let masses = SToICaL(loss).distribution(documents: documents, rank: 2000, length: 0)
        #expect(masses.allSatisfy { $0.mass.isFinite } && abs(masses.reduce(0) { $0 + $1.mass } - 1) < 1e-12)
        // d_2000 and d_2001 begin with different tokens: (2001 / 2000)^-100 = 0.951 to 1, and so on.
        #expect(masses.map(\.token) == [1, 0])
        func sum(from first: Double) -> Double {
            stride(from: first, through: 3000, by: 2).reduce(0.0) { $0 + pow($1 / 2000, -100.0) }
        }
        let (odd, even) = (sum(from: 2000), sum(from: 2001))
        #expect(abs(masses[0].mass - odd / (odd + even)) < 1e-12)
    }

    @Test func weightsOfRanks() {
        func lambdas(_ loss: LossConfiguration) -> [Double] {
            (1...4).map { loss.weighting.weight(rank: $0, of: 4) }
        }
        #expect(lambdas(LossConfiguration(weighting: .top1)) == [1, 0, 0, 0])
        #expect(lambdas(LossConfiguration(weighting: .fractional(alpha: 0))) == [1, 1, 1, 1])
        #expect(
            lambdas(LossConfiguration(weighting: .fractional(alpha: 2))) == [1, 0.25, 1 / 9.0, 0.0625])
        #expect(lambdas(LossConfiguration(weighting: .stepwise)) == [1, 0.75, 0.5, 0.25])
    }

    @Test func packingSharesPrefixesAndReadsNoLastToken() {
        let loss = LossConfiguration(weighting: .fractional(alpha: 0), targets: .onehot)
        var sequence = PackedSequence(prompt: [10, 11])
        let targets = SToICaL(loss).pack(documents: Self.documents, into: &sequence)
        #expect(SToICaL(loss).points(of: 5) == 5)
        // Branch inputs: d, c, at, f. The last tokens og, eer, s, ish are only predicted.
        #expect(Array(sequence.tokens[2...]) == [Self.d, Self.c, Self.at, Self.f])
        #expect(targets.reduce(0) { $0 + $1.weight } == 11)
        let root = targets.filter { $0.place == 1 }
        #expect(root.map(\.token) == [Self.d, Self.c, Self.f])
        #expect(root.map(\.weight) == [2, 2, 1])
    }

    @Test func top1PacksOneDocument() {
        var sequence = PackedSequence(prompt: [10])
        let loss = LossConfiguration(weighting: .top1, targets: .onehot)
        let targets = SToICaL(loss).pack(documents: Self.documents, into: &sequence)
        #expect(SToICaL(loss).points(of: 5) == 1)
        #expect(sequence.tokens == [10, Self.d])
        #expect(
            targets == [
                TokenTarget(place: 0, token: Self.d, weight: 1),
                TokenTarget(place: 1, token: Self.og, weight: 1),
            ])
    }

    @Test func noDocumentsGiveNoTargets() {
        var sequence = PackedSequence(prompt: [10])
        let targets = SToICaL(LossConfiguration()).pack(documents: [], into: &sequence)
        #expect(targets.isEmpty)
        #expect(SToICaL(LossConfiguration()).points(of: 0) == 0)
    }
}
