import Foundation
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
        }
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
        func results(seed: UInt64, steps: Int, points: Int) throws -> TemporaryResults {
            let results = try finished(steps: steps, seeds: [Int(seed)])
            try results.execute("UPDATE run SET training_points = ?", [points])
            return results
        }
        let first = try results(seed: 1, steps: 100, points: 9_990)
        try first.database.merge([results(seed: 2, steps: 96, points: 10_050).database]) { _, _ in }
        #expect(try standing(first).count == 2)
        try first.database.merge([results(seed: 3, steps: 96, points: 9_600).database]) { _, _ in }
        #expect(try standing(first).count == 2, "96 steps that were asked for")
    }
}
