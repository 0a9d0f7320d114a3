import AutoregressiveRanker
import Foundation
import GRDB
import LanguageModels
import Tensors
import Testing

@testable import Experiments

@Suite("Claims and leases")
struct RunLeaseTests {
    @Test("each run is claimed once, in the sweep's order")
    func eachRunIsClaimedOnce() throws {
        let results = try TemporaryResults()
        let claimed = try (0..<3).map { _ in try results.claim(RunLease())?.id }
        #expect(claimed == results.points.map(\.configuration.identity) + [nil])
    }

    @Test("a call keeps to its own plan when another enters the same sweep with another seed")
    func callsKeepToTheirPlans() throws {
        let results = try TemporaryResults()
        let spec = try ExperimentSpec(text: TemporaryResults.spec, file: "spec.yaml")
        let other = try results.database.enter(
            spec, scale: "quick", points: spec.points(scale: "quick", overrides: ["seed=2"]))
        #expect(Set(other.runs).isDisjoint(with: results.plan.runs) && other.runs.count == 2)
        #expect(try results.claim(RunLease())?.id == results.plan.runs[0])
        #expect(try results.database.claim(other, lease: RunLease())?.id == other.runs[0])
        #expect(try results.claim(RunLease())?.id == results.plan.runs[1])
        #expect(try results.claim(RunLease()) == nil)
    }

    @Test("whether a run is under way is told with the claim")
    func claimsTellWhatIsUnderWay() throws {
        let results = try TemporaryResults()
        let lease = RunLease()
        func next() throws -> (id: String?, isUnderWay: Bool) {
            let next = try results.database.claimOrWait(results.plan, lease: lease)
            return (next.run?.id, next.isUnderWay)
        }
        let ids = results.points.map(\.configuration.identity)
        #expect(try next() == (ids[0], true))
        #expect(try next() == (ids[1], true))
        #expect(try next() == (nil, true))
        for id in ids { try results.database.fail(id, lease: lease, error: "diverged") }
        #expect(try next() == (nil, false))
    }

    @Test("a dead process's run whose base has failed is under way no more")
    func whatADeadProcessLeftIsNotUnderWay() throws {
        let results = try TemporaryResults(
            """
            {name: b, model: autoregressive, settings: {decoder: {vocabulary: 300}, base: {steps: 5}}, rows: [{row: one}]}
            """)
        let lease = RunLease()
        let (base, row) = (results.plan.runs[0], results.plan.runs[1])
        #expect(try results.claim(lease)?.id == base)
        try results.database.fail(base, lease: lease, error: "diverged")
        try results.execute(
            "UPDATE run SET state = 'running', lease_owner = 'nobody', lease_expires = 0 WHERE id = ?", [row])
        let next = try results.database.claimOrWait(results.plan, lease: lease)
        #expect(next.run == nil && !next.isUnderWay)
    }

    @Test("bases come just before the first row that needs them")
    func basesBeforeTheirRows() throws {
        let results = try TemporaryResults()
        let text = """
            name: b
            parts:
              - {model: reference, rows: [{row: random, order: random}]}
              - model: autoregressive
                settings: {decoder: {vocabulary: 300}, base: {steps: 5}}
                rows: [{row: one}, {row: two, base: {seed: 2}}, {row: three, steps: 9}]
            """
        let spec = try ExperimentSpec(text: text, file: "spec.yaml")
        let points = try spec.points(scale: "quick")
        let plan = try results.database.enter(spec, scale: "quick", points: points)
        let (rows, bases) = (
            points.map(\.configuration.identity), points.map { $0.configuration.baseRun?.identity }
        )
        #expect(plan.runs == [rows[0], bases[1], rows[1], bases[2], rows[2], rows[3]])
    }

    @Test("what is left is estimated from runs of the same kind and pretrained model alone")
    func timeIsEstimatedByKind() throws {
        let results = try TemporaryResults()
        let database = results.database
        let ids = results.points.map(\.configuration.identity)
        #expect(try database.estimatedSecondsPending(results.plan) == nil)
        try results.finish(ids[0])
        try results.execute("UPDATE run SET wall_seconds = 20 WHERE id = ?", [ids[0]])
        #expect(try database.estimatedSecondsPending(results.plan) == 20)
        _ = try results.claim(RunLease())
        #expect(try database.estimatedSecondsPending(results.plan) == 0, "the other has begun")

        var ranker = AutoregressiveConfiguration(steps: 4)
        #expect(try database.estimatedSeconds(RunConfiguration(ranker)) == nil)
        ranker.base.steps = 0
        var compact = RunConfiguration(ranker)
        ranker.pretrained = "smollm2"
        var pretrained = RunConfiguration(ranker)
        for (configuration, seconds) in [(compact, 2), (pretrained, 40)] {
            try database.transact { try ResultsDatabase.insertRun($0, configuration) }
            try results.execute(
                "UPDATE run SET state = 'finished', wall_seconds = ? WHERE id = ?",
                [seconds, configuration.identity])
        }
        compact.ranker.steps = 10
        pretrained.ranker.steps = 10
        #expect(try database.estimatedSeconds(compact) == 5)
        #expect(try database.estimatedSeconds(pretrained) == 100)
        ranker.tuning = FineTuning(adapterRank: 2)
        ranker.steps = 10
        pretrained.ranker = ranker
        #expect(try database.estimatedSeconds(pretrained) == nil)
    }

    @Test("what a killed process left of a checkpoint is removed, a living one's is not")
    func abandonedFilesAreRemoved() throws {
        let results = try TemporaryResults("{name: s, model: dual-encoder, settings: {steps: 3}}")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        let run = try #require(results.plan.runs.first)
        let checkpoints = results.folder.root.appendingPathComponent("checkpoints")
        try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
        func write(_ name: String) throws -> URL {
            let file = checkpoints.appendingPathComponent(name)
            try Data([1, 2, 3]).write(to: file)
            return file
        }
        let gone = process.processIdentifier
        let own = try write(".\(run).safetensors.\(gone)")
        let others = try write(".\(String(repeating: "0", count: 64)).safetensors.\(gone)")
        let living = try write(".\(run).safetensors.\(ProcessInfo.processInfo.processIdentifier)")
        // Another machine's process of the same number may be writing still; after a day without a byte it is not.
        let elsewhere = try write(".\(run).safetensors.othermachine-1.\(gone)")
        let old = try write(".\(run).safetensors.othermachine-2.\(gone)")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -90_000)], ofItemAtPath: old.path)
        func exist(_ files: URL...) -> [Bool] {
            files.map { FileManager.default.fileExists(atPath: $0.path) }
        }
        results.folder.removeAbandonedFiles(of: run)
        #expect(exist(own, others, living) == [false, true, true])
        #expect(exist(elsewhere, old) == [true, false])
        let garbage = try results.folder.collectGarbage(results.database, allModels: false, dryRun: false)
        #expect(garbage.map(\.lastPathComponent) == [others.lastPathComponent])
        #expect(exist(others, living) == [false, true])
    }

    @Test("500 rows are entered within ten seconds of processor time, their base once and first")
    func largeSweeps() throws {
        let alphas = (0..<500).map { "0.\(100_001 + $0)" }.joined(separator: ", ")
        let text = "{name: s, model: autoregressive, grid: {loss.alpha: [\(alphas)]}}"
        let spec = try ExperimentSpec(text: text, file: "spec.yaml")
        let points = try spec.points(scale: "quick")
        let results = try TemporaryResults()
        // This thread's processor time: the clock on the wall counts whatever else the machine does, too.
        func seconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = seconds()
        _ = try results.database.enter(spec, scale: "quick", points: points)
        let spent = seconds() - start
        // More than nothing: the rows are entered on this thread.
        #expect(spent > 0.01 && spent < 10)
        let runs = try results.database.runs(sweep: "s", scale: "quick")
        #expect(runs.count == 501 && runs[0].id == points[0].configuration.baseRun?.identity)
    }

    @Test("a run waits for its base")
    func aRunWaitsForItsBase() throws {
        let results = try TemporaryResults("{name: s, model: autoregressive, settings: {base: {steps: 7}}}")
        let row = try #require(results.points.first).configuration
        let base = try #require(row.baseRun)
        #expect(base.steps == 7)
        #expect(try results.claim(RunLease())?.id == base.identity)
        #expect(try results.claim(RunLease()) == nil)
        try results.finish(base.identity)
        #expect(try results.claim(RunLease())?.id == row.identity)
    }

    @Test("the lease of a process that is gone is void at once, a living one's is not")
    func deadProcessesHoldNothing() throws {
        let results = try TemporaryResults("{name: s, model: dual-encoder}")
        let run = try #require(try results.claim(RunLease()))
        #expect(try results.claim(RunLease()) == nil, "this process lives")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        let dead = "\(ProcessInfo.processInfo.hostName):\(process.processIdentifier):x"
        try results.execute("UPDATE run SET lease_owner = ?", [dead])
        let again = try #require(try results.claim(RunLease()))
        #expect(again.id == run.id && again.attempt == 2)
    }

    @Test("a process number of another container or machine tells nothing, whatever the host is called")
    func numbersHaveASpace() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        let space = try #require(ProcessSpace.current)
        #expect(RunLease().owner.hasSuffix("@\(space)") && !RunLease.isDead(RunLease().owner))
        let gone = "\(ProcessInfo.processInfo.hostName):\(process.processIdentifier):x"
        #expect(RunLease.isDead("\(gone)@\(space)") && RunLease.isDead(gone))
        #expect(!RunLease.isDead("\(gone)@\(space)1"))
    }

    @Test("another machine's lease holds until it expires, whatever its process number")
    func otherMachinesLeasesExpire() throws {
        let results = try TemporaryResults("{name: s, model: dual-encoder}")
        _ = try results.claim(RunLease())
        let elsewhere = "elsewhere:\(Int32.max):x"
        let now = Date().timeIntervalSince1970
        try results.execute("UPDATE run SET lease_owner = ?, lease_expires = ?", [elsewhere, now + 60])
        #expect(try results.claim(RunLease()) == nil)
        try results.execute("UPDATE run SET lease_expires = ?", [now - 1])
        #expect(try results.claim(RunLease()) != nil)
    }

    @Test("who lost a lease can neither renew, release nor fail the run")
    func aLostLeaseIsPowerless() throws {
        let results = try TemporaryResults("{name: s, model: dual-encoder}")
        let (old, new) = (RunLease(), RunLease())
        let run = try #require(try results.claim(old))
        try results.execute("UPDATE run SET lease_owner = ?", [new.owner])
        #expect(try !results.database.renew(run.id, lease: old))
        try results.database.release(run.id, lease: old)
        try results.database.fail(run.id, lease: old, error: "late")
        #expect(try results.state(run.id) == .running)
        #expect(try results.database.renew(run.id, lease: new))
        try results.database.release(run.id, lease: new)
        #expect(try results.state(run.id) == .pending)
    }

    @Test("failed runs are left alone until asked for, finished ones until forced")
    func reopening() throws {
        let results = try TemporaryResults()
        let lease = RunLease()
        let (first, second) = (
            results.points[0].configuration.identity, results.points[1].configuration.identity
        )
        _ = try results.claim(lease)
        try results.execute("INSERT INTO curve VALUES (?, 1, 'loss', 0.5)", [first])
        try results.execute("UPDATE run SET wall_seconds = 7 WHERE id = ?", [first])
        try results.database.fail(first, lease: lease, error: "disk full")
        try results.finish(second)
        #expect(try results.claim(lease) == nil)
        try results.database.reopen(results.plan, force: false, in: results.folder)
        #expect(try [results.state(first), results.state(second)] == [.pending, .finished])
        let kept = try results.database.read {
            try Row.fetchOne(
                $0,
                sql: """
                    SELECT (SELECT count(*) FROM curve WHERE run = id) AS points, wall_seconds FROM run WHERE id = ?
                    """, arguments: [first])
        }
        #expect(kept?["points"] == 1 && kept?["wall_seconds"] == 7, "its checkpoint goes on from there")
        let stale = [first, second].map(results.folder.checkpoint)
        for file in stale { try TensorArchive().write(to: file) }
        try results.database.reopen(results.plan, force: true, in: results.folder)
        #expect(stale.map { FileManager.default.fileExists(atPath: $0.path) } == [true, false])
        #expect(try results.state(second) == .pending)
        #expect(
            try results.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM metric") }
                == 0)
    }

    @Test("a base without its model is trained again, but only for runs that still need it")
    func basesWithoutModelsAreReopened() throws {
        let results = try TemporaryResults("{name: s, model: autoregressive, settings: {base: {steps: 7}}}")
        let row = try #require(results.points.first).configuration
        let base = try #require(row.baseRun).identity
        try results.finish(base)
        try TensorArchive().write(to: results.folder.model(base))
        try results.database.reopenBases(results.plan, in: results.folder)
        #expect(try results.state(base) == .finished)
        try FileManager.default.removeItem(at: results.folder.model(base))
        try results.database.reopenBases(results.plan, in: results.folder)
        #expect(try results.state(base) == .pending)
        try results.finish(base)
        try results.finish(row.identity)
        try results.database.reopenBases(results.plan, in: results.folder)
        #expect(try results.state(base) == .finished)
    }
}
