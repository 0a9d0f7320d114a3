import Foundation
import Tensors

/// Random token embeddings E of a given rank, and what hidden vectors reach with them (propositions 3.1 and 3.2).
///
/// E = A B, [tokens, width], with A, [tokens, rank], and B, [rank, width], of whole numbers. B has rank `rank`, so B phi is any
/// vector, and what E phi reaches is what A does.
public struct TokenEmbeddings: Sendable {
    /// |V|, the rows of E; at least 2.
    public let tokens: Int
    /// The rank of E, in 1...tokens.
    public let rank: Int
    /// Whether the vector of ones is in E's span, so that E' = [E 1] has E's rank and not one more.
    public let spansOnes: Bool
    /// [tokens][rank]; the first column is of ones where `spansOnes`.
    let factor: [[Double]]
    /// [tokens][tokens]: as wide as proposition 3.1 can need.
    public let embeddings: [[Double]]

    /// - Parameter rank: In 1...tokens.
    public init(tokens: Int, rank: Int, spansOnes: Bool, stream: inout RandomStream) {
        precondition(tokens >= 2 && (1...tokens).contains(rank), "rank must be in 1...\(tokens), is \(rank)")
        self.tokens = tokens
        self.rank = rank
        self.spansOnes = spansOnes
        // Whole numbers of at most 1,000, so that the products A B are exact.
        func draw(_ rows: Int, _ columns: Int) -> [[Double]] {
            (0..<rows).map { _ in (0..<columns).map { _ in Double(stream.uniform(below: 2_001) - 1_000) } }
        }
        var factor = draw(tokens, rank)
        if spansOnes { for row in factor.indices { factor[row][0] = 1 } }
        let other = draw(rank, tokens)
        self.factor = factor
        embeddings = factor.map { row in
            (0..<tokens).map { column in (0..<rank).reduce(0) { $0 + row[$1] * other[$1][column] } }
        }
    }

    /// Orders of the tokens' probabilities that some hidden vector gives, of all |V|! orders.
    ///
    /// The column of ones moves all logits alike and is left out: what is left of it may be no column at all.
    public func permutations() -> OrderCertifier.Tally {
        let orders = Orders.all(tokens)
        let vectors = factor.map { Array($0.dropFirst(spansOnes ? 1 : 0)) }
        // All logits are equal then, and ties are no order.
        guard !vectors[0].isEmpty else { return OrderCertifier.Tally(unreachable: orders.count) }
        return OrderCertifier(vectors, .innerProduct).tally(orders)
    }

    /// How many of `count` random distributions over the tokens, uniform in the simplex, some hidden vector gives.
    ///
    /// p is given exactly if log p is in the span of E'; here: if it is nearer to it than a millionth of its length.
    public func distributions(_ count: Int, stream: inout RandomStream) -> Int {
        let span = ColumnSpan(embeddings.map { $0 + [1] })
        return (0..<count).filter { _ in
            // Logarithms of independent exponential numbers: those of a uniform distribution up to a constant, and the
            // constant is in the span.
            let logits = (0..<tokens).map { _ in log(-log(Double(stream.uniformFloat()) + 0x1p-25)) }
            return span.residual(logits) <= 1e-6
        }.count
    }
}

/// The span of a matrix's columns, by modified Gram-Schmidt with the longest column first.
struct ColumnSpan {
    private(set) var basis: [[Double]] = []
    var rank: Int { basis.count }

    /// A column counts as dependent where less than this share of its length is left.
    private static let negligible = 1e-9

    /// - Parameter rows: The matrix, [rows][columns].
    init(_ rows: [[Double]]) {
        var columns = rows[0].indices.map { column in ColumnSpan.unit(rows.map { $0[column] }) }
        while let longest = columns.indices.max(by: {
            ColumnSpan.length(columns[$0]) < ColumnSpan.length(columns[$1])
        }),
            ColumnSpan.length(columns[longest]) > ColumnSpan.negligible, basis.count < rows.count
        {
            // The direction is taken out of all columns at once and not one by one later: that
            // keeps rounding from adding up.
            let direction = ColumnSpan.unit(columns.remove(at: longest))
            basis.append(direction)
            columns = columns.map { ColumnSpan.without(direction, $0) }
        }
    }

    /// The share of the vector's length that is outside the span.
    func residual(_ vector: [Double]) -> Double {
        let rest = basis.reduce(vector) { ColumnSpan.without($1, $0) }
        return ColumnSpan.length(rest) / max(ColumnSpan.length(vector), .leastNormalMagnitude)
    }

    private static func without(_ direction: [Double], _ vector: [Double]) -> [Double] {
        let product = zip(direction, vector).reduce(0) { $0 + $1.0 * $1.1 }
        return zip(direction, vector).map { $1 - product * $0 }
    }

    private static func length(_ vector: [Double]) -> Double {
        vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    private static func unit(_ vector: [Double]) -> [Double] {
        let length = length(vector)
        return length > 0 ? vector.map { $0 / length } : vector
    }
}
