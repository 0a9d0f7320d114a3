import Rankers
import RankingData
import Tensors
import Testing

/// A trainer whose losses are given.
private final class ScriptedTrainer: Trainer {
    private(set) var completedSteps = 0
    var totalSteps: Int { losses.count }
    private let losses: [Double]
    private let gradientNorms: [Double]

    init(losses: [Double], gradientNorms: [Double] = []) {
        self.losses = losses
        self.gradientNorms = gradientNorms
    }

    func step() -> TrainingProgress {
        completedSteps += 1
        var values: [String: Double] = [:]
        if completedSteps <= gradientNorms.count {
            values["gradient_norm"] = gradientNorms[completedSteps - 1]
        }
        return TrainingProgress(
            step: completedSteps, totalSteps: totalSteps, loss: losses[completedSteps - 1],
            queries: completedSteps, points: completedSteps, values: values)
    }

    func checkpoint() -> TensorArchive { TensorArchive(tensors: [:]) }
    func restore(_ archive: TensorArchive) {}
    func model() -> TensorArchive { TensorArchive(tensors: [:]) }
    func ranker() -> any Ranker { Silence() }

    private struct Silence: Ranker {
        func scores(for queries: [RankedQuery]) -> [[Float]] { [] }
    }
}

@Suite struct TrainLoopTests {
    @Test func everyStepIsReportedOnceUntilTheBudgetIsSpent() throws {
        let trainer = ScriptedTrainer(losses: [3, 2, 1])
        var seen: [Double] = []
        try trainer.train {
            seen.append($0.loss); return .more
        }
        #expect(seen == [3, 2, 1])
        try trainer.train { _ in
            Issue.record("a step beyond the budget"); return .more
        }
    }

    @Test func aStoppedTrainingGoesOnWhereItWas() throws {
        let trainer = ScriptedTrainer(losses: [3, 2, 1])
        try trainer.train { $0.step == 2 ? .stop : .more }
        #expect(trainer.completedSteps == 2)
        var seen: [Int] = []
        try trainer.train {
            seen.append($0.step); return .more
        }
        #expect(seen == [3])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aLossThatIsNotFiniteEndsTheTraining(value: Double) {
        let trainer = ScriptedTrainer(losses: [3, value, 1])
        var seen: [Int] = []
        #expect(throws: TrainingError.diverged(step: 2, name: "the loss", value: "\(value)")) {
            try trainer.train {
                seen.append($0.step); return .more
            }
        }
        #expect(seen == [1])
    }

    @Test func soDoesAnyOtherValueOfACurve() {
        let trainer = ScriptedTrainer(losses: [1, 1], gradientNorms: [1, .infinity])
        #expect(throws: TrainingError.diverged(step: 2, name: "gradient_norm", value: "inf")) {
            try trainer.train { _ in .more }
        }
    }
}
