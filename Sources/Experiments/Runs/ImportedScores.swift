import Foundation
import Rankers
import RankingData
import Tensors

/// What comes back from another machine for a run that was handed over: its candidates' scores and its losses.
public struct ImportedScores: Sendable {
    /// The run's id.
    let run: String
    /// A score for each candidate of each evaluated query, in the job's order.
    let scores: [Float]
    /// Each step's loss.
    let losses: [Float]
    /// (query, document) points trained on.
    let points: Int

    init(run: String, scores: [Float], losses: [Float], points: Int) {
        (self.run, self.scores, self.losses, self.points) = (run, scores, losses, points)
    }

    /// Reads scores.safetensors as Tools/finetune.py writes it.
    public init(contentsOf file: URL) throws {
        let archive = try TensorArchive(contentsOf: file)
        func values(_ name: String) throws(TensorArchiveError) -> [Float] {
            guard let tensor = archive.tensors[name] else { throw .missing(name: name) }
            return tensor.values
        }
        guard let run = archive.metadata["run"] else { throw TensorArchiveError.missing(name: "run") }
        self.run = run
        points = try archive.integer("points")
        scores = try values("scores")
        losses = try values("losses")
    }

    /// A ranker that says these scores.
    func ranker(_ task: RankingTask, _ run: RunRecord) throws -> any Ranker {
        guard losses.count == run.configuration.steps else {
            throw ImportedScoresError.steps(expected: run.configuration.steps, found: losses.count)
        }
        guard (scores + losses).allSatisfy(\.isFinite) else { throw ImportedScoresError.notFinite }
        let queries = task.queries(of: run.configuration.evaluation.split)
        let expected = queries.reduce(0) { $0 + $1.candidates.count }
        guard scores.count == expected else {
            throw ImportedScoresError.count(expected: expected, found: scores.count)
        }
        return ScoresInOrder(scores: scores)
    }

    /// Hands out scores in the order in which queries come.
    private final class ScoresInOrder: Ranker {
        private var rest: ArraySlice<Float>

        init(scores: [Float]) { rest = scores[...] }

        func scores(for queries: [RankedQuery]) -> [[Float]] {
            queries.map { query in
                let own = Array(rest.prefix(query.candidates.count))
                rest = rest.dropFirst(own.count)
                return own
            }
        }
    }
}

extension SweepRunner {
    /// Records a run that another machine trained as finished.
    ///
    /// - Returns: Its metrics.
    /// - Throws: `ImportedScoresError`, `ResultsError`, or what the data and the file system throw.
    public func record(_ imported: ImportedScores) throws -> (run: RunRecord, evaluation: Evaluation) {
        let known = try database.run(imported.run)
        guard known.state != .finished else { throw ImportedScoresError.finished(run: known.id) }
        // Scores that do not fit leave the run as it was: a failed one keeps its error.
        _ = try imported.ranker(inputs.task(of: known), known)
        // A plan of this run alone, whatever sweeps it stands in.
        let plan = SweepPlan(sweep: "", scale: "", runs: [known.id])
        // A run that failed here may well have been trained elsewhere.
        try database.reopen(plan, force: false, in: folder)
        let lease = RunLease()
        guard let run = try database.claim(plan, lease: lease) else {
            throw ImportedScoresError.taken(run: known.id)
        }
        do {
            guard let evaluation = try executor(lease).record(run, imported) else {
                throw ImportedScoresError.taken(run: run.id)
            }
            return (run, evaluation)
        } catch {
            try database.release(run.id, lease: lease)
            throw error
        }
    }
}

/// Why scores from another machine are not taken.
public enum ImportedScoresError: Error, Equatable, CustomStringConvertible {
    case steps(expected: Int, found: Int)
    case count(expected: Int, found: Int)
    case notFinite
    case finished(run: String)
    case taken(run: String)

    public var description: String {
        switch self {
        case .steps(let expected, let found):
            "the file has losses of \(found) steps, the run has \(expected) steps"
        case .count(let expected, let found):
            "the file has \(found) scores, the run's queries have \(expected) candidates"
        case .notFinite: "the file has a score or a loss that is no finite number"
        case .finished(let run): "run \(run.prefix(12)) is finished already"
        case .taken(let run): "run \(run.prefix(12)) is being trained by another process"
        }
    }
}
