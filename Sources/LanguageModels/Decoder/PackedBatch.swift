import CRankKernels

/// A prompt and a tree of continuations that hangs off its last token.
///
/// Places number the sequence's tokens: 0..<promptLength is the prompt, what follows are branch
/// nodes, each after its parent. The model sees at a node the prompt, the node's ancestors and
/// itself: what it would see if the node's path were the only continuation.
public struct PackedSequence: Sendable, Equatable {
    public var tokens: [Int32]
    public var promptLength: Int
    /// The place of each branch node's parent: the prompt's last place, or an earlier node.
    public var branchParents: [Int32]

    /// A prompt (at least one token) without branches.
    public init(prompt: [Int32]) {
        precondition(!prompt.isEmpty, "a prompt has at least one token")
        tokens = prompt
        promptLength = prompt.count
        branchParents = []
    }

    public var root: Int { promptLength - 1 }

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
    public var place: Int32
    public var token: Int32
    public var weight: Float

    public init(place: Int, token: Int32, weight: Float) {
        self.place = Int32(place)
        self.token = token
        self.weight = weight
    }
}

/// Sequences laid out for the decoder without padding: all prompts (less their last tokens) first,
/// then all trees, so that a layer which only trees need works on one range of rows.
public struct PackedBatch: Sendable {
    public private(set) var tokens: [Int32] = []
    /// Rotary positions: the depth below the start of the prompt.
    public private(set) var positions: [Int32] = []
    /// Rows before the first tree.
    public let promptRows: Int
    var sequences: [SequenceLayout] = []
    /// Targets by row, rows ascending.
    var targets: [RowTargets] = []

    public var rows: Int { tokens.count }

    struct SequenceLayout: Sendable {
        var prompt: Int32
        var tree: Int32
        var promptRow: Int32
        var treeRow: Int32
        var ancestorStart: [Int32]
        var ancestors: [Int32]

        func row(place: Int) -> Int {
            place < Int(prompt) ? Int(promptRow) + place : Int(treeRow) + place - Int(prompt)
        }
    }

    struct RowTargets: Sendable {
        var row: Int
        var tokens: [Int32]
        var weights: [Float]
    }

    /// - Parameter targets: For each sequence its targets; none for scoring alone.
    public init(_ sequences: [PackedSequence], targets: [[TokenTarget]] = []) {
        precondition(targets.isEmpty || targets.count == sequences.count, "one list of targets a sequence")
        promptRows = sequences.reduce(0) { $0 + $1.root }
        var treeRow = promptRows
        for sequence in sequences {
            self.sequences.append(
                PackedBatch.layout(sequence, promptRow: tokens.count, treeRow: treeRow))
            tokens += sequence.tokens[..<sequence.root]
            positions += (0..<Int32(sequence.root))
            treeRow += sequence.tokens.count - sequence.root
        }
        for sequence in sequences {
            tokens += sequence.tokens[sequence.root...]
            positions += PackedBatch.treePositions(sequence)
        }
        for (layout, list) in zip(self.sequences, targets) { collect(list, layout) }
        self.targets.sort { $0.row < $1.row }
    }

    /// The row of a sequence's place.
    public func row(sequence: Int, place: Int) -> Int { sequences[sequence].row(place: place) }

    private static func treePositions(_ sequence: PackedSequence) -> [Int32] {
        var positions = [Int32(sequence.root)]
        for parent in sequence.branchParents { positions.append(positions[Int(parent) - sequence.root] + 1) }
        return positions
    }

    private static func layout(_ sequence: PackedSequence, promptRow: Int, treeRow: Int) -> SequenceLayout {
        var chains: [[Int32]] = [[]]
        for (index, parent) in sequence.branchParents.enumerated() {
            chains.append(chains[Int(parent) - sequence.root] + [Int32(index + 1)])
        }
        var start: [Int32] = [0]
        for chain in chains { start.append(start[start.count - 1] + Int32(chain.count)) }
        return SequenceLayout(
            prompt: Int32(sequence.root), tree: Int32(chains.count), promptRow: Int32(promptRow),
            treeRow: Int32(treeRow), ancestorStart: start, ancestors: chains.flatMap { $0 })
    }

    private mutating func collect(_ list: [TokenTarget], _ layout: SequenceLayout) {
        var byRow: [Int: RowTargets] = [:]
        for target in list where target.weight != 0 {
            let row = layout.row(place: Int(target.place))
            byRow[row, default: RowTargets(row: row, tokens: [], weights: [])].tokens.append(target.token)
            byRow[row]!.weights.append(target.weight)
        }
        targets += byRow.values
    }
}

extension PackedBatch.SequenceLayout {
    /// Calls `body` with the C description, whose pointers live as long as the call.
    func withC<Result>(_ body: (UnsafePointer<rk_sequence>) -> Result) -> Result {
        ancestorStart.withUnsafeBufferPointer { start in
            ancestors.withUnsafeBufferPointer { list in
                var sequence = rk_sequence(
                    prompt: prompt, tree: tree, prompt_row: promptRow, tree_row: treeRow,
                    ancestor_start: start.baseAddress, ancestors: list.baseAddress)
                return body(&sequence)
            }
        }
    }
}
