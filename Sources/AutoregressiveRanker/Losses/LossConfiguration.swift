import Rankers

/// y(r, t) of equation 11: the target distribution at each token (section 4.3).
public enum TokenTargets: String, Hashable, Sendable, CaseIterable {
    /// All mass on the document's own next token (equation 12).
    case onehot
    /// Mass 1 / r'^beta of the documents below each child of the prefix, normalised.
    case trie
}

/// A training loss: one point of the family of SToICaL losses, or another loss that weighs documents as they do.
public struct LossConfiguration: Hashable, Sendable {
    /// Which loss.
    public var kind: LossKind
    /// lambda(r), a document's weight.
    public var weighting: RankWeighting
    /// y(r, t), what a document's tokens are taught.
    public var targets: TokenTargets
    /// Used by `trie` alone.
    public var beta: Double

    /// The options given, the others at their defaults: lambda(r) = 1/r^2 with one-hot targets.
    public init(
        weighting: RankWeighting = .fractional(alpha: 2), targets: TokenTargets = .onehot, beta: Double = 2,
        kind: LossKind = .stoical
    ) {
        self.kind = kind
        self.weighting = weighting
        self.targets = targets
        self.beta = beta
    }
}
