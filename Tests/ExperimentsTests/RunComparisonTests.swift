import Testing

@testable import Experiments

@Suite("Comparing two runs")
struct RunComparisonTests {
    @Test("options that count in one run alone are told, whichever it is")
    func optionsOfOneRun() throws {
        let results = try TemporaryResults(
            """
            name: s
            model: autoregressive
            rows:
              - {row: plain, loss: {lambda: top1}}
              - {row: weighted, loss: {lambda: fractional, alpha: 3}}
            """)
        let ids = results.points.map(\.configuration.identity)
        for id in ids { try results.finish(id) }
        let runs = try ids.map { try results.database.run($0) }
        func options(_ first: Int, _ second: Int) throws -> [RunComparison.OptionDifference] {
            try RunComparison(results.database, runs[first], runs[second]).options
        }
        let (lambda, alpha) = ("loss.lambda", "loss.alpha")
        #expect(
            try options(0, 1) == [
                .init(name: lambda, first: "top1", second: "fractional"),
                .init(name: alpha, first: nil, second: "3"),
            ])
        #expect(
            try options(1, 0) == [
                .init(name: alpha, first: "3", second: nil),
                .init(name: lambda, first: "fractional", second: "top1"),
            ])
        #expect(try options(0, 0).isEmpty)
    }

    @Test("queries are compared on the same data alone")
    func otherDataHaveOtherQueries() throws {
        let results = try TemporaryResults()
        let ids = results.points.map(\.configuration.identity)
        for (id, value) in zip(ids, [0.5, 0.75]) {
            try results.finish(id)
            try results.execute(
                """
                INSERT INTO query_value (run, split, metric, k, query, value)
                SELECT number, 'evaluation', 'nDCG', 0, 'deer', ? FROM run WHERE id = ?
                """, [value, id])
        }
        let runs = try ids.map { try results.database.run($0) }
        #expect(try RunComparison(results.database, runs[0], runs[1]).moves.count == 1)
        var other = runs[1].configuration
        other.dataFingerprint = "other"
        try results.execute("UPDATE run SET configuration = ? WHERE id = ?", [other.canonicalJSON, ids[1]])
        let changed = try results.database.run(ids[1])
        #expect(try RunComparison(results.database, runs[0], changed).moves.isEmpty)
    }
}
