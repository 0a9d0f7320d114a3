import LanguageModels
import Options
import RankingData
import Tensors

/// Writes prompts over one collection, in the collection's style, with one tokenizer.
///
/// A pretrained model's tokenizer writes the style's text. A vocabulary that was learned from the collection knows its
/// words and no others, so that marks take the place of labels, delimiters and cue: see RankingPrompt+Learned.swift, and
/// TitledParts.swift for documents that have a title.
/// Documents stand in a random order, and the negative is never among them (section 5.1).
public struct RankingPrompt: Sendable {
    /// What the collection says of how to ask.
    public let style: PromptStyle
    /// Turns text into tokens and back.
    public let tokenizer: any Tokenizer
    /// Token ids of every entity's docID, as they follow a prompt.
    public let tokens: [[Int32]]
    /// What a prompt's documents see of each other.
    public let attention: PromptAttention
    private let collection: Collection
    private let writing: Writing
    private let makeFile: @Sendable () throws -> String

    private enum Writing {
        case text(PromptTemplate)
        case marks(MarkedParts)
        case titles(TitledParts)
    }

    /// Prompts as a tokenizer of running text writes them.
    ///
    /// - Parameter file: Makes the text of the tokenizer's tokenizer.json.
    /// - Throws: `TokenizerError` where the tokenizer cannot write some text of the style or of the collection,
    ///   `ConfigurationError` for a style that does not exist.
    public init(
        tokenizer: any Tokenizer, template: PromptTemplate, collection: Collection,
        attention: PromptAttention = .dense, file: @escaping @Sendable () throws -> String
    ) throws {
        let style = try PromptStyle.named(collection.promptStyle)
        // A docID follows the cue with a blank before it, which a tokenizer may make a part of its first token.
        tokens = try collection.entities.map {
            try Self.encode(" \($0.docID)", behind: style.cue, tokenizer)
        }
        // What can be written part by part can be written whole, so that later nothing need fail.
        for entity in collection.entities
        where style.documentFormat != .listed || !entity.text.utf8.elementsEqual(entity.docID.utf8) {
            for text in [entity.text, style.document(entity)] { _ = try tokenizer.encode(text) }
        }
        _ = try tokenizer.encode(style.text(template, query: "", documents: ["", ""]))
        self.style = style
        self.tokenizer = tokenizer
        self.collection = collection
        self.attention = attention
        writing = .text(template)
        makeFile = file
    }

    /// Prompts of a vocabulary that was learned from the collection.
    ///
    /// - Parameter firstVector: The id of the first entity's vector where texts are vectors (`TextVectors`); nil where they are
    ///   tokens, as in a style without titles.
    /// - Throws: `TokenizerError` where the collection has a text that the vocabulary cannot write,
    ///   `ConfigurationError` for a style that does not exist.
    public init(
        learned vocabulary: BytePairVocabulary, collection: Collection, attention: PromptAttention = .dense,
        firstVector: Int32? = nil
    ) throws {
        style = try PromptStyle.named(collection.promptStyle)
        let names = Self.specialNames(style, collection)
        guard vocabulary.specialTokens == names.count else {
            throw TokenizerError.malformed("\(vocabulary.specialTokens)")
        }
        if style.showsTitles {
            let parts = try TitledParts(vocabulary, collection, names: names, firstVector: firstVector)
            (tokens, writing) = (parts.docIDs, .titles(parts))
        } else {
            tokens = try collection.entities.map { try vocabulary.encode($0.docID) }
            writing = .marks(try MarkedParts(vocabulary, style, collection, docIDs: tokens))
        }
        tokenizer = vocabulary
        self.collection = collection
        self.attention = attention
        makeFile = { vocabulary.tokenizerFile(specialNames: names) }
    }

    /// The number of the tokenizer's pieces: ids below it have a text. A decoder's vocabulary may be larger, where it is
    /// padded or where a small collection gave fewer pieces than were asked for.
    public var pieceCount: Int { tokenizer.count }

    /// How many tokens an entity's docID has where its sense suffix is spelled as language models' tokenizers spell it. A
    /// language model's own tokens are counted as they are.
    public func countedLength(of entity: Int32) -> Int {
        switch writing {
        case .text: tokens[Int(entity)].count
        case .marks(let parts): parts.countedLengths[Int(entity)]
        case .titles(let parts): parts.countedLengths[Int(entity)]
        }
    }

    /// The prompt, documents in an order drawn from `stream`. It has at least one token, and no branches yet.
    public func sequence(for query: RankedQuery, stream: inout RandomStream) -> PackedSequence {
        var documents = query.documents
        stream.shuffle(&documents)
        return switch writing {
        case .text(let template): parts(template, query.query, documents).sequence(attention)
        case .marks(let parts): parts.parts(query.query, documents).sequence(attention)
        case .titles(let parts): parts.parts(query.query, documents).sequence(attention)
        }
    }

    private func parts(_ template: PromptTemplate, _ query: Int32, _ documents: [Int32]) -> PromptParts {
        let shown = documents.map { style.document(collection.entities[Int($0)]) }
        // The parts have been encoded before. Should a tokenizer join two of them to something that it has no token for,
        // the prompt without documents is still one that can be asked.
        let whole = try? encoded(template, query: collection.text(query), documents: shown)
        let bare = { try? encoded(template, query: "", documents: ["", ""]) }
        var parts = whole ?? bare() ?? PromptParts(before: [], after: [])
        if let begin = tokenizer.beginToken { parts.before.insert(begin, at: 0) }
        return parts
    }

    /// A prompt's tokens, in parts where its documents are blocks.
    private func encoded(
        _ template: PromptTemplate, query: String, documents: [String]
    ) throws(TokenizerError) -> PromptParts {
        guard attention == .blocks else {
            let text = style.text(template, query: query, documents: documents)
            return PromptParts(before: try tokenizer.encode(text), after: [])
        }
        return try encoded(style.parts(template, query: query, documents: documents))
    }

    /// Each part's own tokens: a token that reached over a document's end would be in two blocks.
    private func encoded(
        _ text: (before: String, documents: [String], after: String)
    ) throws(TokenizerError) -> PromptParts {
        var parts = PromptParts(before: try tokenizer.encode(text.before))
        var last = text.before
        for document in text.documents {
            parts.documents.append(try Self.encode(document, behind: last, tokenizer))
            last = document
        }
        parts.after = try Self.encode(text.after, behind: last, tokenizer)
        return parts
    }

    /// The tokens of a text that goes on behind another: some tokenizers put a blank before a text of its own.
    private static func encode(
        _ text: String, behind before: String, _ tokenizer: any Tokenizer
    ) throws(TokenizerError) -> [Int32] {
        // The x takes the blank that a tokenizer may put before a text, and the last character
        // decides how the text is joined.
        let end = "x" + before.suffix(1)
        let (own, both) = (try tokenizer.encode(end), try tokenizer.encode(end + text))
        return both.starts(with: own) ? Array(both.dropFirst(own.count)) : try tokenizer.encode(text)
    }

    /// The prompt of an evaluated query: in the same order whenever and by whomever it is evaluated.
    public func evaluationSequence(for query: RankedQuery) -> PackedSequence {
        var stream = query.evaluationStream
        return sequence(for: query, stream: &stream)
    }

    /// A prompt, or what a model wrote after it, as a person reads it. Ids beyond the pieces give nothing.
    public func text(_ ids: [Int32]) -> String {
        switch writing {
        case .text: tokenizer.decode(ids)
        case .marks: MarkedParts.text(ids, tokenizer)
        case .titles(let parts): parts.text(ids, tokenizer)
        }
    }

    /// The parts of prompts that show titles; nil for other prompts.
    var titledParts: TitledParts? {
        guard case .titles(let parts) = writing else { return nil }
        return parts
    }

    /// The tokenizer.json that turns such a prompt's text into its tokens.
    ///
    /// - Throws: What reading a pretrained model's file throws.
    public func tokenizerFile() throws -> String { try makeFile() }
}

extension RankingPrompt {
    /// Prompts as a pretrained model's tokenizer writes them.
    ///
    /// - Throws: As `init(tokenizer:template:collection:file:)`.
    public init(
        model: PretrainedModel, template: PromptTemplate, collection: Collection,
        attention: PromptAttention = .dense
    ) throws {
        try self.init(
            tokenizer: model.tokenizer, template: template, collection: collection, attention: attention,
            file: { try model.tokenizerFile() })
    }

    /// The prompts of a run that starts from a pretrained model.
    init(_ model: PretrainedModel, _ configuration: AutoregressiveConfiguration, _ task: RankingTask) throws {
        try self.init(
            model: model, template: configuration.prompt, collection: task.collection,
            attention: configuration.attention)
    }
}

extension RankedQuery {
    /// The stream that shuffles this query's prompt in evaluations: the same for every run and split.
    var evaluationStream: RandomStream {
        RandomStream(seed: 0, name: "evaluation.prompts", index: UInt64(query))
    }
}
