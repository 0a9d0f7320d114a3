import CRankKernels

/// A prompt and a tree of continuations that hangs off its last token.
///
/// Places number the sequence's tokens: 0..<promptLength is the prompt, what follows are branch
/// nodes, each after its parent. The model sees at a node the prompt, the node's ancestors and
/// itself: what it would see if the node's path were the only continuation.
public struct PackedSequence: Sendable, Equatable {
    /// The token at each place.
    public var tokens: [Int32]
    /// Tokens of the prompt, the root included; at least 1.
    public var promptLength: Int
    /// The place of each branch node's parent: the prompt's last place, or an earlier node.
    public var branchParents: [Int32]
    /// Places of the prompt in blocks that do not see each other, documents say (BlockRank, arXiv 2510.05396): a token of
    /// a block sees what stands before the first block, and its own block up to itself; what follows the blocks sees all.
    /// One behind the other and before the root; empty: every token sees all before it.
    public let blocks: [Range<Int>]

    /// A prompt (at least one token) without branches.
    public init(prompt: [Int32], blocks: [Range<Int>] = []) {
        precondition(!prompt.isEmpty, "a prompt has at least one token")
        precondition(
            zip(blocks, blocks.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }
                && blocks.allSatisfy { 0 <= $0.lowerBound && $0.upperBound < prompt.count },
            "blocks \(blocks) do not follow each other before the root, at \(prompt.count - 1)")
        tokens = prompt
        promptLength = prompt.count
        branchParents = []
        self.blocks = blocks
    }

    /// The place of the prompt's last token, which branches hang off.
    public var root: Int { promptLength - 1 }

    /// The rotary position of each of the prompt's places.
    ///
    /// Blocks do not see each other and stand side by side, each from the same position on, so that what a document's tokens
    /// become depends neither on the documents before it nor on their number. What follows the blocks stands behind the longest.
    public var promptPositions: [Int32] {
        guard let first = blocks.first?.lowerBound, let end = blocks.last?.upperBound else {
            return Array(0..<Int32(promptLength))
        }
        let behind = first + (blocks.map(\.count).max() ?? 0)
        var positions = Array(0..<first)
        for block in blocks { positions += first..<first + block.count }
        positions += behind..<behind + promptLength - end
        return positions.map { Int32($0) }
    }

    /// Adds a branch node and returns its place.
    public mutating func append(token: Int32, parent: Int) -> Int {
        precondition(parent >= root && parent < tokens.count, "parent \(parent) is no place of the tree")
        tokens.append(token)
        branchParents.append(Int32(parent))
        return tokens.count - 1
    }
}

/// A share of the loss: `weight` times -log p(token | place).
public struct TokenTarget: Sendable, Equatable {
    /// Where the token is predicted.
    public var place: Int32
    /// What is to come next there.
    public var token: Int32
    /// Its weight in the loss, which may be negative.
    public var weight: Float

    /// A share of the loss at a place of a `PackedSequence`.
    public init(place: Int, token: Int32, weight: Float) {
        self.place = Int32(place)
        self.token = token
        self.weight = weight
    }
}

/// Sequences laid out for the decoder without padding: all prompts (less their last tokens) first,
/// then all trees, so that a layer which only trees need works on one range of rows.
///
/// What all prompts begin with, an instruction say, is laid out and computed once, before the prompts' own tokens.
public struct PackedBatch: Sendable {
    /// The token of each row.
    public private(set) var tokens: [Int32] = []
    /// Rotary positions: the depth below the start of the prompt.
    public private(set) var positions: [Int32] = []
    /// Rows before the first tree.
    public let promptRows: Int
    /// Tokens that all prompts begin with and that stand here once; rows 0..<sharedRows.
    public let sharedRows: Int
    var sequences: [SequenceLayout] = []
    /// Targets by row, rows ascending.
    var targets: [RowTargets] = []

    /// Rows of all tokens.
    public var rows: Int { tokens.count }
    /// Rows whose logits the loss needs.
    public var targetRows: Int { targets.count }
    /// Whether the loss asks anything of a prompt's tokens before the root, so that the last layer computes them too.
    public var promptsHaveTargets: Bool { targets.first.map { $0.row < promptRows } ?? false }

    /// A shorter common beginning is laid out once a sequence.
    public static let leastShared = 16

    struct SequenceLayout: Sendable {
        /// Shared tokens, then the prompt's own before its root.
        var shared: Int32 = 0
        var prompt: Int32
        var tree: Int32
        var promptRow: Int32
        var treeRow: Int32
        /// What the tree's nodes see of it.
        var nodes = TreeLayout()
        /// Where blocks begin among the prompt's own tokens, and where the last ends; empty without blocks.
        var blockStart: [Int32] = []

        func row(place: Int) -> Int {
            let own = place - Int(shared)
            // Shared tokens are the batch's first rows, and each prompt's first places.
            if own < 0 { return place }
            return own < Int(prompt) ? Int(promptRow) + own : Int(treeRow) + own - Int(prompt)
        }
    }

    struct RowTargets: Sendable {
        var row: Int
        var tokens: [Int32]
        var weights: [Float]
    }

    /// - Parameters:
    ///   - targets: For each sequence its targets; none for scoring alone.
    ///   - leastShared: The shortest common beginning of all prompts that is computed once.
    public init(
        _ sequences: [PackedSequence], targets: [[TokenTarget]] = [], leastShared: Int = Self.leastShared
    ) {
        precondition(targets.isEmpty || targets.count == sequences.count, "one list of targets a sequence")
        let common = PackedBatch.commonPrompt(sequences)
        let shared = common >= leastShared ? common : 0
        sharedRows = shared
        promptRows = sequences.reduce(shared) { $0 + $1.root - shared }
        if shared > 0 {
            tokens = Array(sequences[0].tokens[..<shared])
            positions = Array(0..<Int32(shared))
        }
        // Prompts of all sequences first: the last layer then leaves out a range of rows where only trees carry loss.
        var treeRow = promptRows
        var rootPositions: [Int32] = []
        for sequence in sequences {
            self.sequences.append(
                PackedBatch.layout(sequence, shared: shared, promptRow: tokens.count, treeRow: treeRow))
            let prompt = sequence.promptPositions
            tokens += sequence.tokens[shared..<sequence.root]
            positions += prompt[shared..<sequence.root]
            rootPositions.append(prompt[sequence.root])
            treeRow += sequence.tokens.count - sequence.root
        }
        for (sequence, root) in zip(sequences, rootPositions) {
            tokens += sequence.tokens[sequence.root...]
            positions += PackedBatch.treePositions(sequence, root: root)
        }
        collect(targets)
    }

    /// The row of a sequence's place.
    public func row(sequence: Int, place: Int) -> Int { sequences[sequence].row(place: place) }

    /// What attention goes through, in this order: the shared tokens, if there are any, before who shares them.
    var attentionSequences: [SequenceLayout] {
        guard sharedRows > 0 else { return sequences }
        let tokens = SequenceLayout(
            prompt: Int32(sharedRows), tree: 0, promptRow: 0, treeRow: 0)
        return [tokens] + sequences
    }

    /// How many tokens all prompts (of several sequences) begin with, roots and blocks not counted.
    private static func commonPrompt(_ sequences: [PackedSequence]) -> Int {
        // The root stays each sequence's own, as its tree hangs off it, and so do blocks,
        // which stand behind what is shared.
        guard sequences.count > 1,
            var common = sequences.map({ $0.blocks.first?.lowerBound ?? $0.root }).min()
        else { return 0 }
        for sequence in sequences.dropFirst() {
            let equal = zip(sequences[0].tokens, sequence.tokens).prefix { $0 == $1 }
            common = min(common, equal.count)
        }
        return common
    }

    private static func treePositions(_ sequence: PackedSequence, root: Int32) -> [Int32] {
        var positions = [root]
        for parent in sequence.branchParents { positions.append(positions[Int(parent) - sequence.root] + 1) }
        return positions
    }

    private static func layout(
        _ sequence: PackedSequence, shared: Int, promptRow: Int, treeRow: Int
    ) -> SequenceLayout {
        SequenceLayout(
            shared: Int32(shared), prompt: Int32(sequence.root - shared),
            tree: Int32(sequence.tokens.count - sequence.root), promptRow: Int32(promptRow),
            treeRow: Int32(treeRow),
            nodes: TreeLayout(parents: sequence.branchParents.map { Int($0) - sequence.root }),
            blockStart: (sequence.blocks.prefix(1).map(\.lowerBound) + sequence.blocks.map(\.upperBound)).map
            {
                Int32($0 - shared)
            })
    }

    /// Sequences' targets by row; those at shared tokens come together.
    private mutating func collect(_ lists: [[TokenTarget]]) {
        var byRow: [Int: RowTargets] = [:]
        for (layout, list) in zip(sequences, lists) {
            // A target without weight would cost a row of logits and change nothing.
            for target in list where target.weight != 0 {
                let row = layout.row(place: Int(target.place))
                byRow[row, default: RowTargets(row: row, tokens: [], weights: [])].tokens.append(target.token)
                byRow[row]!.weights.append(target.weight)
            }
        }
        // Sorted, as a dictionary has another order in each process, and sums must not.
        targets = byRow.values.sorted { $0.row < $1.row }
    }
}

extension PackedBatch.SequenceLayout {
    /// Calls `body` with the C description, whose pointers live as long as the call.
    func withC<Result>(_ body: (UnsafePointer<rk_sequence>) -> Result) -> Result {
        nodes.withC { tree in
            blockStart.withUnsafeBufferPointer { blocks in
                var sequence = tree
                sequence.shared = shared
                sequence.prompt = prompt
                sequence.tree = self.tree
                sequence.prompt_row = promptRow
                sequence.tree_row = treeRow
                sequence.blocks = Int32(max(0, blocks.count - 1))
                sequence.block_start = blocks.baseAddress
                return body(&sequence)
            }
        }
    }
}
