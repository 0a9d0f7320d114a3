/// A pretrained model's tokenizer: byte-pair encoding over bytes (GPT-2's kind) or over characters with bytes
/// to fall back on (SentencePiece's kind), as the model's files define it.
///
/// Text is cut at added tokens (`<|im_end|>`), normalised, cut at added tokens that are sought in normalised text, cut into
/// words by the pre-tokenizer's rules, and each word is merged pair by pair, the earliest learned merge first
/// (Sennrich et al. 2016, arXiv 1508.07909). Merging takes n log n steps for a word of n symbols.
public struct BytePairTokenizer: Tokenizer {
    /// What a word's symbols are before any merge.
    enum Symbols: Sendable, Equatable {
        /// One for each byte of UTF-8.
        case bytes
        /// One for each Unicode scalar; scalars without a token become their bytes' tokens `<0x0A>`, if there are any.
        case scalars
    }

    /// The bytes of each token; the text itself for added tokens.
    let pieces: [[UInt8]]
    let symbols: Symbols
    let rules: PreTokenizer
    /// Added tokens that are found in the text before anything else.
    let added: AddedTokens
    /// Added tokens that are found in normalised text, each spelled as normalisation spells it.
    let addedToNormalized: AddedTokens
    /// Token ids of single symbols: of bytes, of scalars, and of bytes fallen back on (-1: none).
    let symbolIds: SymbolIds
    let merges: [UInt64: BytePairMerge]
    /// Words, as the vocabulary spells them, that are tokens and so are not merged up from their symbols
    /// (Llama 3's `ignore_merges`).
    let wholeWords: [[UInt8]: Int32]
    /// What stands for a symbol without a token; nil where a text with one cannot be encoded.
    let unknownToken: Int32?
    /// Whether a run of symbols without a token is one unknown token.
    let fusesUnknown: Bool
    /// What stands before every text that the model reads on its own; nil where nothing does.
    public let beginToken: Int32?
    /// Tokens below have a row in the model's embedding; texts that need another cannot be encoded.
    var embedded: Int

    struct SymbolIds: Sendable, Equatable {
        var bytes = [Int32](repeating: -1, count: 256)
        var scalars: [Unicode.Scalar: Int32] = [:]
    }

    /// The number of token ids, which the model's embedding may exceed or fall short of.
    public var count: Int { pieces.count }

    /// For people: what kind of tokenizer this is.
    public var summary: String {
        (symbols == .bytes ? "byte-level BPE" : "BPE over characters") + ", \(merges.count) merges"
    }

    /// The text's token ids, without a begin token; texts of added tokens become those tokens.
    ///
    /// - Throws: `TokenizerError.unknownByte` where the vocabulary has no token for a part of the text, `.notEmbedded` where
    ///   the token has no row in the model's embedding.
    public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        for part in added.split(text) {
            switch part {
            case .token(let id): ids.append(id)
            case .text(let text, let isFirst): try append(text, isFirst: isFirst, to: &ids)
            }
        }
        if let id = ids.first(where: { Int($0) >= embedded }) {
            throw .notEmbedded(String(decoding: pieces[Int(id)], as: UTF8.self), id: id, rows: embedded)
        }
        return ids
    }

    /// Appends the tokens of a stretch of text between added tokens.
    private func append(
        _ text: String, isFirst: Bool, to ids: inout [Int32]
    ) throws(TokenizerError) {
        for part in addedToNormalized.split(rules.normalized(text)) {
            switch part {
            case .token(let id): ids.append(id)
            case .text(let stretch, let begins):
                for word in try rules.words(of: stretch, isFirst: isFirst && begins) {
                    try append(word, of: text, to: &ids)
                }
            }
        }
    }

    private func append(_ word: Substring, of text: String, to ids: inout [Int32]) throws(TokenizerError) {
        if !wholeWords.isEmpty, let whole = wholeWords[spelling(of: word)] {
            ids.append(whole)
            return
        }
        var chain = MergeChain(try symbols(of: word, text))
        chain.merge(merges)
        chain.append(to: &ids)
    }

    /// A word as the vocabulary would spell it.
    private func spelling(of word: Substring) -> [UInt8] {
        guard symbols == .bytes else { return Array(word.utf8) }
        return word.utf8.flatMap { Array(String(Character(ByteSpelling.scalarOf[Int($0)])).utf8) }
    }

    /// A word's symbols before any merge.
    ///
    /// An unknown token waits for the next known symbol or the end, and bytes fallen back on overtake it: so do they in the
    /// tokenizers library, which leaves out a symbol that nothing stands for.
    private func symbols(of word: Substring, _ text: String) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        var isUnknownPending = false
        func append(_ known: [Int32]?, _ byte: UInt8) throws(TokenizerError) {
            if let known {
                if isUnknownPending, let unknownToken { ids.append(unknownToken) }
                isUnknownPending = false
                ids += known
                return
            }
            guard let unknownToken else { throw .unknownByte(byte, text: text) }
            if isUnknownPending && !fusesUnknown { ids.append(unknownToken) }
            isUnknownPending = true
        }
        switch symbols {
        case .bytes:
            for byte in word.utf8 {
                let id = symbolIds.bytes[Int(byte)]
                try append(id < 0 ? nil : [id], byte)
            }
        case .scalars:
            for scalar in word.unicodeScalars {
                let bytes = scalar.utf8.map { symbolIds.bytes[Int($0)] }
                if symbolIds.scalars[scalar] == nil, !bytes.contains(-1) {
                    ids += bytes
                } else {
                    try append(symbolIds.scalars[scalar].map { [$0] }, scalar.utf8.first ?? 0)
                }
            }
        }
        if isUnknownPending, let unknownToken { ids.append(unknownToken) }
        return ids
    }

    /// The text of token ids; ids beyond the vocabulary give nothing. Bytes that are no UTF-8 become U+FFFD.
    public func decode(_ ids: [Int32]) -> String {
        // The bytes of all tokens are joined first: a character may be several tokens.
        let bytes = ids.flatMap { $0 >= 0 && Int($0) < pieces.count ? pieces[Int($0)] : [] }
        return rules.restored(String(decoding: bytes, as: UTF8.self))
    }

    /// The same tokenizer for a model whose embedding has so many rows.
    ///
    /// A tokenizer may have more tokens than the model, as in transformers, as long as no text needs them.
    /// - Throws: `ModelFileError.unsupported` where every text would: the begin token has no row.
    func limited(to rows: Int, path: String) throws(ModelFileError) -> BytePairTokenizer {
        if let beginToken, Int(beginToken) >= rows {
            throw .unsupported(
                file: path,
                what:
                    "its tokenizer puts token \(beginToken) before every text, and its vocabulary has \(rows) tokens"
            )
        }
        var limited = self
        limited.embedded = rows
        return limited
    }
}
