import Foundation
import Testing

@testable import RankingMetrics

@Suite struct TRECFilesTests {
    private static let rankings = [
        NamedRanking(
            query: "deer.n.01", documents: ["a", "b", "c"], negative: "z", scores: [0.5, 0.75, -1, 0.5]),
        NamedRanking(query: "q2", documents: ["a"], negative: "b", scores: [.nan, -3]),
    ]

    @Test func runScoresFallStrictlyAndTiesStandByFallingName() {
        #expect(
            TRECFiles.run(Self.rankings, tag: "t") == """
                deer.n.01 Q0 b 1 4 t
                deer.n.01 Q0 z 2 3 t
                deer.n.01 Q0 a 3 2 t
                deer.n.01 Q0 c 4 1 t
                q2 Q0 b 1 2 t
                q2 Q0 a 2 1 t

                """)
    }

    @Test func qrelsAreGainLevelsAndRanks() {
        #expect(
            TRECFiles.gainQrels(Self.rankings)
                == "deer.n.01 0 a 3\ndeer.n.01 0 b 2\ndeer.n.01 0 c 1\ndeer.n.01 0 z 0\nq2 0 a 1\nq2 0 b 0\n")
        #expect(
            TRECFiles.rankQrels(Self.rankings)
                == "deer.n.01 0 a 99\ndeer.n.01 0 b 98\ndeer.n.01 0 c 97\ndeer.n.01 0 z 96\nq2 0 a 99\nq2 0 b 98\n"
        )
        #expect(TRECFiles.gainLevels(Self.rankings).hasPrefix("ndcg.1=0.6931471805599453,2=1.0986"))
    }

    /// What a reader of the files computes by the definitions in their description is what `ScoredQuery` says.
    @Test func filesGiveOurMetricsBack() {
        var generator = SplitMix64(state: 1)
        for _ in 0..<200 {
            let count = 1 + Int(generator.next(below: 19))
            let scores = (0...count).map { _ in Float(generator.next(below: 1 << 24)) / 1024 }
            let ranking = NamedRanking(
                query: "q", documents: (1...count).map { "d\($0)" }, negative: "n", scores: scores)
            let query = ScoredQuery(scores: scores)
            let order = lines(TRECFiles.run([ranking], tag: "t")).map { $0[2] }
            let gains = levels(TRECFiles.gainQrels([ranking]))
            let ranks = levels(TRECFiles.rankQrels([ranking]))
            func dcg(_ levels: [Int]) -> Double {
                levels.enumerated().reduce(0) {
                    $0 + log(Double($1.element + 1)) / log2(Double($1.offset + 2))
                }
            }
            let nDCG = dcg(order.map { gains[$0]! }) / dcg(gains.values.sorted(by: >))
            #expect(abs(nDCG - query.normalizedDiscountedCumulativeGain) < 1e-12)
            for k in 1...5 where k <= order.count {
                let found = order.prefix(k).filter { ranks[$0]! >= 100 - k }.count
                let recall = Double(found) / Double(k)
                #expect(abs(recall - (query.rAt(k) ?? .nan)) < 1e-12)
            }
        }
    }

    private func lines(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    private func levels(_ text: String) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: lines(text).map { ($0[2], Int($0[3])!) })
    }
}
