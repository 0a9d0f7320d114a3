import Foundation
import GRDB
import Options
import RankingData
import Tensors
import Testing

@testable import Experiments

@Suite("Doing a run")
struct RunExecutorTests {
    private static let dualEncoder =
        "model: dual-encoder\nscales: {quick: {dimension: 4, batch: 16, steps: 6}}"

    private func row(_ data: SmallData, _ columns: String) throws -> Row? {
        try data.database.read {
            try Row.fetchOne(
                $0, sql: "SELECT \(columns) FROM run WHERE id = ?", arguments: [data.plan.runs[0]])
        }
    }

    private func isFinished(_ outcome: RunExecutor.Outcome) -> Bool {
        if case .finished = outcome { true } else { false }
    }

    @Test("a lease is renewed while nothing is saved")
    func leasesAreRenewed() throws {
        let data = try SmallData(Self.dualEncoder)
        let (run, executor) = try #require(try data.claimed(leaseRenewal: 0.03))
        var isRenewed = false
        let outcome = try executor.execute(run) { event in
            guard event.step == 2 else { return }
            // The lease as it is after a step, or an evaluation, of more than three minutes.
            let now = Date().timeIntervalSince1970
            try? data.results.execute("UPDATE run SET lease_expires = ? WHERE id = ?", [now, run.id])
            for _ in 0..<500 where !isRenewed {
                Thread.sleep(forTimeInterval: 0.01)
                let expires = (try? self.row(data, "lease_expires"))?["lease_expires"] as Double?
                isRenewed = (expires ?? 0) > now + 60
            }
        }
        #expect(isRenewed && isFinished(outcome))
    }

    @Test("a lease that another has is not renewed")
    func othersLeasesAreLeftAlone() throws {
        let data = try SmallData(Self.dualEncoder)
        let run = try #require(try data.claimed()).run
        try data.results.execute("UPDATE run SET lease_expires = 1")
        LeaseKeeper.keeping(RunLease(), of: run.id, in: data.database, every: 0.01) {
            Thread.sleep(forTimeInterval: 0.2)
        }
        #expect(try row(data, "lease_expires")?["lease_expires"] == 1.0)
    }

    @Test("who has lost a run leaves its checkpoint to whoever has it now")
    func lostRunsAreLeftAlone() throws {
        let data = try SmallData("model: random")
        let run = try #require(try data.claimed()).run
        let checkpoint = data.folder.checkpoint(run.id)
        try TensorArchive().write(to: checkpoint)
        // Another lease than the run was claimed with: it has been taken over during the evaluation.
        guard case .lostLease = try data.executor().execute(run, progress: { _ in }) else {
            Issue.record("the run is another's")
            return
        }
        #expect(FileManager.default.fileExists(atPath: checkpoint.path))
        #expect(try data.results.state(run.id) == .running)
    }

    @Test("a run that is killed after its last checkpoint has what it was trained on")
    func trainingCountsSurvive() throws {
        let data = try SmallData(Self.dualEncoder)
        let first = try #require(try data.claimed())
        try data.fail(setting: "state", to: "'finished'")
        #expect(throws: DatabaseError.self) { try first.executor.execute(first.run) { _ in } }
        try data.results.execute("DROP TRIGGER killed")
        try data.database.release(first.run.id, lease: first.executor.lease)
        let second = try #require(try data.claimed())
        var steps = 0
        #expect(isFinished(try second.executor.execute(second.run) { _ in steps += 1 }))
        #expect(steps == 0, "it goes on from the checkpoint of the last step")
        let counts = try row(data, "training_queries, training_points")
        #expect(counts?["training_queries"] == 96 && counts?["training_points"] == 96)
    }

    @Test("a run whose checkpoint is damaged begins anew")
    func damagedCheckpointsAreNoEnd() throws {
        let foreign = TensorArchive(
            tensors: ["documents": .init(shape: [1, 2], values: [1, 2])],
            metadata: ["step": "3", "points": "9"])
        for checkpoint in [Data(), Data("safe".utf8), TensorArchive().encoded(), foreign.encoded()] {
            let data = try SmallData(Self.dualEncoder)
            let (run, executor) = try #require(try data.claimed())
            try FileManager.default.createDirectory(
                at: data.folder.checkpoint(run.id).deletingLastPathComponent(),
                withIntermediateDirectories: true)
            try checkpoint.write(to: data.folder.checkpoint(run.id))
            var steps: [Int] = []
            #expect(isFinished(try executor.execute(run) { steps.append($0.step) }))
            #expect(steps == [1, 2, 3, 4, 5, 6])
            #expect(!FileManager.default.fileExists(atPath: data.folder.checkpoint(run.id).path))
        }
    }

    @Test("a finished run tells what its products multiplied, and one without products does not")
    func precisionIsRecorded() throws {
        for (settings, precision) in [(Self.dualEncoder, "float32"), ("model: random", nil)] {
            let data = try SmallData(settings)
            let (run, executor) = try #require(try data.claimed())
            #expect(isFinished(try executor.execute(run) { _ in }))
            let told = try row(data, "precision")?["precision"] as String?
            #expect(told == precision)
        }
    }

    @Test("an autoregressive run's precision is its option's")
    func precisionIsTheOption() throws {
        let spec = try ExperimentSpec(
            text: "{name: s, model: autoregressive, grid: {precision: [float32, bfloat16]}}", file: "s.yaml")
        let points = try spec.points(scale: "quick")
        #expect(points.map(\.configuration.precisionOfProducts) == ["float32", "bfloat16"])
    }

    @Test("scores from another machine make a run finished and imported at once, or change nothing")
    func importIsOneStep() throws {
        let data = try SmallData(Self.dualEncoder)
        let (run, executor) = try #require(try data.claimed())
        let scores = try data.imported(run, points: 7)
        try data.results.execute("INSERT INTO curve VALUES (?, 1, 'loss', 9)", [run.id])
        func curve() throws -> [Double] {
            try data.database.read { try Double.fetchAll($0, sql: "SELECT value FROM curve ORDER BY step") }
        }
        #expect(try data.executor().record(run, scores) == nil, "the run is another's")
        #expect(try curve() == [9])
        try data.fail(setting: "imported", to: "1")
        #expect(throws: DatabaseError.self) { try executor.record(run, scores) }
        #expect(try data.results.state(run.id) == .running)
        #expect(try curve() == [9])
        try data.results.execute("DROP TRIGGER killed")
        #expect(try executor.record(run, scores) != nil)
        let told = try row(data, "state, imported, training_queries, training_points, host, precision")
        #expect(
            told == [
                "state": "finished", "imported": 1, "training_queries": 96, "training_points": 7, "host": nil,
                "precision": nil,
            ])
        #expect(try curve() == (1...6).map { Double(1 / Float($0)) })
    }

    @Test("scores that do not fit a failed run leave it failed, with its error")
    func unfitScoresChangeNothing() throws {
        let data = try SmallData(Self.dualEncoder)
        let lease = RunLease()
        let run = try #require(try data.database.claim(data.plan, lease: lease))
        try data.database.fail(run.id, lease: lease, error: "diverged", step: 3)
        let fits = try data.imported(run, points: 7)
        let fewer = ImportedScores(
            run: run.id, scores: Array(fits.scores.dropLast()), losses: fits.losses, points: 7)
        let runner = SweepRunner(
            database: data.database, folder: data.folder, inputs: data.inputs,
            options: .init(jobs: 1, threads: 1),
            listener: { _ in })
        #expect(throws: ImportedScoresError.self) { try runner.record(fewer) }
        #expect(try row(data, "state, error") == ["state": "failed", "error": "diverged"])
        _ = try runner.record(fits)
        #expect(try row(data, "state, error") == ["state": "finished", "error": nil])
    }

    @Test("data that a run is under way on are not replaced by others; equal ones may be imported again")
    func dataInUseStay() throws {
        let data = try SmallData("model: random")
        let file = data.folder.data("tree")
        func tree(_ count: Int) throws -> Taxonomy {
            let names = (0..<count).map { "\"n\($0)\"" }.joined(separator: ",")
            let parents = (0..<count).map { $0 == 0 ? "[]" : "[\(($0 - 1) / 2)]" }.joined(separator: ",")
            return try JSONDecoder().decode(
                Taxonomy.self, from: Data("{\"names\": [\(names)], \"parents\": [\(parents)]}".utf8))
        }
        let before = try Data(contentsOf: file)
        let claimed = try #require(try data.claimed())
        #expect(throws: ImportError.inUse(run: claimed.run.id, name: "tree")) {
            try ImportedData.write(tree(41), as: "tree", in: data.folder)
        }
        #expect(try Data(contentsOf: file) == before)
        try ImportedData.write(tree(40), as: "tree", in: data.folder)
        try ImportedData.write(tree(41), as: "other", in: data.folder)
        _ = try claimed.executor.execute(claimed.run) { _ in }
        try ImportedData.write(tree(41), as: "tree", in: data.folder)
        #expect(try Data(contentsOf: file) != before, "nobody works on it any more")
        // Of data of that name that are too few for the run's splits the same is said as of any others.
        try ImportedData.write(tree(9), as: "tree", in: data.folder)
        let fresh = InputLibrary(
            wordNetFolder: "", folder: data.folder, models: ModelStore(data.folder.root))
        #expect(throws: ImportError.changed(run: claimed.run.id, name: "tree")) {
            try fresh.task(of: claimed.run)
        }
    }

    @Test("data that were imported under a name which needs no import by now are not passed over")
    func shadowedDataAreTold() throws {
        let data = try SmallData("model: random")
        let name = DataConfiguration.wordNet
        try FileManager.default.copyItem(at: data.folder.data("tree"), to: data.folder.data(name))
        #expect(throws: ImportError.shadowed(name: name, file: data.folder.data(name).path)) {
            try data.inputs.task(DataConfiguration())
        }
    }

    @Test("a budget in points is refused where nothing is trained")
    func noBudgetWithoutTraining() throws {
        let data = try SmallData("model: random")
        let spec = try ExperimentSpec(
            text:
                "{name: s, model: random, points: 1000, settings: {data: {source: tree, evaluationQueries: 8, "
                + "developmentQueries: 2}}}", file: "s.yaml")
        #expect(throws: ConfigurationError.self) { try spec.points(scale: "quick").map(data.inputs.resolve) }
    }

    @Test("as many runs are under way at once as were asked for, however few the processors")
    func jobsRunAtOnce() throws {
        let jobs = ProcessInfo.processInfo.activeProcessorCount + 1
        let data = try SmallData("model: random", seeds: 1...jobs)
        let all = Meeting(of: jobs)
        let runner = SweepRunner(
            database: data.database, folder: data.folder, inputs: data.inputs,
            options: .init(jobs: jobs, threads: 1),
            listener: { event in
                if case .started = event { all.wait(seconds: 20) }
            })
        #expect(try runner.run(data.plan).finished == jobs)
        #expect(all.isComplete)
    }

    /// Holds threads until all have come.
    private final class Meeting: @unchecked Sendable {
        private let condition = NSCondition()
        private let count: Int
        private var waiting = 0
        private var hasMet = false

        init(of count: Int) { self.count = count }

        var isComplete: Bool { condition.withLock { hasMet } }

        func wait(seconds: Double) {
            let end = Date().addingTimeInterval(seconds)
            condition.lock()
            defer { condition.unlock() }
            waiting += 1
            hasMet = hasMet || waiting == count
            condition.broadcast()
            while !hasMet, condition.wait(until: end) {}
            waiting -= 1
        }
    }
}
