import LanguageModels
import RankingData
import Tensors

/// How a pretrained model is asked.
public enum PromptTemplate: String, Codable, Hashable, Sendable, CaseIterable {
    /// The paper's prompt for WordNet, word for word (appendix B.1).
    case instruction
    /// The same without its first paragraph, which says what is asked for: a third of the tokens.
    case compact
}

/// A prompt in a pretrained model's own tokens.
public struct PretrainedPrompt: RankingPrompt {
    static let instruction = """
        You are a helpful assistant that can answer questions about WordNet. You are given a noun synset from WordNet \
        and a set of hypernyms for that synset. The hypernyms are separated by the delimiter '||'. Your task is to \
        output the most specific hypernym for the synset out of the given set of hypernyms.
        """

    private let model: PretrainedModel
    private let template: PromptTemplate
    private var tokenizer: BytePairTokenizer { model.tokenizer }
    private let collection: Collection
    public let tokens: [[Int32]]
    public var pieceCount: Int { tokenizer.count }

    /// - Throws: `TokenizerError` for a name that the tokenizer cannot write.
    public init(model: PretrainedModel, template: PromptTemplate, collection: Collection) throws {
        self.model = model
        self.template = template
        self.collection = collection
        let tokenizer = model.tokenizer
        // As they follow the prompt's last colon: some tokenizers put a blank before a text of its own.
        let colon = try tokenizer.encode("x:")
        tokens = try collection.entities.map { entity in
            let both = try tokenizer.encode("x: " + entity.docID)
            return both.starts(with: colon)
                ? Array(both.dropFirst(colon.count)) : try tokenizer.encode(" " + entity.docID)
        }
        for entity in collection.entities where !entity.text.utf8.elementsEqual(entity.docID.utf8) {
            for text in [entity.text, entity.listed] { _ = try tokenizer.encode(text) }
        }
        _ = try tokenizer.encode(text(query: "", documents: []))
    }

    /// The prompt of a run.
    init(_ model: PretrainedModel, _ configuration: AutoregressiveConfiguration, _ task: RankingTask) throws {
        try self.init(
            model: model, template: configuration.prompt ?? .instruction, collection: task.collection)
    }

    private func text(query: String, documents: [String]) -> String {
        let question = """
            Synset: \(query)

            Hypernyms: \(documents.joined(separator: " || "))

            Most specific hypernym:
            """
        return switch template {
        case .instruction: Self.instruction + "\n\n" + question
        case .compact: question
        }
    }

    public func tokens(for query: RankedQuery, stream: inout RandomStream) -> [Int32] {
        var documents = query.documents
        stream.shuffle(&documents)
        let text = text(
            query: collection.text(query.query),
            documents: documents.map { collection.entities[Int($0)].listed })
        // Texts and template have been encoded once, so this cannot fail.
        let ids = (try? tokenizer.encode(text)) ?? []
        return (tokenizer.beginToken.map { [$0] } ?? []) + ids
    }

    public func tokenizerFile() throws -> String { try model.tokenizerFile() }

    public func text(_ prompt: [Int32]) -> String { tokenizer.decode(prompt) }
}
