import LanguageModels
import RankingData
import Tensors

/// Writes prompts over one collection, in the collection's style, with one tokenizer.
///
/// A pretrained model's tokenizer writes the style's text. A vocabulary that was learned from the collection knows its
/// words and no others, so that two marks take the place of labels, delimiters and cue: see RankingPrompt+Learned.swift.
/// Documents stand in a random order, and the negative is never among them (section 5.1).
public struct RankingPrompt: Sendable {
    /// What the collection says of how to ask.
    public let style: PromptStyle
    /// Turns text into tokens and back.
    public let tokenizer: any Tokenizer
    /// Token ids of every entity's docID, as they follow a prompt.
    public let tokens: [[Int32]]
    private let collection: Collection
    private let writing: Writing
    private let makeFile: @Sendable () throws -> String

    private enum Writing {
        case text(PromptTemplate)
        case marks(MarkedParts)
    }

    /// Prompts as a tokenizer of running text writes them.
    ///
    /// - Parameter file: Makes the text of the tokenizer's tokenizer.json.
    /// - Throws: `TokenizerError` where the tokenizer cannot write some text of the style or of the collection,
    ///   `ConfigurationError` for a style that does not exist.
    public init(
        tokenizer: any Tokenizer, template: PromptTemplate, collection: Collection,
        file: @escaping @Sendable () throws -> String
    ) throws {
        let style = try PromptStyle.named(collection.promptStyle)
        // As docIDs follow the end of the cue: some tokenizers put a blank before a text of its own.
        let end = "x" + style.cue.suffix(1)
        let endTokens = try tokenizer.encode(end)
        tokens = try collection.entities.map { entity in
            let both = try tokenizer.encode("\(end) \(entity.docID)")
            return both.starts(with: endTokens)
                ? Array(both.dropFirst(endTokens.count)) : try tokenizer.encode(" " + entity.docID)
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
        writing = .text(template)
        makeFile = file
    }

    /// Prompts of a vocabulary that was learned from the collection.
    ///
    /// - Throws: `TokenizerError` where the collection has a text that the vocabulary cannot write,
    ///   `ConfigurationError` for a style that does not exist.
    public init(learned vocabulary: BytePairVocabulary, collection: Collection) throws {
        style = try PromptStyle.named(collection.promptStyle)
        tokens = try collection.entities.map { try vocabulary.encode($0.docID) }
        let parts = try MarkedParts(vocabulary, style, collection, docIDs: tokens)
        tokenizer = vocabulary
        self.collection = collection
        writing = .marks(parts)
        makeFile = { vocabulary.tokenizerFile(specialNames: MarkedParts.names) }
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
        }
    }

    /// The prompt's tokens, documents in an order drawn from `stream`. There is at least one.
    public func tokens(for query: RankedQuery, stream: inout RandomStream) -> [Int32] {
        var documents = query.documents
        stream.shuffle(&documents)
        return switch writing {
        case .text(let template): tokens(template, query.query, documents)
        case .marks(let parts): parts.tokens(query.query, documents)
        }
    }

    private func tokens(_ template: PromptTemplate, _ query: Int32, _ documents: [Int32]) -> [Int32] {
        let documents = documents.map { style.document(collection.entities[Int($0)]) }
        let text = style.text(template, query: collection.text(query), documents: documents)
        // The parts have been encoded before. Should a tokenizer join two of them to something that it has no token for,
        // the prompt without documents is still one that can be asked.
        let ids =
            (try? tokenizer.encode(text))
            ?? (try? tokenizer.encode(style.text(template, query: "", documents: ["", ""]))) ?? []
        return (tokenizer.beginToken.map { [$0] } ?? []) + ids
    }

    /// The prompt's tokens of an evaluated query: in the same order whenever and by whomever it is evaluated.
    public func evaluationTokens(for query: RankedQuery) -> [Int32] {
        var stream = query.evaluationStream
        return tokens(for: query, stream: &stream)
    }

    /// A prompt, or what a model wrote after it, as a person reads it. Ids beyond the pieces give nothing.
    public func text(_ ids: [Int32]) -> String {
        switch writing {
        case .text: tokenizer.decode(ids)
        case .marks: MarkedParts.text(ids, tokenizer)
        }
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
    public init(model: PretrainedModel, template: PromptTemplate, collection: Collection) throws {
        try self.init(
            tokenizer: model.tokenizer, template: template, collection: collection,
            file: { try model.tokenizerFile() })
    }

    /// The prompts of a run that starts from a pretrained model.
    init(_ model: PretrainedModel, _ configuration: AutoregressiveConfiguration, _ task: RankingTask) throws {
        try self.init(
            model: model, template: configuration.prompt, collection: task.collection)
    }
}

extension RankedQuery {
    /// The stream that shuffles this query's prompt in evaluations: the same for every run and split.
    var evaluationStream: RandomStream {
        RandomStream(seed: 0, name: "evaluation.prompts", index: UInt64(query))
    }
}
