import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite("Merging of predicted orders")
struct OrderMergingTests {
    private func finished(orders: Bool = true) throws -> (results: TemporaryResults, id: String) {
        let results = try TemporaryResults()
        let id = results.plan.runs[0]
        try results.finish(id)
        if orders { try results.addOrders(id) }
        return (results, id)
    }

    private func orders(_ results: TemporaryResults) throws -> [Row] {
        try results.database.read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT id, score, query, predicted, example_prompt FROM query_order
                    JOIN run ON run = number ORDER BY 1, 2, 3
                    """)
        }
    }

    @Test("a finished run that lacks orders takes those of the same run elsewhere")
    func ordersAreAdded() throws {
        let ((poor, _), (rich, _)) = (try finished(orders: false), try finished())
        for _ in 0..<2 {
            try poor.database.merge([rich.database]) { #expect($1.kept == 2) }
            #expect(try orders(poor) == orders(rich) && orders(poor).count == 4)
        }
        try rich.database.merge([finished(orders: false).results.database]) { _, _ in }
        #expect(try orders(poor) == orders(rich))
    }

    @Test("different orders of one run are told, one for each score, and nothing is merged")
    func conflicts() throws {
        let ((first, id), (second, _)) = (try finished(), try finished())
        try second.execute("UPDATE query_order SET predicted = '2 1 3 -1'")
        let error = #expect(throws: ResultsError.self) {
            try first.database.merge([second.database]) { _, _ in }
        }
        guard case .conflictingMetrics(let conflicts) = error else {
            Issue.record("not a conflict: \(String(describing: error))")
            return
        }
        #expect(conflicts.map(\.run) == [id, id])
        #expect(
            conflicts.map(\.metric) == [
                "evaluation order of deer.n.01", "evaluation order of deer.n.01 sum",
            ])
        #expect(conflicts[0].first == "1 2=3 -1" && conflicts[0].second == "2 1 3 -1")
        #expect(error?.description.contains("deer.n.01: 1 2=3 -1, but 2 1 3 -1 in") == true)
    }

    @Test("queries that only one of two databases has are no conflict, nor are names that bytes tell apart")
    func otherQueries() throws {
        let ((first, id), (second, _)) = (try finished(orders: false), try finished(orders: false))
        try first.addOrders(id, queries: ["caf\u{E9}"])
        try second.addOrders(id, queries: ["x", "cafe\u{301}"])
        try first.database.merge([second.database]) { _, _ in }
        #expect(try orders(first).count == 6)
    }
}
