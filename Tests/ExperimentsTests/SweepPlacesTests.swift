import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite("Places of runs in sweeps")
struct SweepPlacesTests {
    @Test("a run that has finished stands where its plan has it, whatever was entered meanwhile")
    func placesAreKept() throws {
        let results = try TemporaryResults()
        let spec = try ExperimentSpec(text: TemporaryResults.spec, file: "spec.yaml")
        func rows() throws -> [String: [String]] {
            let found = try results.database.transact {
                try Row.fetchAll($0, sql: "SELECT run, \"row\" FROM sweep_run ORDER BY position")
            }
            return Dictionary(grouping: found) { $0["run"] as String }.mapValues {
                $0.map { $0["row"] as String }
            }
        }
        let entered = try rows()
        let ids = results.plan.runs
        // Another call's seed takes both places of pending runs away.
        try results.database.enter(
            spec, scale: "quick", points: spec.points(scale: "quick", overrides: ["seed=2"]))
        #expect(try Set(rows().keys).isDisjoint(with: ids))
        try results.finish(ids[0])
        try results.database.restore(ids[0], in: results.plan)
        #expect(try rows()[ids[0]] == entered[ids[0]])
        // Where a run that was trained here stands by now, it stays.
        let taken = results.points[1]
        var other = taken.configuration
        other.ranker.steps = 7
        try results.database.transact { database in
            try ResultsDatabase.insertRun(database, other)
            try ResultsDatabase.insertMembership(
                database, run: other.identity,
                Membership(
                    sweep: "s", scale: "quick", panel: "", row: taken.row, position: 1, seed: taken.seed))
        }
        try results.finish(other.identity)
        try results.finish(ids[1])
        try results.database.restore(ids[1], in: results.plan)
        #expect(try rows()[ids[1]] == nil)
        // A published one gives way.
        try results.execute("UPDATE run SET imported = 1 WHERE id = ?", [other.identity])
        try results.database.restore(ids[1], in: results.plan)
        #expect(try rows()[ids[1]] == [taken.row])
    }

    @Test("a base stands once, however many there are")
    func aBaseStandsOnce() throws {
        let rows = "{row: one}"
        func spec(_ rows: String) throws -> ExperimentSpec {
            try ExperimentSpec(
                text: """
                    {name: b, model: autoregressive, settings: {decoder: {vocabulary: 300}, base: {steps: 5}}, rows: [\(rows)]}
                    """, file: "spec.yaml")
        }
        let results = try TemporaryResults(spec(rows).text)
        for id in results.plan.runs { try results.finish(id) }
        let both = try spec(rows + ", {row: two, base: {seed: 2}}")
        try results.database.enter(both, scale: "quick", points: both.points(scale: "quick"))
        let names = try results.database.transact {
            try String.fetchAll($0, sql: "SELECT \"row\" FROM sweep_run WHERE position < 0")
        }
        #expect(names.count == 2 && names.allSatisfy { $0.hasPrefix("base-") }, "\(names)")
    }

    @Test("rows whose finished runs are of other data of the same name are told")
    func rowsOfOtherData() throws {
        let results = try TemporaryResults()
        let spec = try ExperimentSpec(text: TemporaryResults.spec, file: "spec.yaml")
        let ids = results.points.map(\.configuration.identity)
        func enter(_ points: [SweepPoint]) throws -> SweepPlan {
            try results.database.enter(spec, scale: "quick", points: points)
        }
        let others = results.points.map { point in
            var other = point
            other.configuration.dataFingerprint = "other"
            return other
        }
        #expect(try enter(others).rowsOfOtherData == [], "no run has finished")
        #expect(try enter(results.points).rowsOfOtherData == [])
        try results.finish(ids[0])
        #expect(try enter(results.points).rowsOfOtherData == [])
        #expect(try enter(others).rowsOfOtherData == [results.points[0].row])
        #expect(try enter(results.points).runs == ids, "the finished run is back")
        // Other options of the data are no data that have changed.
        let elsewhere = others.map { point in
            var other = point
            other.configuration.data.evaluationQueries = 7
            return other
        }
        #expect(try enter(elsewhere).rowsOfOtherData == [])
    }
}
