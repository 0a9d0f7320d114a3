/// A measure of one query's ranking, by its canonical name: `CVR`, `nDCG`, `MRR`, `R@3`, `R-docID@3`, `recall@3`.
public enum Metric: Hashable, Sendable, CustomStringConvertible {
    /// Constraint violation: 1 if a relevant document scores below the negative, else 0 (section 5.1).
    case cvr
    /// Normalised discounted cumulative gain over the candidates, gains log(n+1) ... log 2, 0 (section 5.1).
    case ndcg
    /// 1 / rank of the most relevant document.
    case mrr
    /// The paper's R@k: what gold's and prediction's first k have in common, over k (section 5.1).
    case rAt(Int)
    /// The same of the docIDs that stand there, as multisets: documents that share a docID count as one another.
    case docIDRAt(Int)
    /// 1 if what the ranker writes, one most probable token after another, is no docID: of generative rankers alone.
    case invalid
    /// The plain recall at k: relevant documents among the first k over all relevant ones.
    case recall(Int)

    /// The name without a cutoff: `R` for the paper's R@k.
    public var name: String {
        switch self {
        case .cvr: "CVR"
        case .ndcg: "nDCG"
        case .mrr: "MRR"
        case .invalid: "invalid"
        case .rAt: "R"
        case .docIDRAt: "R-docID"
        case .recall: "recall"
        }
    }

    /// k, or 0 for a metric without one.
    public var cutoff: Int {
        switch self {
        case .cvr, .ndcg, .mrr, .invalid: 0
        case .rAt(let k), .docIDRAt(let k), .recall(let k): k
        }
    }

    /// Whether less of it is better, as of the shares of what goes wrong.
    public var isBetterSmaller: Bool {
        switch self {
        case .cvr, .invalid: true
        case .ndcg, .mrr, .rAt, .docIDRAt, .recall: false
        }
    }

    public var description: String { cutoff == 0 ? name : "\(name)@\(cutoff)" }

    /// The metric of a canonical name; nil for any other text, and for k below 1.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let k = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        guard parts.count == 1 || k >= 1 else { return nil }
        switch (parts.first, parts.count) {
        case ("CVR", 1): self = .cvr
        case ("nDCG", 1): self = .ndcg
        case ("MRR", 1): self = .mrr
        case ("invalid", 1): self = .invalid
        case ("R", 2): self = .rAt(k)
        case ("R-docID", 2): self = .docIDRAt(k)
        case ("recall", 2): self = .recall(k)
        default: return nil
        }
        // Int reads +3 and 007 too.
        guard description == text else { return nil }
    }

    /// All metrics at the given cutoffs, in the order of reports.
    ///
    /// - Parameters:
    ///   - writes: Whether the ranker is a generative one, which writes docIDs.
    ///   - sharesDocIDs: Whether documents share docIDs; where none do, R@k by docID is R@k.
    public static func all(cutoffs: [Int], writes: Bool = false, sharesDocIDs: Bool = false) -> [Metric] {
        [.cvr, .ndcg, .mrr] + (writes ? [.invalid] : []) + cutoffs.map(Metric.rAt)
            + (sharesDocIDs ? cutoffs.map(Metric.docIDRAt) : []) + cutoffs.map(Metric.recall)
    }
}
