import Foundation
import Options
import Rankers
import RankingData
import Tensors
import TestSupport
import Testing

@testable import TextSimilarity

@Suite struct TextSimilarityTests {
    static let collection = Collection(
        entities: ["rain boots", "red rain coat, red", "a boot", "Ärmel 3", "red boots rain rain"]
            .enumerated().map {
                Entity(id: "\($0)", text: $1, docID: "\($0)")
            }, documents: [1, 2, 3, 4])
    static let query = RankedQuery(query: 0, documents: [4, 1, 2], negatives: [3])
    /// The shares of a text's letters among a to z.
    private struct Letters: TextEmbedder {
        let width = 26
        func embed(_ texts: [String]) -> FloatBuffer {
            let vectors = FloatBuffer(count: texts.count * width)
            for (row, text) in texts.enumerated() {
                for letter in text.utf8 where (97...122).contains(letter) {
                    vectors.base[row * width + Int(letter) - 97] += 1 / Float(text.utf8.count)
                }
            }
            return vectors
        }
    }

    private func inputs(_ embedder: (any TextEmbedder)? = nil) -> RankerInputs {
        RankerInputs(
            task: RankingTask(
                collection: Self.collection, training: [], development: [], evaluation: [Self.query]),
            seed: 1, workers: WorkerPool(threads: 1), textEmbedder: embedder)
    }

    @Test func wordsAreRunsOfLettersAndDigits() {
        #expect(BM25Ranker.words("Red rain-coat, (3 m) ÄRMEL") == ["red", "rain", "coat", "3", "m", "ärmel"])
        #expect(BM25Ranker.words(" .,") == [])
    }

    /// By hand: four documents of 4, 2, 2 and 4 words; "rain" is in two of them, "boots" in one.
    @Test func scoresAreTheFormulas() {
        let scores = BM25Ranker(Self.collection, saturation: 1.2, lengthShare: 0.75).scores(for: [Self.query]
        )[0]
        let (rain, boots) = (log(1 + 2.5 / 2.5), log(1 + 3.5 / 1.5))
        let long = 1 - 0.75 + 0.75 * 4 / 3.0
        let expected = [
            rain * 2 * 2.2 / (2 + 1.2 * long) + boots * 2.2 / (1 + 1.2 * long), rain * 2.2 / (1 + 1.2 * long),
            0, 0,
        ]
        for (score, value) in zip(scores, expected) { #expect(abs(Double(score) - value) < 1e-6) }
    }

    @Test func saturationAndLengthCount() {
        func scores(_ k1: Double, _ b: Double) -> [Float] {
            BM25Ranker(Self.collection, saturation: k1, lengthShare: b).scores(for: [Self.query])[0]
        }
        // Without saturation a word counts once, however often it occurs and however long the document is.
        #expect(abs(Double(scores(0, 1)[0]) - (log(1 + 1) + log(1 + 3.5 / 1.5))) < 1e-6)
        #expect(scores(1.2, 0)[1] > scores(1.2, 1)[1])
    }

    @Test func theEncoderOrdersByInnerProducts() throws {
        var configuration = TextSimilarityConfiguration()
        #expect(configuration.textEncoder == nil)
        configuration.measure = .encoder
        #expect(configuration.textEncoder == "minilm")
        let scores = try configuration.ranker(nil, inputs(Letters())).scores(for: [Self.query])[0]
        let texts = [0, 4, 1, 2, 3].map { Self.collection.text($0) }
        let (vectors, width) = (Letters().embed(texts), 26)
        for place in 0..<4 {
            let product = (0..<width).reduce(Float(0)) {
                $0 + vectors[$1] * vectors[(place + 1) * width + $1]
            }
            #expect(abs(scores[place] - product) < 1e-6)
        }
        #expect(throws: ConfigurationError.self) { try configuration.ranker(nil, inputs()) }
    }

    /// In all of its principal components an embedding less the mean keeps its angles; in fewer those of the largest variance.
    @Test func componentsAreCompared() throws {
        var configuration = TextSimilarityConfiguration()
        (configuration.measure, configuration.components) = (.encoder, 26)
        let scores = try configuration.ranker(nil, inputs(Letters())).scores(for: [Self.query])[0]
        let (vectors, width) = (Letters().embed(Self.collection.entities.map(\.text)), 26)
        let centred = (0..<5).map { row in
            (0..<width).map { column in
                let mean = (0..<5).reduce(Float(0)) { $0 + vectors[$1 * width + column] } / 5
                return vectors[row * width + column] - mean
            }
        }
        func product(_ left: [Float], _ right: [Float]) -> Float {
            zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for (place, document) in [4, 1, 2, 3].enumerated() {
            let (query, other) = (centred[0], centred[document])
            let cosine =
                product(query, other) / (product(query, query) * product(other, other)).squareRoot()
            #expect(abs(scores[place] - cosine) < 1e-5)
        }
        configuration.components = 1
        // In one component all that is left of a text is its side.
        for score in try configuration.ranker(nil, inputs(Letters())).scores(for: [Self.query])[0] {
            #expect(abs(abs(score) - 1) < 1e-6)
        }
    }

    @Test func componentsThatCannotBeAreRefused() throws {
        var configuration = TextSimilarityConfiguration()
        #expect(!configuration.identifyingValues.contains { $0.key == "components" })
        (configuration.measure, configuration.components) = (.encoder, 27)
        func refused(_ option: String, _ embedder: any TextEmbedder) {
            let error = #expect(throws: ConfigurationError.self) {
                try configuration.ranker(nil, inputs(embedder))
            }
            guard case .outOfRange(option, _, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        refused("components", Letters())
        refused("encoder", DamagedTextEmbedder(width: 48, damage: .nan))
    }

    @Test func nothingIsTrained() throws {
        let trainer = try TextSimilarityConfiguration().trainer(inputs())
        #expect(trainer.totalSteps == 0)
        try trainer.train { _ in
            Issue.record("a step")
            return .more
        }
        #expect(try trainer.ranker().scores(for: [Self.query])[0][0] > 0)
        #expect(try trainer.ranker().tiesAreChance)
    }
}
