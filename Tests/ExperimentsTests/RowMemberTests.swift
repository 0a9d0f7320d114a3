import Foundation
import GRDB
import Testing

@testable import Experiments

/// A row's mean is one of runs of the same options with several seeds: others come to stand beside them by no way.
@Suite("Runs of one row")
struct RowMemberTests {
    private static func spec(steps: Int = 5, seeds: [Int]) throws -> ExperimentSpec {
        try ExperimentSpec(
            text: """
                {name: s, model: dual-encoder, settings: {dimension: 4, steps: \(steps)}, rows: [{row: one}], seeds: \(seeds)}
                """, file: "spec.yaml")
    }

    /// Results of a sweep of one row whose runs have finished.
    private func finished(steps: Int = 5, seeds: [Int]) throws -> TemporaryResults {
        let results = try TemporaryResults(Self.spec(steps: steps, seeds: seeds).text)
        for id in results.plan.runs { try results.finish(id) }
        return results
    }

    private func standing(_ results: TemporaryResults) throws -> Set<String> {
        try Set(results.database.runs(sweep: "s", scale: "quick").map(\.id))
    }

    private func publish(_ results: TemporaryResults) throws -> URL {
        let file = results.folder.published.appendingPathComponent("s-quick.jsonl")
        _ = try results.database.export(sweep: "s", scale: "quick", to: file)
        return file
    }

    @Test(
        "published seeds of other options do not come into a row that was trained here; of the same options they do"
    )
    func importsBesideOwnRuns() throws {
        let file = try publish(finished(seeds: [1, 2, 3]))
        let other = try finished(steps: 6, seeds: [1])
        for _ in 0..<2 {
            _ = try other.database.importRuns(from: file)
            #expect(try standing(other) == Set(other.plan.runs))
            // What an earlier version mixed up is put right.
            try other.execute(
                """
                INSERT INTO sweep_run SELECT 's', 'quick', '', 'one', 0, seed, id FROM run WHERE steps = 5 AND seed > 1
                """)
        }
        _ = try other.database.importRuns(from: file)
        #expect(try standing(other) == Set(other.plan.runs))
        let same = try finished(seeds: [1])
        #expect(try same.database.importRuns(from: file) == 2)
        #expect(try standing(same).count == 3)
    }

    @Test("a sweep that is published again with other options takes the row over, with fewer seeds too")
    func publishedAgain() throws {
        let first = try publish(finished(seeds: [1, 2, 3]))
        let later = try finished(steps: 6, seeds: [1])
        let second = try publish(later)
        let reader = try TemporaryResults("{name: t, model: cross-encoder}")
        for file in [first, second] { _ = try reader.database.importRuns(from: file) }
        #expect(try standing(reader) == Set(later.plan.runs))
    }

    @Test("of a published row that is mixed up those come that are of the first one's options")
    func mixedFiles() throws {
        let mixed = try finished(seeds: [1, 2, 3])
        let other = try finished(steps: 60, seeds: [2])
        try mixed.database.merge([other.database]) { _, _ in }
        try mixed.execute("UPDATE sweep_run SET run = ? WHERE seed = 2", [other.plan.runs[0]])
        let reader = try TemporaryResults("{name: t, model: cross-encoder}")
        _ = try reader.database.importRuns(from: publish(mixed))
        #expect(try standing(reader) == [mixed.plan.runs[0], mixed.plan.runs[2]])
    }

    @Test("what another call has entered for a row meanwhile stays, begun or not")
    func laterCallsKeepTheirRow() throws {
        let results = try finished(seeds: [1])
        let spec = try Self.spec(steps: 6, seeds: [1, 2])
        let later = try results.database.enter(spec, scale: "quick", points: spec.points(scale: "quick"))
        try results.database.restore(results.plan.runs[0], in: results.plan)
        #expect(try standing(results) == Set(later.runs))
    }

    @Test("a run that two rows share leaves the one whose options change")
    func sharedRuns() throws {
        func spec(_ second: Int, _ seeds: [Int]) throws -> ExperimentSpec {
            try ExperimentSpec(
                text: """
                    {name: s, model: dual-encoder, settings: {steps: 5}, seeds: \(seeds),
                    rows: [{row: a, dimension: 4}, {row: b, dimension: \(second)}]}
                    """, file: "spec.yaml")
        }
        let results = try TemporaryResults(spec(4, [1, 2]).text)
        for id in results.plan.runs { try results.finish(id) }
        let changed = try spec(8, [1])
        try results.database.enter(changed, scale: "quick", points: changed.points(scale: "quick"))
        let rows = try results.database.transact {
            try String.fetchAll($0, sql: "SELECT \"row\" || seed FROM sweep_run ORDER BY 1")
        }
        #expect(rows == ["a1", "a2", "b1"])
    }

    @Test("of two rows that shared a run, the one that is published again with other options takes them")
    func sharedRunsArePublishedAgain() throws {
        func publish(_ second: Int, _ order: String) throws -> URL {
            let results = try TemporaryResults(
                """
                {name: s, model: dual-encoder, settings: {steps: 5}, rows: \(order == "xy"
                    ? "[{row: x, dimension: 4}, {row: y, dimension: \(second)}]"
                    : "[{row: y, dimension: \(second)}, {row: x, dimension: 4}]")}
                """)
            for id in results.plan.runs { try results.finish(id) }
            return try self.publish(results)
        }
        for order in ["xy", "yx"] {
            let reader = try TemporaryResults("{name: t, model: cross-encoder}")
            _ = try reader.database.importRuns(from: publish(4, order))
            let later = try publish(8, order)
            for _ in 0..<2 { _ = try reader.database.importRuns(from: later) }
            let runs = try reader.database.runs(sweep: "s", scale: "quick")
            #expect(Set(runs.map(\.id)).count == 2, "x and y are two runs now")
        }
    }

    @Test("published seeds leave a row as soon as a run of other options has finished there")
    func ownRunsDisplacePublishedOnes() throws {
        let file = try publish(finished(seeds: [1, 2, 3]))
        let other = try TemporaryResults(Self.spec(steps: 6, seeds: [1]).text)
        _ = try other.database.importRuns(from: file)
        #expect(try standing(other).count == 3, "a run that nobody has begun gives way")
        let own = other.plan.runs[0]
        try other.finish(own)
        try other.database.restore(own, in: other.plan)
        #expect(try standing(other) == [own])
    }

    @Test(
        "where two databases have other options in one row, those stay that have come further, and else the first's"
    )
    func mergedRows() throws {
        let first = try finished(steps: 6, seeds: [1])
        let second = try finished(seeds: [1, 2, 3])
        try first.database.merge([second.database]) { _, _ in }
        #expect(try standing(first) == Set(first.plan.runs))
        // What was imported yields as a whole, and so do places of runs that nobody has begun.
        let imported = try finished(steps: 6, seeds: [1, 2, 4])
        try imported.execute("UPDATE run SET imported = 1 WHERE seed <> 4")
        try imported.execute("UPDATE run SET state = 'pending' WHERE seed = 4")
        try second.execute("UPDATE run SET state = 'pending' WHERE seed = 1")
        for _ in 0..<2 {
            try imported.database.merge([second.database]) { _, _ in }
            #expect(try standing(imported) == Set(second.plan.runs), "seed 1 is still to be run there")
        }
    }

    @Test("a row that another database mixes up comes with the runs of one set of options")
    func mixedRows() throws {
        let mixed = try finished(seeds: [1, 2])
        let other = try finished(steps: 6, seeds: [3])
        try mixed.database.merge([other.database]) { _, _ in }
        try mixed.execute(
            "INSERT INTO sweep_run SELECT sweep, scale, panel, \"row\", 2, 3, ? FROM sweep_run LIMIT 1",
            [other.plan.runs[0]])
        #expect(try standing(mixed).count == 3)
        let target = try TemporaryResults("{name: t, model: cross-encoder}")
        try target.database.merge([mixed.database]) { _, _ in }
        #expect(try standing(target) == Set(mixed.plan.runs))
    }

    @Test("seeds of one budget in points make a row, although their steps differ")
    func budgetsInPoints() throws {
        func results(_ budget: String, _ steps: [Int], trained: Int = 9_000, pending: Int = 0) throws
            -> TemporaryResults
        {
            let spec = try ExperimentSpec(
                text: "{name: s, model: dual-encoder, settings: {dimension: 4}, rows: [{row: one}]\(budget)}",
                file: "spec.yaml")
            let points = try steps.enumerated().map { place, steps in
                var point = try spec.points(scale: "quick")[0]
                (point.seed, point.configuration.seed) = (UInt64(place) + 1, UInt64(place) + 1)
                point.configuration.ranker.steps = steps
                return point
            }
            let results = try TemporaryResults("{name: t, model: cross-encoder}")
            let plan = try results.database.enter(spec, scale: "quick", points: points)
            for (place, id) in plan.runs.dropLast(pending).enumerated() {
                try results.finish(id)
                // Each overshoots by less than a step of 90 points or so.
                try results.execute(
                    "UPDATE run SET training_points = ? WHERE id = ?", [trained + 40 * place, id])
            }
            return results
        }
        func count(_ results: TemporaryResults) throws -> Int { try standing(results).count }
        let budget = ", points: 9000"
        // The seeds that are still to be run stay in the sweep, too.
        let seeds = [100, 75, 120]
        let host = try results(budget, seeds, pending: 2)
        let worker = try results(budget, seeds, pending: 1)
        try host.database.merge([worker.database]) { _, _ in }
        #expect(try count(host) == 3)
        // A published file does not say whether its budgets are in points.
        let whole = try results(budget, seeds)
        let file = try publish(whole)
        let reader = try TemporaryResults("{name: t, model: cross-encoder}")
        _ = try reader.database.importRuns(from: file)
        #expect(try count(reader) == 3)
        // Where the spec has no such budget, steps were asked for.
        let steps = try results("", [100])
        _ = try steps.database.importRuns(from: file)
        #expect(try count(steps) == 1, "seeds of other steps stay out")
        // Another budget is another row.
        let more = try results(", points: 10000", [111], trained: 10_010)
        try whole.database.merge([more.database]) { _, _ in }
        #expect(try count(whole) == 3 && standing(whole).isDisjoint(with: standing(more)))
    }
}
