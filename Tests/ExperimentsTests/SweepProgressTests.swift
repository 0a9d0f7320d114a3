import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite("Progress of a sweep")
struct SweepProgressTests {
    private static let spec =
        "{name: s, model: dual-encoder, settings: {steps: 100}, grid: {dimension: [4, 8, 16, 32]}}"

    private func progress(_ results: TemporaryResults, now: Double) throws -> SweepProgress {
        try results.database.snapshot { try $0.progress("s", scale: "quick", now: now) }
    }

    /// As a process does that saves `step` after so many seconds.
    private func save(_ results: TemporaryResults, _ run: String, step: Int, seconds: Double) throws {
        let points = stride(from: 10, through: step, by: 10).map {
            CurvePoint(step: $0, name: "loss", value: 1 / Double($0))
        }
        try results.database.save(points, spent: SpentTime(wall: seconds, cpu: seconds), of: run)
    }

    @Test("what waits, runs, is done and has failed; paces and times left")
    func counts() throws {
        let results = try TemporaryResults(Self.spec)
        let ids = results.plan.runs
        let fresh = try progress(results, now: Date().timeIntervalSince1970)
        #expect(fresh.runs.map(\.run) == ids && fresh.waiting.count == 4 && fresh.secondsLeft == nil)
        let lease = RunLease()
        let claimed = try #require(try results.claim(lease))
        let now = Date().timeIntervalSince1970
        let begun = try progress(results, now: now)
        #expect(begun.running.map(\.run) == [claimed.id] && begun.waiting.count == 3)
        #expect(begun.running[0].stepsPerSecond == nil && begun.running[0].losses.isEmpty)
        #expect(begun.secondsLeft == nil, "nothing is known of its pace")

        try save(results, claimed.id, step: 40, seconds: 20)
        #expect(try results.database.renew(claimed.id, lease: lease))
        let saved = try progress(results, now: Date().timeIntervalSince1970 + 5)
        let run = try #require(saved.running.first)
        #expect(run.savedStep == 40 && run.steps == 100 && run.stepsPerSecond == 2)
        #expect(run.losses == [40, 30, 20].map { 1 / Double($0) })
        #expect(abs(try #require(run.secondsSinceHeard) - 5) < 1)
        #expect(abs(try #require(run.secondsLeft) - 25) < 1, "30 s at 2 steps a second, 5 of them gone")
        #expect(abs(try #require(saved.secondsLeft) - 175) < 1, "and three runs of 50 s")

        try results.finish(ids[1])
        try results.execute("UPDATE run SET state = 'failed', error = 'why' WHERE id = ?", [ids[2]])
        let later = try progress(results, now: now)
        #expect(later.count(.finished) == 1 && later.count(.failed) == 1 && later.waiting.count == 1)
        #expect(later.runs.first { $0.state == .failed }?.error == "why")
    }

    @Test("a run whose process is gone waits again")
    func abandoned() throws {
        let results = try TemporaryResults(Self.spec)
        let claimed = try #require(try results.claim(RunLease()))
        try results.execute(
            "UPDATE run SET lease_owner = 'elsewhere:1:x', lease_expires = 1000 WHERE id = ?", [claimed.id])
        let progress = try progress(results, now: 1001)
        #expect(progress.running.isEmpty && progress.waiting.count == 4)
        #expect(progress.runs.first { $0.run == claimed.id }?.isAbandoned == true)
    }

    @Test("only sweeps with something to do are open, and a run in two rows counts once")
    func openSweeps() throws {
        let results = try TemporaryResults(Self.spec)
        #expect(try results.database.snapshot { try $0.openSweeps() }.map(\.sweep) == ["s"])
        try results.execute(
            "INSERT INTO sweep_run SELECT sweep, scale, 'p', row, 9, seed, run FROM sweep_run WHERE position = 0"
        )
        #expect(try progress(results, now: 0).runs.count == 4)
        for id in results.plan.runs { try results.finish(id) }
        #expect(try results.database.snapshot { try $0.openSweeps() }.isEmpty)
        #expect(try results.database.snapshot { try $0.progress("none", scale: "quick") }.runs.isEmpty)
    }
}
