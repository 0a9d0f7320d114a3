import Rankers
import RankingData
import RankingMetrics
import ReferenceRanker
import Testing

@testable import Experiments

/// What an evaluation makes of equal scores and of shared docIDs, with rankers that need no training.
@Suite struct EvaluationTests {
    /// A query with three documents and a negative, the fourth.
    private static func task(_ docIDs: [String]) -> RankingTask {
        let documents = docIDs.enumerated().map { Entity(id: "d\($0)", text: "d\($0)", docID: $1) }
        return RankingTask(
            collection: Collection(entities: documents + [Entity(named: "q")], documents: [0, 1, 2, 3]),
            training: [], development: [],
            evaluation: [RankedQuery(query: 4, documents: [0, 1, 2], negatives: [3])])
    }

    private func values(_ order: ReferenceOrder, _ docIDs: [String]) throws -> [Metric: Double] {
        let task = Self.task(docIDs)
        let ranker = FiniteRanker.checking(ReferenceRanker(order, collection: task.collection), step: 0)
        let evaluation = try Evaluation(ranker, task, EvaluationConfiguration(cutoffs: [1, 2]))
        return Dictionary(uniqueKeysWithValues: evaluation.summaries.map { ($0.metric, $0.value) })
    }

    /// The negative is before one of three documents in three of four orders.
    @Test func aReferenceHasChancesViolations() throws {
        let values = try values(.random, ["a", "b", "c", "d"])
        #expect(values[.cvr] == 0.75 && values[.rAt(1)] == 0.25)
        #expect(try self.values(.ceiling, ["a", "b", "c", "d"])[.cvr] == 0)
    }

    @Test func whereDocumentsShareDocIDsTheseAreMeasuredToo() throws {
        #expect(try values(.random, ["a", "b", "c", "d"]).keys.contains(.docIDRAt(1)) == false)
        let values = try values(.random, ["a", "b", "a", "d"])
        // One of the two documents of `a` is first in half of the orders, the right one in a quarter.
        #expect(values[.docIDRAt(1)] == 0.5 && values[.rAt(1)] == 0.25)
        #expect(values[.docIDRAt(2)] != nil)
    }

    /// Those of a curve's neighbours are left out beyond k = 5; single cutoffs are all kept.
    @Test func whatIsKeptByQuery() throws {
        let task = Self.task(["a", "b", "a", "d"])
        func kept(_ cutoffs: [Int]) throws -> [Metric] {
            let ranker = FiniteRanker.checking(ReferenceRanker(.first, collection: task.collection), step: 0)
            let evaluation = try Evaluation(ranker, task, EvaluationConfiguration(cutoffs: cutoffs))
            return evaluation.metrics.filter(evaluation.isKeptByQuery)
        }
        let curve = try kept(Array(1...7))
        #expect(curve.contains(.rAt(5)) && curve.contains(.docIDRAt(5)))
        #expect(!curve.contains(.rAt(6)) && !curve.contains(.docIDRAt(7)) && !curve.contains(.recall(1)))
        #expect(try kept([5, 10, 25]).filter { $0.name == "R" }.map(\.cutoff) == [5, 10, 25])
    }

    /// Scores one candidate above another by more, the further a query stands in the split; two of three queries rightly.
    private struct SurerAndSurer: Ranker {
        func scores(for queries: [RankedQuery]) -> [[Float]] {
            queries.map { query in
                let first = Float(query.query - 9)
                return query.query == 10 ? [0, first, -9] : [first, 0, -9]
            }
        }
    }

    @Test func theSureAreMeasuredApart() throws {
        let documents = (0..<3).map { Entity(named: "d\($0)") }
        let queries = (10..<13).map { RankedQuery(query: Int32($0), documents: [0, 1], negatives: [2]) }
        let task = RankingTask(
            collection: Collection(
                entities: documents + (3..<13).map { Entity(named: "q\($0)") }, documents: [0, 1, 2]),
            training: [], development: [], evaluation: queries)
        let evaluation = try Evaluation(SurerAndSurer(), task, EvaluationConfiguration(cutoffs: [1]))
        let groups = evaluation.byMargin(groups: 2)
        #expect(groups.map(\.queries) == [1, 2])
        #expect(groups.map(\.low) == [1, 2] && groups.map(\.high) == [1, 3])
        #expect(groups.map { $0.means[.rAt(1)] } == [0, 1])
        #expect(evaluation.byMargin(groups: 9).count == 3)
        let all = try #require(evaluation.byMargin(groups: 1).first)
        #expect(all.means[.rAt(1)] == evaluation.summaries.first { $0.metric == .rAt(1) }?.value)
    }
}
