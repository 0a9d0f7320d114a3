import LanguageModels
import RankingData

/// What a ranker writes, one most probable piece after another, until it is a docID or can become none.
struct GreedyDecode {
    private(set) var tokens: [Int32] = []
    /// Where the tokens lead in the trie; nil where they have left it.
    private var node: Int? = DocumentTrie.root
    private(set) var document: Int32?

    /// Whether more tokens may still give a docID.
    var isOpen: Bool { document == nil && node != nil }

    mutating func append(_ token: Int32, in trie: DocumentTrie) {
        tokens.append(token)
        node = node.flatMap { trie.child(of: $0, token) }
        document = node.flatMap { trie.document(at: $0) }
    }
}

extension DecoderRanker {
    /// For each query whether greedy decoding arrives at a docID.
    ///
    /// Each round decodes one more token of every query that is still open, all of them packed into shared batches.
    /// - Parameter decodes: How far each query's decode is known already.
    func writesDocuments(_ queries: ArraySlice<RankedQuery>, _ decodes: [GreedyDecode]) -> [Bool] {
        var decodes = decodes
        let queries = Array(queries)
        while true {
            let open = decodes.indices.filter {
                // What is longer than every docID can become none.
                decodes[$0].isOpen && decodes[$0].tokens.count < everyDocument.depth
            }
            guard !open.isEmpty else { return decodes.map { $0.document != nil } }
            let sequences = open.map { index in
                var sequence = prompt.evaluationSequence(for: queries[index])
                for token in decodes[index].tokens {
                    _ = sequence.append(token: token, parent: sequence.tokens.count - 1)
                }
                return sequence
            }
            for (index, token) in zip(open, mostProbableTokens(after: sequences)) {
                decodes[index].append(token, in: everyDocument)
            }
        }
    }

    /// The most probable token after each sequence's last.
    private func mostProbableTokens(after sequences: [PackedSequence]) -> [Int32] {
        let groups = groups(sequences).map { $0.map { sequences[$0] } }
        let batches = groups.map { PackedBatch($0) }
        let asked = zip(groups, batches).map { group, batch in
            group.indices.map {
                // Any token will do: only the most probable one is read from the answer.
                RowToken(row: batch.row(sequence: $0, place: group[$0].tokens.count - 1), token: 0)
            }
        }
        return decoder.scores(batches, asked, pieces: prompt.pieceCount).flatMap(\.mostProbable)
    }
}
