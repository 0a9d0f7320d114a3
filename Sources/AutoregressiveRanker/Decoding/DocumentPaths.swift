import LanguageModels

/// Documents as branches of a packed sequence, and the (place, token) pairs whose log-probabilities make up their scores.
struct DocumentPaths: Sendable {
    /// The pairs of all documents, one document's after another's, each docID's in the order of its tokens.
    private(set) var tokens: [(place: Int, token: Int32)] = []
    /// The number of tokens of each document's docID.
    private(set) var lengths: [Int] = []
    /// The same as `DocumentScore.counted` counts them.
    private var countedLengths: [Int] = []

    /// No documents.
    init() {}

    /// Adds documents' docIDs to a sequence that has no branches yet. Prefixes that they share are computed once; a docID's
    /// last token is predicted, never read.
    init(_ documents: [Int32], prompt: RankingPrompt, into sequence: inout PackedSequence) {
        var tree = BranchTree(root: sequence.root)
        for document in documents {
            let own = prompt.tokens[Int(document)]
            var place = sequence.root
            for (index, token) in own.enumerated() {
                tokens.append((place, token))
                if index + 1 < own.count { place = tree.child(of: place, token: token, in: &sequence) }
            }
            lengths.append(own.count)
            countedLengths.append(prompt.countedLength(of: document))
        }
    }

    /// The pairs with the rows that their places have in a batch.
    func rowTokens(in batch: PackedBatch, sequence: Int) -> [RowToken] {
        tokens.map { RowToken(row: batch.row(sequence: sequence, place: $0.place), token: $0.token) }
    }

    /// Each document's log-probabilities, added up.
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
}

/// The prefix tree of a sequence's branches: finds the node of a prefix, or adds it.
struct BranchTree {
    private let root: Int
    private var children: [[(token: Int32, place: Int)]] = [[]]

    /// - Parameter root: The place of the prompt's last token, of a sequence without branches.
    init(root: Int) { self.root = root }

    /// The place of the node that `token` leads to from `place`.
    mutating func child(of place: Int, token: Int32, in sequence: inout PackedSequence) -> Int {
        // Places behind the root are given out one after another, so they number the nodes.
        if let known = children[place - root].first(where: { $0.token == token }) { return known.place }
        let added = sequence.append(token: token, parent: place)
        children[place - root].append((token, added))
        children.append([])
        return added
    }
}
