import Options
import Testing

@testable import Capacity

@Suite struct FreeVectorTrainerTests {
    private func trained(
        _ k: Int, _ n: Int, _ similarity: Similarity, seed: UInt64 = 1
    ) throws -> FreeVectorTrainer {
        try FreeVectorTrainer.best(
            FreeVectorConfiguration(documents: k, dimension: n, similarity: similarity), seed: seed,
            attempts: 5)
    }

    @Test(arguments: Similarity.allCases) func trainingGetsAllOrdersWhereAllArePossible(
        _ similarity: Similarity
    ) throws {
        for (k, n) in [(2, 1), (3, 2), (4, 3), (5, 4), (5, 5), (6, 5)] {
            #expect(
                try trained(k, n, similarity).rightOrders == OrderCount.factorial(k), "k = \(k), n = \(n)")
        }
    }

    /// What training gets right is what its documents can reach at most, and that is what any documents can at most.
    @Test(arguments: Similarity.allCases) func trainingNeverGetsMoreThanIsPossible(_ similarity: Similarity)
        throws
    {
        for (k, n) in [(3, 1), (4, 1), (4, 2), (5, 2), (5, 3)] {
            let trainer = try trained(k, n, similarity)
            let tally = OrderCertifier(trainer.documentVectors, similarity).tally(trainer.orders)
            let count = OrderCount.orders(similarity, dimension: n, documents: k)
            #expect(tally.reachable <= count)
            #expect(trainer.rightOrders <= tally.reachable + tally.unknown, "k = \(k), n = \(n)")
        }
    }

    @Test func vectorsOfTheInnerProductStayOnTheSphere() throws {
        for vector in try trained(4, 3, .innerProduct).documentVectors {
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
        }
    }

    @Test func theSameSeedGivesTheSameBitsAndAnotherDoesNot() throws {
        let first = try trained(4, 2, .distance)
        #expect(try trained(4, 2, .distance).documentVectors == first.documentVectors)
        #expect(try trained(4, 2, .distance, seed: 2).documentVectors != first.documentVectors)
    }

    @Test func optionsOutsideTheirRangeAreRefused() {
        let nine = FreeVectorConfiguration(documents: 9, dimension: 2, similarity: .distance)
        #expect(throws: ConfigurationError.self) { try FreeVectorTrainer(nine, seed: 1) }
        let nan = FreeVectorConfiguration(
            documents: 3, dimension: 2, similarity: .distance, learningRate: .nan)
        #expect(throws: ConfigurationError.self) { try FreeVectorTrainer(nan, seed: 1) }
    }
}
