import LanguageModels
import RankingData
import Tensors

/// Turns queries into packed sequences with the targets of a loss.
public struct MinibatchPacker: Sendable {
    /// Writes the queries' prompts.
    public let prompt: RankingPrompt
    /// The loss that the targets are made for.
    public let loss: LossConfiguration
    /// The weight of a prompt's token in the loss.
    public let promptWeight: Double
    /// The run's seed.
    public let seed: UInt64
    let training: TrainingLoss
    /// nil where queries ask for their documents.
    private let questions: MatchingQuestions?

    /// - Parameters:
    ///   - promptWeight: The weight of a prompt's token in the loss, beside the documents'.
    ///   - seed: The run's seed; it shuffles the prompts.
    public init(prompt: RankingPrompt, loss: LossConfiguration, promptWeight: Double, seed: UInt64) {
        self.init(prompt: prompt, loss: loss, promptWeight: promptWeight, seed: seed, questions: nil)
    }

    /// - Parameter questions: What each document of a prompt is asked for by; nil asks for a query's documents.
    init(
        prompt: RankingPrompt, loss: LossConfiguration, promptWeight: Double, seed: UInt64,
        questions: MatchingQuestions?
    ) {
        self.prompt = prompt
        self.loss = loss
        self.promptWeight = promptWeight
        self.seed = seed
        training = loss.training
        self.questions = questions
    }

    /// A query as a packed sequence with targets.
    public struct PackedQuery: Sendable {
        /// The prompt with the documents as branches.
        public var sequence: PackedSequence
        /// What the loss asks of the sequence's tokens; of a loss of scores only once `weigh` has asked the decoder.
        public var targets: [TokenTarget]
        /// (query, document) points that carry weight.
        public var points: Int
        /// How often the query counts in the mean over a minibatch.
        public var terms: Int
        /// The documents' scores, for a loss of scores; otherwise empty.
        var paths = DocumentPaths()
    }

    /// Packs one query.
    ///
    /// - Parameters:
    ///   - draw: The number of the query's draw in the whole training, which decides the order of its documents.
    ///   - step: The step of the training, 0 the first, on which it depends how many documents a question's prompt has.
    public func pack(_ query: RankedQuery, draw: UInt64, step: Int = 0) -> PackedQuery {
        var stream = RandomStream(seed: seed, name: "training.prompts", index: draw)
        if let questions, let parts = prompt.titledParts {
            return questions.pack(query, parts, step: step, stream: &stream)
        }
        var sequence = prompt.sequence(for: query, stream: &stream)
        var targets: [TokenTarget] = []
        var paths = DocumentPaths()
        switch training {
        case .ofTokens(let loss):
            targets = loss.pack(documents: query.documents.map { prompt.tokens[Int($0)] }, into: &sequence)
        case .ofScores:
            paths = DocumentPaths(query.documents, prompt: prompt, into: &sequence)
        }
        if promptWeight > 0 {
            // A token is predicted at the one before it; what follows the root are the documents' targets. A block's first
            // token does not see the block before its own, so that block's last token is not asked for it.
            let unseen = Set(sequence.blocks.dropFirst().map { $0.lowerBound - 1 })
            for place in 0..<sequence.root where !unseen.contains(place) {
                targets.append(
                    TokenTarget(place: place, token: sequence.tokens[place + 1], weight: Float(promptWeight)))
            }
        }
        let count = query.documents.count
        return PackedQuery(
            sequence: sequence, targets: targets, points: training.points(of: count),
            terms: training.terms(of: count), paths: paths)
    }
}

extension MinibatchPacker.PackedQuery {
    /// A query whose targets are known, whatever made them.
    ///
    /// - Parameters:
    ///   - points: (query, document) points that carry weight.
    ///   - terms: How often the query counts in the mean over a minibatch.
    public init(sequence: PackedSequence, targets: [TokenTarget], points: Int, terms: Int) {
        self.init(sequence: sequence, targets: targets, points: points, terms: terms, paths: DocumentPaths())
    }
}

/// Which queries of a minibatch share a packed batch.
extension MinibatchPacker {
    /// A minibatch's queries in packed batches with their targets. A batch has enough rows for an efficient matrix product and
    /// few enough for the cache; the batches of a large model take equally long, so that no worker waits for another.
    public static func batches(
        _ queries: [PackedQuery], for decoder: DecoderConfiguration, _ workers: WorkerPool
    ) -> [PackedBatch] {
        let groups = groups(queries, for: decoder)
        return workers.map(groups.count) { index in
            let group = groups[index].map { queries[$0] }
            return PackedBatch(group.map(\.sequence), targets: group.map(\.targets))
        }
    }

    /// The places of the queries that share each batch, by the decoder's plan.
    static func groups(_ queries: [PackedQuery], for decoder: DecoderConfiguration) -> [[Int]] {
        let (plan, lengths) = (ExecutionPlan(decoder), queries.map(\.sequence.tokens.count))
        let (size, tokens) = (plan.sequencesPerBatch, plan.tokensPerBatch)
        return plan.balancesBatches
            ? balancedGroups(lengths, size: size, tokens: tokens)
            : consecutiveGroups(lengths, size: size, tokens: tokens)
    }

    /// Groups of at most `size` neighbours, which have at most `tokens` tokens together where there is more than one.
    static func consecutiveGroups(_ lengths: [Int], size: Int, tokens: Int = .max) -> [[Int]] {
        var groups: [[Int]] = []
        var total = 0
        for (index, length) in lengths.enumerated() {
            if let last = groups.last, last.count < size, total + length <= tokens {
                groups[groups.count - 1].append(index)
                total += length
            } else {
                groups.append([index])
                total = length
            }
        }
        return groups
    }

    /// Groups of at most `size` members with nearly the same sum of lengths, so that workers end together.
    ///
    /// The longest are placed first, each into the shortest group that has room. Then the longest and the shortest group
    /// swap members for as long as that brings their sums closer.
    /// - Parameter tokens: About how many tokens a group has. Where there are more in all there are more groups, an even
    ///   number, which bounds the memory that activations take.
    static func balancedGroups(_ lengths: [Int], size: Int, tokens: Int = .max) -> [[Int]] {
        let fewest = (lengths.count + size - 1) / size
        let wanted = lengths.reduce(0, +) / tokens
        let count = max(fewest, min(wanted + wanted % 2, lengths.count))
        var groups: [(total: Int, members: [Int])] = Array(repeating: (0, []), count: count)
        for index in lengths.indices.sorted(by: { (-lengths[$0], $0) < (-lengths[$1], $1) }) {
            let open = groups.indices.filter { groups[$0].members.count < size }
            guard let shortest = open.min(by: { groups[$0].total < groups[$1].total }) else { break }
            groups[shortest].total += lengths[index]
            groups[shortest].members.append(index)
        }
        var members = groups.map(\.members)
        // Each swap brings two sums closer together, so this comes to an end.
        while swapOnce(&members, lengths) {}
        return members.map { $0.sorted() }
    }

    /// Makes the swap that brings the longest and the shortest group closest together; false where no swap does.
    private static func swapOnce(_ groups: inout [[Int]], _ lengths: [Int]) -> Bool {
        let totals = groups.map { $0.reduce(0) { $0 + lengths[$1] } }
        guard let long = groups.indices.max(by: { totals[$0] < totals[$1] }),
            let short = groups.indices.min(by: { totals[$0] < totals[$1] })
        else { return false }
        let gap = totals[long] - totals[short]
        var best = (gap: gap, i: 0, j: 0)
        for (i, own) in groups[long].enumerated() {
            for (j, other) in groups[short].enumerated() {
                // What one group loses the other gains: the gap changes by twice the difference.
                let left = abs(gap - 2 * (lengths[own] - lengths[other]))
                if left < best.gap { best = (left, i, j) }
            }
        }
        guard best.gap < gap else { return false }
        (groups[long][best.i], groups[short][best.j]) = (groups[short][best.j], groups[long][best.i])
        return true
    }
}
