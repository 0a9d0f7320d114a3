import AutoregressiveRanker
import LanguageModels
import ProductSearch
import RankingData
import Tensors

/// Product search in Table 2's shape over made-up titles, which a seed fixes: what a step takes depends on how many
/// documents a query has and on how long their titles are, and not on what they say.
struct TitledDocuments {
    static let counts = [15, 30, 60, 101]
    static let queries = 8
    /// Words of a title, each of which is a piece of the vocabulary, and of a query. With its docID of three numbers and
    /// two marks a document has 20 tokens.
    private static let titleWords = 15
    private static let queryWords = 2
    /// Words to choose from, and numbers of docIDs, as many as the glosses' docIDs have.
    private static let words = 4000
    private static let numbers = 40

    private let task: RankingTask

    /// Queries with `count` documents each.
    init(_ count: Int) throws {
        var stream = RandomStream(seed: 1, name: "titled documents")
        let words = Self.makeWords()
        func text(_ length: Int) -> String {
            (0..<length).map { _ in words[stream.uniform(below: words.count)] }.joined(separator: " ")
        }
        let documents = (0..<Self.queries * count).map { number in
            let docID = (0..<3).map { _ in String(stream.uniform(below: Self.numbers)) }
            return Entity(
                id: "d\(number)", text: text(Self.titleWords), docID: docID.joined(separator: ","))
        }
        let queries = (0..<Self.queries).map { number in
            Entity(id: "q\(number)", text: text(Self.queryWords), docID: "q\(number)")
        }
        let collection = Collection(
            entities: documents + queries, documents: Array(0..<Int32(documents.count)),
            promptStyle: SearchTask.promptStyle)
        task = RankingTask(
            collection: collection,
            training: (0..<Self.queries).map { number in
                RankedQuery(
                    query: Int32(documents.count + number),
                    documents: (number * count..<(number + 1) * count).map { Int32($0) })
            }, development: [], evaluation: [])
    }

    /// Different words of three syllables.
    private static func makeWords() -> [String] {
        let syllables = "bdfgklmnprstvz".flatMap { consonant in "aeiou".map { "\(consonant)\($0)" } }
        var stream = RandomStream(seed: 1, name: "words")
        var words: Set<String> = []
        while words.count < Self.words {
            words.insert((0..<3).map { _ in syllables[stream.uniform(below: syllables.count)] }.joined())
        }
        return words.sorted()
    }

    /// Table 2's decoder and its row `comb_a2_b2`, in which every document has a weight.
    func step(_ attention: PromptAttention) throws -> PromptStep {
        var decoder = DecoderConfiguration.compact
        (decoder.vocabulary, decoder.headDimension) = (16_384, 64)
        var configuration = AutoregressiveConfiguration(
            decoder: decoder, base: BaseTraining(steps: 0),
            loss: LossConfiguration(weighting: .fractional(alpha: 2), targets: .trie, beta: 2),
            queriesPerBatch: Self.queries)
        configuration.attention = attention
        let prompt = try RankingPrompt(
            learned: RankingPrompt.learnVocabulary(of: task, size: decoder.vocabulary),
            collection: task.collection, attention: attention)
        let packer = MinibatchPacker(prompt: prompt, loss: configuration.loss, promptWeight: 0, seed: 1)
        let queries = task.training
        return PromptStep(configuration: configuration, separatesQueries: false) { workers in
            workers.map(queries.count) { packer.pack(queries[$0], draw: UInt64($0)) }
        }
    }
}
