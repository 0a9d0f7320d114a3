import LanguageModels
import RankingData

/// Beam search for docIDs, the most probable continuations of a prompt (Sutskever et al. 2014, arXiv 1409.3215).
///
/// Hypotheses of the same length compete by the sum of their tokens' log-probabilities. Finished hypotheses, whose lengths
/// differ, compete by the mean, which is the score of section 5.1, whatever score a run is evaluated by. No token marks the
/// end of a docID: a hypothesis is finished when its tokens are a docID, and it also goes on where longer docIDs begin with
/// these tokens. A beam that is as wide as the trie has docIDs therefore scores each of them.
public struct BeamSearch {
    /// What a hypothesis may consist of.
    public enum Constraint: String, Sendable, CaseIterable {
        /// Only tokens that lead to a docID of the trie.
        case trie
        /// Any piece of the tokenizer. A hypothesis that leaves the trie can become no docID any more, so it ends there.
        case free
    }

    /// A finished hypothesis.
    public struct Result: Sendable, Equatable {
        /// The document whose docID was written; nil where the tokens are no docID.
        public var document: Int32?
        /// The tokens written, at least one.
        public var tokens: [Int32]
        /// The mean log-probability of the tokens.
        public var score: Float
    }

    let decoder: Decoder
    let trie: DocumentTrie
    let width: Int
    let constraint: Constraint
    let pieces: Int

    /// - Parameters:
    ///   - width: Hypotheses kept at each step, at least 1.
    ///   - pieces: The number of the tokenizer's pieces. Ids beyond them have no text and are never written; `.max` where
    ///     every id of the decoder's vocabulary is a piece.
    public init(
        decoder: Decoder, trie: DocumentTrie, width: Int, constraint: Constraint = .trie, pieces: Int = .max
    ) {
        precondition(width >= 1, "width must be at least 1, is \(width)")
        self.pieces = pieces
        self.decoder = decoder
        self.trie = trie
        self.width = width
        self.constraint = constraint
    }

    private struct Hypothesis {
        var tokens: [Int32] = []
        var sum: Float = 0
        /// Where its tokens lead in the trie; nil where they have left it.
        var node: Int? = DocumentTrie.root
    }

    private struct Step {
        var parent: Int
        var token: Int32
        var sum: Float

        func comesBefore(_ other: Step) -> Bool {
            sum != other.sum ? sum > other.sum : (parent, token) < (other.parent, other.token)
        }
    }

    /// The best `width` continuations of `prompt`, which has no branches; best first, fewer where fewer exist.
    public func search(_ prompt: PackedSequence) -> [Result] {
        Array(outputs(prompt).sorted { $0.score > $1.score }.prefix(width))
    }

    /// All hypotheses that the beam has finished, the shortest first.
    ///
    /// Each round of the loop adds one token to every open hypothesis. No docID is longer than the trie is deep, so that is
    /// how many rounds there are; an empty trie has none.
    func outputs(_ prompt: PackedSequence) -> [Result] {
        var open = [Hypothesis()]
        var results: [Result] = []
        for length in 1...max(1, trie.depth) where !open.isEmpty && trie.depth > 0 {
            let steps = best(expansions(of: open, prompt))
            open = steps.compactMap { step in
                let parent = open[step.parent]
                let next = Hypothesis(
                    tokens: parent.tokens + [step.token], sum: step.sum,
                    node: parent.node.flatMap { trie.child(of: $0, step.token) })
                let document = next.node.flatMap { trie.document(at: $0) }
                if document != nil || next.node == nil {
                    results.append(
                        Result(document: document, tokens: next.tokens, score: next.sum / Float(length)))
                }
                return next.node.map { !trie.isLeaf($0) } ?? false ? next : nil
            }
        }
        return results
    }

    /// One forward pass over the prompt with all hypotheses as branches of one tree.
    private func expansions(of open: [Hypothesis], _ prompt: PackedSequence) -> [Step] {
        var sequence = prompt
        var tree = BranchTree(root: sequence.root)
        // Hypotheses with a common beginning share its nodes.
        let places = open.map { hypothesis in
            hypothesis.tokens.reduce(sequence.root) { tree.child(of: $0, token: $1, in: &sequence) }
        }
        let batch = PackedBatch([sequence])
        let next = decoder.logProbabilities(batch, rows: places.map { batch.row(sequence: 0, place: $0) })
        let vocabulary = decoder.parameters.configuration.vocabulary
        return open.indices.flatMap { index in
            steps(from: index, open[index], next[(index * vocabulary)..<((index + 1) * vocabulary)])
        }
    }

    private func steps(
        from index: Int, _ hypothesis: Hypothesis, _ logProbabilities: ArraySlice<Float>
    ) -> [Step] {
        func step(_ token: Int32) -> Step {
            Step(
                parent: index, token: token,
                sum: hypothesis.sum + logProbabilities[logProbabilities.startIndex + Int(token)])
        }
        switch constraint {
        case .trie:
            return hypothesis.node.map { trie.nodes[$0].children.keys.sorted().map(step) } ?? []
        case .free:
            // Of one hypothesis no more than `width` steps can be among the best of all.
            return best((0..<Int32(min(logProbabilities.count, pieces))).map(step))
        }
    }

    /// The `width` steps of largest sum. Among equal sums the earlier hypothesis comes first, then the smaller token, so that
    /// a search always gives the same result.
    private func best(_ steps: [Step]) -> [Step] {
        var best: [Step] = []
        for step in steps {
            guard best.count < width || step.comesBefore(best[width - 1]) else { continue }
            if best.count == width { best.removeLast() }
            best.insert(step, at: best.firstIndex { step.comesBefore($0) } ?? best.endIndex)
        }
        return best
    }
}

extension DecoderRanker {
    /// What the model writes for a query: any text, or only docIDs of `trie`.
    ///
    /// - Parameter width: Hypotheses kept at each step, and the most results; at least 1.
    public func beamSearch(
        _ query: RankedQuery, trie: DocumentTrie, width: Int, constraint: BeamSearch.Constraint
    ) -> [BeamSearch.Result] {
        BeamSearch(
            decoder: decoder, trie: trie, width: width, constraint: constraint, pieces: prompt.pieceCount
        ).search(prompt.evaluationSequence(for: query))
    }
}
