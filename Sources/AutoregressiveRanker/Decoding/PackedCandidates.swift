import LanguageModels
import RankingData

/// A query with its candidates as branches, and the (place, token) pairs that their scores average.
struct PackedCandidates {
    var sequence: PackedSequence
    var tokens: [(place: Int, token: Int32)] = []
    /// The number of tokens of each candidate's docID.
    var lengths: [Int] = []
    /// The same as `DocumentScore.counted` counts them.
    private var countedLengths: [Int] = []

    init(_ query: RankedQuery, prompt: any RankingPrompt) {
        sequence = PackedSequence(prompt: prompt.evaluationTokens(for: query))
        var tree = BranchTree(root: sequence.root)
        for candidate in query.candidates {
            let own = prompt.tokens[Int(candidate.entity)]
            var place = sequence.root
            for (index, token) in own.enumerated() {
                tokens.append((place, token))
                if index + 1 < own.count { place = tree.child(of: place, token: token, in: &sequence) }
            }
            lengths.append(own.count)
            countedLengths.append(prompt.countedLength(of: candidate.entity))
        }
    }

    /// Each candidate's log-probabilities, added up.
    ///
    /// - Parameter logProbabilities: One for each of `tokens`.
    func likelihoods(_ logProbabilities: ArraySlice<Float>) -> [DocumentLikelihood] {
        var rest = logProbabilities
        return zip(lengths, countedLengths).map { length, counted in
            let own = rest.prefix(length)
            rest = rest.dropFirst(length)
            return DocumentLikelihood(sum: own.reduce(0, +), tokens: length, countedLength: counted)
        }
    }

    /// Follows the most probable tokens as far as the candidates' prefixes have them.
    func greedy(_ mostProbable: ArraySlice<Int32>, in trie: DocumentTrie) -> GreedyDecode {
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
