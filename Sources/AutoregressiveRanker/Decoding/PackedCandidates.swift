import LanguageModels
import RankingData

/// A query's prompt with its candidates as branches.
struct PackedCandidates {
    var sequence: PackedSequence
    /// The candidates in the query's order.
    let paths: DocumentPaths

    init(_ query: RankedQuery, prompt: RankingPrompt) {
        sequence = prompt.evaluationSequence(for: query)
        paths = DocumentPaths(query.candidates.map(\.entity), prompt: prompt, into: &sequence)
    }

    /// Follows the most probable tokens as far as the candidates' prefixes have them.
    ///
    /// - Parameter mostProbable: The most probable token at the place of each of the paths' pairs.
    func greedy(_ mostProbable: ArraySlice<Int32>, in trie: DocumentTrie) -> GreedyDecode {
        let (tokens, lengths) = (paths.tokens, paths.lengths)
        var decode = GreedyDecode()
        var starts: [Int] = []
        var next = 0
        for length in lengths {
            starts.append(next)
            next += length
        }
        // Candidates that begin with what has been decoded, and go on.
        var open = lengths.indices.filter { lengths[$0] > 0 }
        for depth in 0... {
            guard let candidate = open.first, decode.isOpen else { break }
            let token = mostProbable[mostProbable.startIndex + starts[candidate] + depth]
            decode.append(token, in: trie)
            open.removeAll { tokens[starts[$0] + depth].token != token || lengths[$0] <= depth + 1 }
        }
        return decode
    }
}
