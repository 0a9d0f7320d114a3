/// A pretrained model's tokenizer: byte-pair encoding over bytes (GPT-2's kind) or over characters with bytes
/// to fall back on (SentencePiece's kind), as the model's files define it.
///
/// Text is cut at added tokens (`<|im_end|>`), normalised, cut into words by the pre-tokenizer's rules, and each word is
/// merged pair by pair, the earliest learned merge first (Sennrich et al. 2016, arXiv 1508.07909). Merging takes
/// n log n steps for a word of n symbols.
public struct BytePairTokenizer: Tokenizer {
    /// What a word's symbols are before any merge.
    enum Symbols: Sendable, Equatable {
        /// One for each byte of UTF-8.
        case bytes
        /// One for each Unicode scalar; scalars without a token become their bytes' tokens `<0x0A>`, if there are any,
        /// or the unknown token, a run of which is one where `fusesUnknown`.
        case scalars(fusesUnknown: Bool)
    }

    /// The bytes of each token; the text itself for added tokens.
    let pieces: [[UInt8]]
    let symbols: Symbols
    let rules: PreTokenizer
    /// Added tokens, which are found in the text before anything else.
    let added: AddedTokens
    /// Token ids of single symbols: of bytes, of scalars, and of bytes fallen back on (-1: none).
    let symbolIds: SymbolIds
    let merges: [UInt64: BytePairMerge]
    /// Whole words that are tokens are not merged up from their symbols (Llama 3's `ignore_merges`).
    let wholeWords: [[UInt8]: Int32]
    let unknownToken: Int32?
    /// What stands before every text that the model reads on its own.
    public let beginToken: Int32?

    struct SymbolIds: Sendable, Equatable {
        var bytes = [Int32](repeating: -1, count: 256)
        var scalars: [Unicode.Scalar: Int32] = [:]
    }

    public var count: Int { pieces.count }

    /// For people: what kind of tokenizer this is.
    public var summary: String {
        (symbols == .bytes ? "byte-level BPE" : "BPE over characters") + ", \(merges.count) merges"
    }

    /// The text's token ids, without a begin token; texts of added tokens become those tokens.
    public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        for part in added.split(text) {
            switch part {
            case .token(let id): ids.append(id)
            case .text(let text, let isFirst):
                for word in rules.words(of: text, isFirst: isFirst) { try append(word, of: text, to: &ids) }
            }
        }
        return ids
    }

    private func append(_ word: Substring, of text: String, to ids: inout [Int32]) throws(TokenizerError) {
        if !wholeWords.isEmpty, let whole = wholeWords[Array(word.utf8)] {
            ids.append(whole)
            return
        }
        var chain = MergeChain(try symbols(of: word, text))
        chain.merge(merges)
        chain.append(to: &ids)
    }

    private func symbols(of word: Substring, _ text: String) throws(TokenizerError) -> [Int32] {
        switch symbols {
        case .bytes:
            var ids: [Int32] = []
            for byte in word.utf8 {
                guard symbolIds.bytes[Int(byte)] >= 0 else { throw .unknownByte(byte, text: text) }
                ids.append(symbolIds.bytes[Int(byte)])
            }
            return ids
        case .scalars(let fusesUnknown):
            return try scalarSymbols(word, text, fusesUnknown: fusesUnknown)
        }
    }

    private func scalarSymbols(
        _ word: Substring, _ text: String, fusesUnknown: Bool
    ) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        var lastIsUnknown = false
        for scalar in word.unicodeScalars {
            if let id = symbolIds.scalars[scalar] {
                ids.append(id)
                lastIsUnknown = false
                continue
            }
            let bytes = scalar.utf8.map { symbolIds.bytes[Int($0)] }
            if !bytes.contains(-1) {
                ids += bytes
                lastIsUnknown = false
            } else if let unknownToken {
                if !(fusesUnknown && lastIsUnknown) { ids.append(unknownToken) }
                lastIsUnknown = true
            } else {
                throw .unknownByte(scalar.utf8.first ?? 0, text: text)
            }
        }
        return ids
    }

    /// The text of token ids; ids beyond the vocabulary give nothing. Bytes that are no UTF-8 become U+FFFD.
    public func decode(_ ids: [Int32]) -> String {
        let bytes = ids.flatMap { $0 >= 0 && Int($0) < pieces.count ? pieces[Int($0)] : [] }
        return rules.restored(String(decoding: bytes, as: UTF8.self))
    }
}
