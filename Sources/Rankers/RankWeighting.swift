import Foundation
import Options

/// lambda(r): how much a document counts in a loss by its rank (section 4.2; equations 11, 13 and 14).
///
/// All kinds of ranker weigh with this one type.
public enum RankWeighting: Hashable, Sendable {
    /// 1 if r = 1, else 0.
    case top1
    /// 1 / r^alpha; with alpha = 0 all documents count alike.
    case fractional(alpha: Double)
    /// (n_q - r + 1) / n_q, where n_q is the number of the query's documents.
    case stepwise

    /// The words for the three weightings, as options and files spell them.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        case top1, fractional, stepwise
    }

    /// The weighting of a kind.
    ///
    /// - Parameter alpha: The power of `fractional`; the other two have none.
    public init(_ kind: Kind, alpha: Double) {
        switch kind {
        case .top1: self = .top1
        case .fractional: self = .fractional(alpha: alpha)
        case .stepwise: self = .stepwise
        }
    }

    /// Which of the three weightings this is; a change to `fractional` keeps `alpha`.
    public var kind: Kind {
        get {
            switch self {
            case .top1: .top1
            case .fractional: .fractional
            case .stepwise: .stepwise
            }
        }
        set { self = RankWeighting(newValue, alpha: alpha) }
    }

    /// The power of `fractional`. The other two weightings have none: theirs reads as 0, and setting it does nothing.
    public var alpha: Double {
        get {
            if case .fractional(let alpha) = self { alpha } else { 0 }
        }
        set { self = RankWeighting(kind, alpha: newValue) }
    }

    /// lambda(r) of one document.
    ///
    /// - Parameters:
    ///   - rank: r, from 1 (the most relevant) to `count`.
    ///   - count: n_q, the number of the query's relevant documents.
    /// - Returns: A weight in 0...1; it underflows to 0 where r^alpha is beyond a double's range.
    public func weight(rank: Int, of count: Int) -> Double {
        precondition((1...max(1, count)).contains(rank), "rank \(rank) of \(count) documents")
        return switch self {
        case .top1: rank == 1 ? 1 : 0
        // A quotient, as the paper writes it: pow(rank, -alpha) may differ in the last bit.
        case .fractional(let alpha): 1 / pow(Double(rank), alpha)
        case .stepwise: Double(count - rank + 1) / Double(count)
        }
    }

    /// How many of a query's `count` documents have a weight above 0: its (query, document) points.
    public func points(of count: Int) -> Int {
        (0..<count).count { weight(rank: $0 + 1, of: count) > 0 }
    }
}

extension RankWeighting {
    /// The two options of a weighting, `lambda` and `alpha`.
    ///
    /// - Parameters:
    ///   - prefix: What stands before the names: `loss.`.
    ///   - path: Where the weighting is.
    public static func options<Root>(
        _ prefix: String = "", _ path: WritableKeyPath<Root, RankWeighting> & Sendable
    ) -> [OptionDeclaration<Root>] {
        [
            .word(
                prefix + "lambda",
                "The weight of a document of rank r, where the query has n documents: 1 for the first document and 0 for all others "
                    + "(top1), 1/r^alpha (fractional), or (n - r + 1)/n (stepwise).",
                get: { $0[keyPath: path].kind }, set: { $0[keyPath: path].kind = $1 }
            ).flag("lambda"),
            .number(
                prefix + "alpha", .in(0...100),
                "The power alpha of the fractional weight; with 0 all documents have the same weight.",
                get: { $0[keyPath: path].alpha }, set: { $0[keyPath: path].alpha = $1 }
            ).flag("alpha").when("\(prefix)lambda is fractional") { $0[keyPath: path].kind == .fractional },
        ]
    }
}
