import Options

/// One measurement of the capacity lab, before it is made: all that decides its outcome.
public struct CapacityCell: Hashable, Sendable, Codable {
    /// What is measured.
    public enum Experiment: String, Sendable, Codable, CaseIterable {
        /// Free vectors trained on all k! orders (theorem 3.1).
        case dualEncoder = "dual encoder"
        /// Token embeddings of a given rank(E'), and the permutations of tokens that a hidden vector gives (proposition 3.2).
        case permutations
        /// The same, and the distributions (proposition 3.1).
        case distributions
        /// Free hidden vectors at each prefix of a docID (section 3.2's infinite-capacity model).
        case table
        /// A decoder trained on orders drawn at random.
        case decoder
    }

    /// What is measured, which decides what the other members mean.
    public var experiment: Experiment
    /// A dual encoder's similarity; of the others, the number of tokens that docIDs are made of or how E is drawn.
    public var variant: String
    /// k, or of token embeddings |V|.
    public var documents: Int
    /// n, the length of a query's or a hidden vector, or of token embeddings rank(E').
    public var dimension: Int
    /// Decides what is drawn; at least 0.
    public var seed: Int
    /// Steps of training and the like, in words: what else decides the outcome.
    public var budget: String

    public init(
        _ experiment: Experiment, variant: String, documents: Int, dimension: Int, seed: Int, budget: String
    ) {
        self.experiment = experiment
        self.variant = variant
        self.documents = documents
        self.dimension = dimension
        self.seed = seed
        self.budget = budget
    }
}

/// What came out of a cell: numbers of orders, so that the same cell gives the same bits everywhere that
/// training does.
public struct CapacityMeasurement: Hashable, Sendable, Codable {
    /// What was measured.
    public var cell: CapacityCell
    /// Orders (or distributions) that were asked for.
    public var orders: Int
    /// Those that came out wholly right.
    public var right: Int
    /// Of a dual encoder's trained documents: what is proved of the orders that some query vector sees; of token
    /// embeddings, of the permutations. Nil elsewhere.
    public var certified: OrderCertifier.Tally?

    public init(
        _ cell: CapacityCell, orders: Int, right: Int, certified: OrderCertifier.Tally? = nil
    ) {
        self.cell = cell
        self.orders = orders
        self.right = right
        self.certified = certified
    }

    /// `right` of `orders`, in 0...1.
    public var share: Double { Double(right) / Double(orders) }

    /// More orders than any cell asks for, and more documents.
    private static let most = 1_000_000

    /// Throws the first number that no measurement has: one that was read from a file may be anything.
    public func validate() throws(ConfigurationError) {
        let range = "between 1 and \(Self.most)"
        for (name, number) in [
            ("documents", cell.documents), ("dimension", cell.dimension), ("orders", orders),
        ] {
            try ConfigurationError.require((1...Self.most).contains(number), name, number, range)
        }
        try ConfigurationError.require(cell.seed >= 0, "seed", cell.seed, "at least 0")
        try ConfigurationError.require(
            (0...orders).contains(right), "right", right, "between 0 and orders, \(orders)")
        guard let certified else { return }
        let parts = [certified.reachable, certified.unreachable, certified.unknown]
        for part in parts {
            try ConfigurationError.require(
                (0...orders).contains(part), "certified", part, "between 0 and orders, \(orders)")
        }
        let sum = parts.reduce(0, +)
        try ConfigurationError.require(sum == orders, "certified", sum, "orders, \(orders), together")
    }
}
