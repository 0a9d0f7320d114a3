import Foundation
import Options
import Tensors
import Testing

@testable import Capacity

@Suite struct AutoregressiveCapacityTests {
    @Test func docIDsAreNumbersOfOneLength() {
        let binary = DigitDocIDs(alphabet: 2, documents: 1000)
        #expect(binary.length == 10 && binary.sequences == 1024)
        #expect(binary.tokens(5) == [0, 0, 0, 0, 0, 0, 0, 1, 0, 1])
        #expect(DigitDocIDs(alphabet: 2, documents: 1).length == 1)
        #expect(
            DigitDocIDs(alphabet: 2, documents: 8).length == 3
                && DigitDocIDs(alphabet: 2, documents: 9).length == 4)
        let ternary = DigitDocIDs(alphabet: 3, documents: 20)
        #expect(Set((0..<20).map(ternary.tokens)).count == 20)
    }

    /// The free vectors give exactly the wanted distribution over sequences (corollary 3.1).
    @Test func aTableGivesAnyDistributionOverSequences() {
        for (alphabet, documents) in [(2, 8), (3, 9), (4, 16), (2, 5)] {
            let docIDs = DigitDocIDs(alphabet: alphabet, documents: documents)
            var stream = RandomStream(seed: 1, name: "capacity.test.mass", index: UInt64(documents))
            let mass = (0..<docIDs.sequences).map { _ in 0.01 + Double(stream.uniformFloat()) }
            let table = PrefixTable(docIDs, mass: mass)
            #expect(table.width == alphabet - 1 && table.hidden.allSatisfy { $0.count == alphabet - 1 })
            let total = mass.reduce(0, +)
            for document in 0..<documents {
                #expect(abs(exp(table.score(document)) - mass[document] / total) < 1e-6)
            }
        }
    }

    @Test func aTableOfWidthOneRanksAnyNumberOfDocuments() {
        for order in Orders.all(5) {
            #expect(PrefixTable(DigitDocIDs(alphabet: 2, documents: 5), order: order).ranks(order))
        }
        var stream = RandomStream(seed: 2, name: "capacity.test.orders")
        for order in Orders.sample(5, documents: 1000, stream: &stream) {
            let table = PrefixTable(DigitDocIDs(alphabet: 2, documents: 1000), order: order)
            #expect(table.ranks(order) && !table.ranks(order.reversed()))
        }
    }

    @Test func permutationsAndDistributionsAreAllThereExactlyAtFullRank() {
        for tokens in 2...5 {
            for rank in 1...tokens {
                for spansOnes in [false, true] {
                    var stream = RandomStream(
                        seed: 4, name: "capacity.test.embeddings", index: UInt64(10 * tokens + rank))
                    let embeddings = TokenEmbeddings(
                        tokens: tokens, rank: rank, spansOnes: spansOnes, stream: &stream)
                    // rank(E'), of E' = [E 1].
                    let augmented = ColumnSpan(embeddings.embeddings.map { $0 + [1] }).rank
                    #expect(augmented == (spansOnes ? rank : min(tokens, rank + 1)))
                    let reached = embeddings.permutations()
                    let count = OrderCount.orders(.innerProduct, dimension: augmented - 1, documents: tokens)
                    #expect(
                        reached.reachable == count && reached.unknown == 0, "\(tokens), \(rank), \(spansOnes)"
                    )
                    let distributions = embeddings.distributions(50, stream: &stream)
                    #expect(distributions == (augmented == tokens ? 50 : 0))
                    #expect((count == OrderCount.factorial(tokens)) == (augmented == tokens))
                }
            }
        }
    }

    @Test func aDecoderLearnsToRankByItsPrompt() throws {
        let decoder = try OrderDecoder(
            OrderDecoderConfiguration(documents: 3, steps: 300), seed: 1, workers: WorkerPool(threads: 1))
        let losses = decoder.train()
        #expect(losses[299] < losses[0])
        #expect(decoder.rightOrders(Orders.all(3)) == 6)
    }

    @Test func aDecodersBitsDoNotDependOnThreads() throws {
        let configuration = OrderDecoderConfiguration(documents: 4, steps: 20)
        let losses = try [1, 2].map { threads in
            try OrderDecoder(configuration, seed: 1, workers: WorkerPool(threads: threads)).train()
        }
        #expect(losses[0] == losses[1])
    }

    @Test func aDecodersOptionsOutsideTheirRangeAreRefused() {
        for bad in [
            OrderDecoderConfiguration(documents: 1001), OrderDecoderConfiguration(documents: 3, width: 0),
            OrderDecoderConfiguration(documents: 3, learningRate: .infinity),
        ] {
            #expect(throws: ConfigurationError.self) {
                try OrderDecoder(bad, seed: 1, workers: WorkerPool(threads: 1))
            }
        }
    }
}
