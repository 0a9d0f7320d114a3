/// Turns text into token ids and token ids into text.
///
/// A prompt is written with whatever tokenizer its model has: one that was learned from the collection
/// (`BytePairVocabulary`), or one that a pretrained model brings (`BytePairTokenizer`).
public protocol Tokenizer: Sendable {
    /// The number of token ids; ids are 0..<count.
    var count: Int { get }

    /// The token that stands before every text that the model reads on its own; nil where none does.
    var beginToken: Int32? { get }

    /// The text's token ids, without a begin token. An empty text has none.
    ///
    /// - Throws: `TokenizerError.unknownByte` where the vocabulary has no token for a part of the text.
    func encode(_ text: String) throws(TokenizerError) -> [Int32]

    /// The text of token ids. Ids that the vocabulary lacks give nothing; bytes that are no UTF-8 become U+FFFD.
    func decode(_ ids: [Int32]) -> String
}

extension Tokenizer {
    /// Most vocabularies that are learned here have no begin token.
    public var beginToken: Int32? { nil }
}

/// Text that a vocabulary cannot encode, or a vocabulary that text cannot be read into.
public enum TokenizerError: Error, Equatable, CustomStringConvertible {
    case unknownByte(UInt8, text: String)
    case malformed(String)
    /// A token that the model has no embedding for.
    case notEmbedded(String, id: Int32, rows: Int)
    /// Text on which a regular expression of the tokenizer cannot be run to its end.
    case unmatchable(pattern: String)

    /// A sentence that names the text and what the vocabulary lacks.
    public var description: String {
        switch self {
        case .unknownByte(let byte, let text):
            "the vocabulary has no piece for byte \(byte) of '\(text)': it was learned from other names"
        case .malformed(let line):
            "'\(line)' is no line of a byte-pair vocabulary"
        case .notEmbedded(let token, let id, let rows):
            "the token '\(token)' has the id \(id), and the model's vocabulary has \(rows) tokens: this model was not trained with it"
        case .unmatchable(let pattern):
            "a text is too long for the tokenizer's pattern \(pattern)"
        }
    }
}
