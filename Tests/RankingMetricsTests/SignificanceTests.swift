import Foundation
import Testing

@testable import RankingMetrics

@Suite struct SignificanceTests {
    struct Case: Decodable {
        let differences: [Double]
        let t, tP, randomizationP: Double
    }

    private static func cases() throws -> [Case] {
        let file = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/significance.json")
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    }

    @Test func tTestEqualsSciPy() throws {
        let cases = try Self.cases()
        #expect(cases.count == 41)
        for item in cases {
            let own = try #require(Significance.pairedTTest(item.differences))
            #expect(abs(own.t - item.t) < 1e-9 * max(1, abs(item.t)))
            #expect(abs(own.p - item.tP) < 1e-9, "\(item.differences)")
        }
    }

    @Test func randomizationTestEqualsSciPy() throws {
        for item in try Self.cases() {
            let own = Significance.randomizationTest(item.differences)
            // Few differences are tried exhaustively by both; 500 are sampled by both.
            let tolerance = item.differences.count < 100 ? 1e-12 : 0.02
            #expect(abs(own - item.randomizationP) < tolerance, "\(own), expected \(item.randomizationP)")
        }
    }

    @Test func sampledAndExhaustiveRandomizationAgree() {
        let differences = (0..<12).map { Double($0) / 10 - 0.35 }
        let exact = Significance.randomizationTest(differences, resamples: 4096)
        let sampled = Significance.randomizationTest(differences, resamples: 4095)
        #expect(exact != sampled && abs(exact - sampled) < 0.03)
    }

    @Test func edges() {
        #expect(Significance.randomizationTest([]) == 1)
        #expect(Significance.randomizationTest([0, 0, 0]) == 1)
        #expect(Significance.randomizationTest([1]) == 1, "both signs are as far from 0")
        #expect(Significance.pairedTTest([1]) == nil)
        #expect(Significance.pairedTTest([0, 0])! == (0, 1))
        #expect(Significance.pairedTTest([2, 2])! == (.infinity, 0))
    }

    /// Worked by hand: 4 x 0.01, 3 x 0.02, 2 x 0.03 (held at 0.06), 1 x 0.04 (held at 0.06).
    @Test func holmsStepsNeverFall() {
        let adjusted = Significance.holm([0.04, 0.01, 0.03, 0.02])
        for (own, expected) in zip(adjusted, [0.06, 0.04, 0.06, 0.06]) {
            #expect(abs(own - expected) < 1e-15)
        }
        #expect(Significance.holm([0.9, 0.8]) == [1, 1])
        #expect(Significance.holm([]).isEmpty)
    }
}
