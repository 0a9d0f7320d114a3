import Rankers
import RankingData
import Testing

@testable import Experiments

@Suite("Scores that are no numbers") struct FiniteRankerTests {
    private struct Fixed: Ranker {
        let scores: [[Float]]
        func scores(for queries: [RankedQuery]) throws -> [[Float]] { scores }
    }

    private struct Writing: GenerativeRanker {
        let scores: [[Float]]
        func scores(for queries: [RankedQuery]) throws -> [[Float]] { scores }
        func scoresAndWriting(for queries: [RankedQuery]) throws -> GenerativeScores {
            GenerativeScores(
                scores: [[0]], variants: ["sum": scores], writesDocument: scores.map { _ in true })
        }
    }

    @Test("are refused wherever they stand, with the last step")
    func refused() throws {
        for bad in [Float.nan, .infinity, -.infinity, -.nan] {
            for place in 0..<4 {
                var scores: [[Float]] = [[1, 2], [3, 4]]
                scores[place / 2][place % 2] = bad
                let expected = TrainingError.diverged(step: 7, name: "a score", value: "\(bad)")
                let fixed = FiniteRanker.checking(Fixed(scores: scores), step: 7)
                #expect(throws: expected) { try fixed.scores(for: []) }
                let writing = try #require(
                    FiniteRanker.checking(Writing(scores: scores), step: 7) as? any GenerativeRanker)
                guard bad != -.infinity else {
                    // A docID of no token.
                    #expect(try writing.scoresAndWriting(for: []).variants["sum"] == scores)
                    continue
                }
                #expect(throws: expected) { try writing.scoresAndWriting(for: []) }
                #expect(throws: expected) { try writing.scores(for: []) }
            }
        }
    }

    @Test("others pass through, and only who writes is said to write")
    func others() throws {
        let scores: [[Float]] = [[1, -2.5], [.greatestFiniteMagnitude, 0]]
        let fixed = FiniteRanker.checking(Fixed(scores: scores), step: 1)
        #expect(try fixed.scores(for: []) == scores && !(fixed is any GenerativeRanker))
        #expect(FiniteRanker.checking(Writing(scores: scores), step: 1) is any GenerativeRanker)
    }
}
