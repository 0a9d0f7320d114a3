import Options
import Rankers
import RankingData
import Tensors
import TestSupport
import Testing

@testable import AutoregressiveRanker
@testable import LanguageModels

/// Rankers whose prompts hold a vector for each text.
@Suite struct TextVectorTests {
    /// Directions drawn at random for each word, added up over a text's words: texts with the same words are alike.
    private struct BagOfWords: TextEmbedder {
        let width = 48

        func embed(_ texts: [String]) -> FloatBuffer {
            let vectors = FloatBuffer(count: texts.count * width)
            for (place, text) in texts.enumerated() {
                var sum = [Float](repeating: 0, count: width)
                for word in text.split(separator: " ") {
                    let seed = word.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
                    var stream = RandomStream(seed: seed, name: "word")
                    for index in 0..<width { sum[index] += stream.normal() }
                }
                let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for index in 0..<width { vectors[place * width + index] = sum[index] / max(length, 1e-9) }
            }
            return vectors
        }
    }

    /// An encoder that nothing may be asked of: what is refused is refused before hours of embedding.
    private struct UnaskedEmbedder: TextEmbedder {
        let width = 48

        func embed(_ texts: [String]) -> FloatBuffer {
            Issue.record("\(texts.count) texts were embedded")
            return FloatBuffer(count: texts.count * width)
        }
    }

    /// A query is two words of its first title; three other titles follow it.
    private static func task(documents: Int = 24) -> RankingTask {
        let titles = (0..<documents).map {
            Entity(id: "t\($0)", text: "red\($0) shoe\($0) box\($0)", docID: "\($0 / 5),\($0 % 5),7")
        }
        let queries = (0..<documents).map {
            Entity(id: "q\($0)", text: "red\($0) shoe\($0)", docID: "red\($0) shoe\($0)")
        }
        let lists = (0..<documents).map { query in
            RankedQuery(
                query: Int32(documents + query),
                documents: (0..<4).map { Int32((query + 5 * $0) % documents) })
        }
        return RankingTask(
            collection: Collection(
                entities: titles + queries, documents: Array(0..<Int32(documents)),
                promptStyle: "product-search"),
            training: lists, development: [], evaluation: lists)
    }

    private static func configuration(steps: Int) -> AutoregressiveConfiguration {
        var configuration = ToyTask.configuration(steps: steps, vocabulary: 300)
        configuration.decoder.headDimension = 16
        configuration.objective = .matching
        configuration.matching.questions = .queries
        configuration.attention = .blocks
        configuration.textVectors = "bag of words"
        return configuration
    }

    private static func trainer(
        _ configuration: AutoregressiveConfiguration, _ embedder: (any TextEmbedder)? = BagOfWords(),
        task: RankingTask = Self.task(), base: TensorArchive? = nil
    ) throws -> AutoregressiveTrainer {
        try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 2, workers: WorkerPool(threads: 2), base: base,
            textEmbedder: embedder)
    }

    /// A prompt is as long as it has texts, marks and docIDs, and a person reads the texts in it.
    @Test func aTextIsOnePlaceOfAPrompt() throws {
        let task = Self.task()
        let ranker = try #require(Self.trainer(Self.configuration(steps: 1)).ranker() as? DecoderRanker)
        let query = task.evaluation[3]
        // Of each document a mark, the title, a mark and three numbers; then a mark, the query and a mark.
        #expect(ranker.promptTokens(query).count == 6 * query.documents.count + 3)
        let text = try #require(ranker.promptText(for: query))
        #expect(text.hasSuffix("<query> \(task.collection.text(query.query)) <answer>"), "\(text)")
        for document in query.documents {
            let shown = "\(task.collection.text(document)) <answer> \(task.collection.docID(document))"
            #expect(text.contains("<documents> \(shown)"), "\(text)")
        }
    }

    /// Texts that the encoder finds alike have vectors that are alike.
    @Test func vectorsAreTheEncodersInFewerNumbers() throws {
        let task = Self.task()
        let (width, documents) = (24, task.collection.documents.count)
        let texts = try TextVectors(task.collection, by: BagOfWords(), width: width)
        #expect(texts.vectors.count == task.collection.count && texts.vectors.width == width)
        func product(_ left: Int, _ right: Int) -> Float {
            (0..<width).reduce(Float(0)) { $0 + texts.vectors.row(left)[$1] * texts.vectors.row(right)[$1] }
        }
        for query in 0..<documents {
            #expect(abs(product(query, query) - 1) < 1e-4)
            let products = (0..<documents).map { product(documents + query, $0) }
            #expect(products.indices.max { products[$0] < products[$1] } == query)
        }
    }

    /// A base of questions finds the title whose vector is the query's nearest, and its row goes on with the base's components.
    @Test func aBaseOfQuestionsFindsTitles() throws {
        let task = Self.task()
        let trainer = try Self.trainer(Self.configuration(steps: 300))
        try trainer.train { _ in .more }
        let base = trainer.model()
        let scores = try trainer.ranker().scores(for: task.evaluation)
        let found = scores.filter { scores in scores.indices.max { scores[$0] < scores[$1] } == 0 }
        // One in four by chance.
        #expect(found.count > task.evaluation.count / 2)
        // A row that has taken no step yet is the base. It has the base's components, whatever texts it sees.
        var row = Self.configuration(steps: 1)
        (row.objective, row.base.steps, row.base.objective) = (.ranking, 300, .matching)
        row.base.matching.questions = .queries
        let next = try Self.trainer(row, base: base)
        #expect(try next.ranker().scores(for: task.evaluation) == scores)
        // So is the ranker of the base's file.
        let inputs = RankerInputs(
            task: task, seed: 2, workers: WorkerPool(threads: 1), textEmbedder: BagOfWords())
        #expect(try row.ranker(next.model(), inputs).scores(for: task.evaluation) == scores)
        #expect(row.ranksByTextEncoder && row.baseRanker?.textVectors == "bag of words")
        #expect(row.textEncoder == "bag of words" && row.baseRanker?.textEncoder == "bag of words")
    }

    @Test func aCheckpointGoesOn() throws {
        let configuration = Self.configuration(steps: 6)
        let (whole, first) = (try Self.trainer(configuration), try Self.trainer(configuration))
        for _ in 0..<6 { _ = whole.step() }
        for _ in 0..<3 { _ = first.step() }
        let second = try Self.trainer(configuration)
        try second.restore(first.checkpoint())
        for _ in 0..<3 { _ = second.step() }
        #expect(whole.model() == second.model())
    }

    private static func isRefused(
        _ option: String, _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: ConfigurationError.self, sourceLocation: sourceLocation) { try body() }
        guard case .outOfRange(option, _, _)? = error else {
            Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
            return
        }
    }

    @Test func whatCannotBeIsRefused() throws {
        let plain = Self.configuration(steps: 1)
        #expect(throws: ConfigurationError.missingInput("the text encoder bag of words")) {
            _ = try Self.trainer(plain, nil)
        }
        #expect(throws: ConfigurationError.missingInput("the text encoder bag of words")) {
            let inputs = RankerInputs(task: Self.task(), seed: 2, workers: WorkerPool(threads: 1))
            _ = try plain.ranker(Self.trainer(plain).model(), inputs)
        }
        func refused(_ option: String, _ change: (inout AutoregressiveConfiguration) -> Void) {
            var configuration = plain
            change(&configuration)
            Self.isRefused(option) { _ = try Self.trainer(configuration) }
        }
        refused("decoder.width") { $0.decoder.width = 64 }
        refused("initialEmbeddings") { $0.initialEmbeddings = "bag of words" }
        refused("matchingQuestions") { $0.matching.questions = .words }
        refused("promptWeight") { ($0.objective, $0.promptWeight) = (.ranking, 0.5) }
        // The base's options have its name before them.
        let bases: [(String, TrainingObjective)] = [
            ("base.promptWeight", .ranking), ("base.matchingQuestions", .matching),
        ]
        for (option, objective) in bases {
            var row = plain
            (row.objective, row.base.steps, row.base.objective) = (.ranking, 1, objective)
            (row.base.promptWeight, row.base.matching.questions) = (objective == .ranking ? 0.1 : 0, .words)
            Self.isRefused(option) { try row.validate() }
        }
        Self.isRefused("textVectors") {
            _ = try Self.trainer(plain, DamagedTextEmbedder(width: 48, damage: .infinity))
        }
        Self.isRefused("textVectors") {
            var taxonomy = ToyTask.configuration(steps: 1)
            taxonomy.textVectors = "bag of words"
            _ = try Self.trainer(taxonomy, UnaskedEmbedder(), task: ToyTask.make())
        }
        Self.isRefused("textVectors") {
            _ = try #require(Self.trainer(plain).ranker() as? DecoderRanker).modelFolder()
        }
        // A model's file without components is of another configuration.
        var lacking = try Self.trainer(plain).model()
        lacking.tensors["text_vectors.mean"] = nil
        #expect(throws: TensorArchiveError.missing(name: "text_vectors.mean")) {
            _ = try Self.trainer(plain, base: lacking)
        }
    }

    @Test func theOptionIsLeftOutAtItsDefault() {
        #expect(!AutoregressiveConfiguration().identifyingValues.contains { $0.key == "textVectors" })
        #expect(Self.configuration(steps: 1).identifyingValues.contains { $0.key == "textVectors" })
        var pretrained = Self.configuration(steps: 1)
        pretrained.pretrained = "smollm2"
        #expect(pretrained.textEncoder == nil)
    }
}
