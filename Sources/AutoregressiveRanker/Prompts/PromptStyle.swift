import Options
import RankingData

/// How a language model is asked about a kind of data: what a prompt says beside the query and its documents.
///
/// A collection names its style (`Collection.promptStyle`), and `RankingPrompt` writes in it. A prompt reads
///
///     instruction
///
///     Query: the query's text
///
///     Documents: one || another || a third
///
///     Most relevant document:
///
/// and the model answers with a docID.
public struct PromptStyle: Hashable, Sendable {
    /// What a prompt shows of a document.
    public enum DocumentFormat: Hashable, Sendable {
        /// The docID, and after a colon the text where that says more.
        case listed
        /// The docID in square brackets, then the text, as in appendix B.2.
        case bracketed
    }

    /// What collections call the style.
    public let name: String
    /// The first paragraph, which says what is asked for.
    public let instruction: String
    /// What stands before the query.
    public let queryLabel: String
    /// What stands before the documents.
    public let documentsLabel: String
    /// How each document is shown.
    public let documentFormat: DocumentFormat
    /// What stands between two documents.
    public let delimiter: String
    /// The last line, which the docID follows.
    public let cue: String

    /// Whether documents have a title beside the docID, by which they are known.
    var showsTitles: Bool { documentFormat == .bracketed }

    /// What a prompt shows of a document.
    public func document(_ entity: Entity) -> String {
        switch documentFormat {
        case .listed: entity.listed
        case .bracketed: "[\(entity.docID)] \(entity.text)"
        }
    }

    /// A prompt's text.
    ///
    /// - Parameters:
    ///   - query: The query's text.
    ///   - documents: What `document(_:)` gives, in the order in which the model shall read them.
    public func text(_ template: PromptTemplate, query: String, documents: [String]) -> String {
        let question = [
            "\(queryLabel) \(query)", "\(documentsLabel) \(documents.joined(separator: delimiter))", cue,
        ]
        return switch template {
        case .instruction: ([instruction] + question).joined(separator: "\n\n")
        case .question: question.joined(separator: "\n\n")
        }
    }

    /// A prompt's text in parts, which are that text one behind the other where there are documents.
    ///
    /// A delimiter belongs to the document before it, and the blank that ends it to the next: so do tokenizers cut.
    func parts(
        _ template: PromptTemplate, query: String, documents: [String]
    ) -> (before: String, documents: [String], after: String) {
        let question = "\(queryLabel) \(query)\n\n\(documentsLabel)"
        let before = template == .instruction ? "\(instruction)\n\n\(question)" : question
        let shown = documents.enumerated().map { index, document in
            " " + document + (index + 1 < documents.count ? String(delimiter.dropLast()) : "")
        }
        return (before, shown, "\n\n" + cue)
    }
}

/// How much of a style's text a pretrained model reads.
public enum PromptTemplate: String, Hashable, Sendable, CaseIterable {
    /// All of it, as in the paper.
    case instruction
    /// All but the instruction: of WordNet's prompts two thirds of the tokens.
    case question
}

extension PromptStyle {
    /// WordNet: synsets and their hypernyms (appendix B.1, word for word).
    public static let wordNet = PromptStyle(
        name: Taxonomy.wordNetStyle,
        instruction: """
            You are a helpful assistant that can answer questions about WordNet. You are given a noun synset from WordNet \
            and a set of hypernyms for that synset. The hypernyms are separated by the delimiter '||'. Your task is to \
            output the most specific hypernym for the synset out of the given set of hypernyms.
            """,
        queryLabel: "Synset:", documentsLabel: "Hypernyms:", documentFormat: .listed, delimiter: " || ",
        cue: "Most specific hypernym:")

    /// Product search: queries and product titles with docIDs (appendix B.2, word for word).
    public static let productSearch = PromptStyle(
        name: "product-search",
        instruction: """
            You are a helpful assistant that can answer questions about the ESCI shopping queries dataset. You are given a \
            query and a list of product titles for that query. Each product title is preceded by its docID in square \
            brackets, and the product titles are separated by the delimiter '||'. Your task is to generate the docID of \
            the most relevant product title to the query out of the given set of product titles and their docIDs.
            """,
        queryLabel: "Query:", documentsLabel: "Product titles:", documentFormat: .bracketed,
        delimiter: " || ", cue: "Most relevant product title:")

    /// Data that say nothing of their kind: what users import. In the paper's manner; it has no such prompt.
    public static let neutral = PromptStyle(
        name: Collection.neutralStyle,
        instruction: """
            You are a helpful assistant that can rank documents by their relevance to a query. You are given a query and \
            a set of documents. The documents are separated by the delimiter '||'. Your task is to output the most \
            relevant document for the query out of the given set of documents.
            """,
        queryLabel: "Query:", documentsLabel: "Documents:", documentFormat: .listed, delimiter: " || ",
        cue: "Most relevant document:")

    /// Every style that a collection can name.
    public static let all = [wordNet, productSearch, neutral]

    /// The style of a name.
    ///
    /// - Throws: `ConfigurationError.outOfRange` where none has it.
    public static func named(_ name: String) throws(ConfigurationError) -> PromptStyle {
        guard let style = all.first(where: { $0.name == name }) else {
            throw .outOfRange(
                option: "the collection's prompt style", value: name,
                legal: all.map(\.name).joined(separator: ", "))
        }
        return style
    }
}
