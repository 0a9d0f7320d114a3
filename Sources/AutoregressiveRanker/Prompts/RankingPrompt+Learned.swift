import LanguageModels
import RankingData

/// The parts of prompts in a vocabulary that was learned from the collection, each encoded once:
/// `query <documents> document document ... <answer>`.
///
/// Names with sense suffixes (`deer.n.01`) need nothing between them, because each shows where it ends; between other
/// documents stands the mark `<documents>` again. Text cannot spell the marks: they are the vocabulary's special tokens.
struct MarkedParts: Sendable {
    /// Special token ids of the vocabulary: what stands before documents, and what asks for a docID.
    static let documentsMark: Int32 = 0
    static let answerMark: Int32 = 1
    /// How a tokenizer.json calls the special tokens, by their ids.
    static let names = ["<documents>", "<answer>"]

    /// Token ids of every entity's text, as a query.
    private let queries: [[Int32]]
    /// Token ids of what a prompt shows of every entity, as a document.
    private let documents: [[Int32]]
    /// Whether a mark stands between documents.
    private let separatesDocuments: Bool
    /// `RankingPrompt.countedLength(of:)` of every entity.
    let countedLengths: [Int]

    /// - Parameter docIDs: Token ids of every entity's docID; texts that are the docID are not encoded again.
    init(
        _ vocabulary: BytePairVocabulary, _ style: PromptStyle, _ collection: Collection, docIDs: [[Int32]]
    ) throws(TokenizerError) {
        var (queries, documents, countedLengths): ([[Int32]], [[Int32]], [Int]) = ([], [], [])
        var separatesDocuments = false
        for (entity, tokens) in zip(collection.entities, docIDs) {
            func encoded(_ text: String) throws(TokenizerError) -> [Int32] {
                // By bytes: texts that Swift finds equal may have other tokens.
                text.utf8.elementsEqual(entity.docID.utf8) ? tokens : try vocabulary.encode(text)
            }
            let shown = style.document(entity)
            queries.append(try encoded(entity.text))
            documents.append(try encoded(shown))
            separatesDocuments = separatesDocuments || !Taxonomy.endsInSense(shown)
            countedLengths.append(try Self.countedLength(entity.docID, tokens, vocabulary))
        }
        self.queries = queries
        self.documents = documents
        self.separatesDocuments = separatesDocuments
        self.countedLengths = countedLengths
    }

    private static func countedLength(
        _ docID: String, _ tokens: [Int32], _ vocabulary: BytePairVocabulary
    ) throws(TokenizerError) -> Int {
        guard let suffix = SenseSuffix.of(docID) else { return tokens.count }
        // The vocabulary cuts a name before its suffix, so that the suffix alone has the tokens that it has there.
        let own = try vocabulary.encode(String(suffix))
        return tokens.count - own.count + SenseSuffix.publicLength(suffix)
    }

    /// A prompt with documents in this order. A mark between two documents belongs to the former.
    func parts(_ query: Int32, _ list: [Int32]) -> PromptParts {
        PromptParts(
            before: queries[Int(query)] + [Self.documentsMark],
            documents: list.enumerated().map { index, document in
                let isFollowed = separatesDocuments && index + 1 < list.count
                return documents[Int(document)] + (isFollowed ? [Self.documentsMark] : [])
            }, after: [Self.answerMark])
    }

    /// What the vocabulary is learned from, of an entity: its text, and its docID and what is shown of it where they are not that.
    static func learnedTexts(_ style: PromptStyle) -> (Entity) -> [String] {
        { entity in
            let others = [entity.docID, style.document(entity)]
            let areText = others.allSatisfy { $0.utf8.elementsEqual(entity.text.utf8) }
            return areText ? [entity.text] : [entity.text] + others
        }
    }

    /// Tokens as a person reads them, the marks by their names. A character may be several tokens, so that what lies between
    /// marks is decoded at once.
    static func text(_ ids: [Int32], _ tokenizer: any Tokenizer) -> String {
        var text = ""
        var rest = ids[...]
        while let mark = rest.firstIndex(where: { $0 == documentsMark || $0 == answerMark }) {
            text += tokenizer.decode(Array(rest[..<mark]))
            text += rest[mark] == documentsMark ? " \(names[0]) " : " \(names[1])"
            rest = rest[(mark + 1)...]
        }
        return text + tokenizer.decode(Array(rest))
    }
}

extension RankingPrompt {
    /// Learns a vocabulary from the training prompts' texts, each counted as often as it stands there, and once more, so that
    /// every text and docID of the task can be written.
    ///
    /// Documents that stand in many prompts so become a piece a word.
    /// - Parameter size: The most pieces; fewer come out of a small collection.
    /// - Throws: `ConfigurationError` for a style that does not exist.
    public static func learnVocabulary(of task: RankingTask, size: Int) throws -> BytePairVocabulary {
        let collection = task.collection
        let style = try PromptStyle.named(collection.promptStyle)
        var counts = [Int](repeating: 1, count: collection.count)
        for query in task.training {
            for entity in [query.query] + query.documents { counts[Int(entity)] += 1 }
        }
        let written =
            style.showsTitles ? TitledParts.learnedTexts(collection) : MarkedParts.learnedTexts(style)
        var (texts, textCounts): ([String], [Int]) = ([], [])
        for (entity, count) in zip(collection.entities, counts) {
            let own = written(entity)
            texts += own
            textCounts += own.map { _ in count }
        }
        return BytePairVocabulary.learn(
            from: texts, counts: textCounts, size: size, specialTokens: specialNames(style, collection).count)
    }

    /// How a tokenizer.json calls the special tokens of a vocabulary that is learned from a collection, by their ids.
    static func specialNames(_ style: PromptStyle, _ collection: Collection) -> [String] {
        style.showsTitles ? TitledParts.specialNames(collection) : MarkedParts.names
    }
}
