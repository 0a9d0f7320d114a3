import Testing

@testable import Experiments

/// What becomes of a sweep's finished runs where it is entered with other seeds.
@Suite("Finished seeds")
struct FinishedSeedTests {
    @Test("finished runs of the same options with other seeds stay in the sweep")
    func finishedSeedsStay() throws {
        let results = try TemporaryResults()
        let spec = try ExperimentSpec(text: TemporaryResults.spec, file: "spec.yaml")
        func enter(_ overrides: [String]) throws -> [String] {
            try results.database.enter(
                spec, scale: "quick", points: spec.points(scale: "quick", overrides: overrides)
            ).runs
        }
        func members() throws -> Set<String> {
            try Set(results.database.runs(sweep: "s", scale: "quick").map(\.id))
        }
        let all = try enter(["seed=1,2,3"])
        #expect(try members() == Set(all) && all.count == 6)
        let finished = Array(all.prefix(4))
        for id in finished { try results.finish(id) }
        let first = try enter(["seed=1"])
        #expect(first.count == 2, "a plan is of what was asked for")
        #expect(try members() == Set(first + finished), "seeds that were not run leave")
        let others = try enter(["seed=1", "steps=6"])
        #expect(try members() == Set(others), "other options are another row")
    }

    @Test("with a budget in points another seed may have other steps, and stays in the sweep")
    func finishedSeedsOfABudgetInPointsStay() throws {
        let results = try TemporaryResults()
        let spec = try ExperimentSpec(text: TemporaryResults.spec, file: "spec.yaml")
        func enter(seed: UInt64, steps: Int, budget: Int?) throws {
            var point = results.points[0]
            (point.seed, point.configuration.seed, point.trainingPoints) = (seed, seed, budget)
            point.configuration.ranker.steps = steps
            _ = try results.database.enter(spec, scale: "full", points: [point])
            try results.finish(point.configuration.identity)
        }
        func seeds() throws -> Set<UInt64> {
            try Set(results.database.runs(sweep: "s", scale: "full").map(\.configuration.seed))
        }
        try enter(seed: 1, steps: 9, budget: 100)
        try enter(seed: 2, steps: 8, budget: 100)
        #expect(try seeds() == [1, 2])
        try enter(seed: 3, steps: 7, budget: nil)
        #expect(try seeds() == [3], "steps that were asked for are another row")
    }
}
