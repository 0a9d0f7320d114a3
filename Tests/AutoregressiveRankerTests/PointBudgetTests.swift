import Options
import Rankers
import Tensors
import Testing

@testable import AutoregressiveRanker

/// How many steps a budget in (query, document) points comes to.
@Suite struct PointBudgetTests {
    /// The steps that a budget in points asks for are the first after which a trainer reports as many.
    @Test(arguments: [RankWeighting.top1, .fractional(alpha: 2)], [1, 100, 333])
    func budgetsInPointsAreReachedAndNotOverrun(weighting: RankWeighting, points: Int) throws {
        let loss = LossConfiguration(weighting: weighting)
        var configuration = ToyTask.configuration(steps: 1, loss: loss)
        let steps = try AutoregressiveTrainer.steps(
            toReach: points, configuration: configuration, task: ToyTask.make(), seed: 3)
        configuration.steps = steps
        var seen: [Int] = []
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: ToyTask.make(), seed: 3, workers: WorkerPool(threads: 2))
        try trainer.train { progress in
            seen.append(progress.points)
            return .more
        }
        #expect(seen.count == steps && seen[steps - 1] >= points)
        #expect(steps == 1 || seen[steps - 2] < points)
    }

    /// Prompts of matching have as many documents as its options say, whatever a query has.
    @Test func matchingHasNoBudgetInPoints() {
        var configuration = ToyTask.configuration(steps: 1)
        configuration.objective = .matching
        #expect(throws: ConfigurationError.self) {
            try AutoregressiveTrainer.steps(
                toReach: 100, configuration: configuration, task: ToyTask.make(), seed: 3)
        }
    }

    /// Against drawing every step, over several passes; and a budget that no run can have.
    @Test(arguments: [RankWeighting.top1, .fractional(alpha: 2)], [1, 7, 16, 64])
    func budgetsOfManyPassesAreCountedAsDrawn(weighting: RankWeighting, count: Int) throws {
        let task = ToyTask.make()
        var configuration = ToyTask.configuration(steps: 1, loss: LossConfiguration(weighting: weighting))
        configuration.queriesPerBatch = count
        func steps(_ points: Int) throws -> Int {
            try AutoregressiveTrainer.steps(
                toReach: points, configuration: configuration, task: task, seed: 3)
        }
        for points in [50, 99, 100, 198, 199, 1000, 2500, 2971] {
            var sampler = QuerySampler(task.training, seed: 3)
            var (seen, drawn) = (0, 0)
            while seen < points {
                seen += sampler.draw(step: drawn, count: count).reduce(0) {
                    $0 + configuration.loss.weighting.points(of: $1.query.documents.count)
                }
                drawn += 1
            }
            #expect(try steps(points) == drawn)
        }
        #expect(throws: ConfigurationError.self) { try steps(.max) }
    }
}
