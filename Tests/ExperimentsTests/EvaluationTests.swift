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
}
