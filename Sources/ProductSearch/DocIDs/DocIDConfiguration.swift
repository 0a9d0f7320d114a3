/// How docIDs are made of titles' embeddings.
public struct DocIDConfiguration: Codable, Hashable, Sendable {
    /// What a docID's numbers are.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Atoms of a dictionary of titles drawn at random, chosen by orthogonal matching pursuit.
        case randomTitles = "random-titles"
        /// The same over a dictionary that has been learned.
        case learned
        /// The nearest centroid, then the nearest one to what that leaves, and so on.
        case residualKMeans = "residual-kmeans"
        /// Clusters within clusters.
        case hierarchicalKMeans = "hierarchical-kmeans"
        /// Nothing of the title: drawn at random.
        case random
    }

    /// What the numbers stand for.
    public var kind: Kind
    /// Atoms of the dictionary, or clusters: the paper has 100.
    public var atoms: Int
    /// Numbers of a docID: the paper has 3.
    public var nonzeros: Int
    /// What titles with one code get.
    public var collisions: DocIDCollisions
    /// Decides which titles are drawn to be atoms, to learn from, or to start from.
    public var seed: UInt64

    /// The options given, the others as the paper has them; `validate()` checks their ranges.
    public init(
        kind: Kind = .randomTitles, atoms: Int = 100, nonzeros: Int = 3,
        collisions: DocIDCollisions = .keep, seed: UInt64 = 0
    ) {
        self.kind = kind
        self.atoms = atoms
        self.nonzeros = nonzeros
        self.collisions = collisions
        self.seed = seed
    }

    /// - Throws: `DocIDError.option`.
    public func validate() throws(DocIDError) {
        guard (2...10_000).contains(atoms) else { throw .option("atoms", atoms, legal: "in 2...10000") }
        guard (1...8).contains(nonzeros), nonzeros <= atoms else {
            throw .option("nonzeros", nonzeros, legal: "in 1...8 and at most atoms, \(atoms)")
        }
    }

    /// Throws `DocIDError.tooFewTitles` where the dictionary, or the clusters, are more than so many titles.
    public func check(titles: Int) throws(DocIDError) {
        // Random docIDs draw numbers, not titles, so that any number of titles will do.
        guard kind != .random, titles < atoms else { return }
        let isDictionary = kind == .randomTitles || kind == .learned
        throw .tooFewTitles(
            titles, needed: atoms, what: isDictionary ? DocIDError.dictionary : DocIDError.clusters)
    }

    /// What makes such docIDs.
    ///
    /// - Throws: `DocIDError.option`.
    public func maker() throws(DocIDError) -> any DocIDMaker {
        try validate()
        return switch kind {
        case .randomTitles, .learned: SparseCodeDocIDs(self)
        case .residualKMeans: ResidualKMeansDocIDs(self)
        case .hierarchicalKMeans: HierarchicalKMeansDocIDs(self)
        case .random: RandomDocIDs(self)
        }
    }
}
