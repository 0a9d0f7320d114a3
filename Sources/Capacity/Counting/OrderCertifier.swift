import Foundation

/// Documents as vectors, and which orders of them some query vector sees.
public struct OrderCertifier: Sendable {
    /// How many of a list of orders are reached, by proof.
    public struct Tally: Hashable, Sendable, Codable {
        /// Orders that a query is known for: a solution was found and checked.
        public var reachable = 0
        /// Orders that no query sees: a contradiction was found and checked.
        public var unreachable = 0
        /// Neither could be proved in double precision.
        public var unknown = 0

        /// The three counts; together the orders that were asked for.
        public init(reachable: Int = 0, unreachable: Int = 0, unknown: Int = 0) {
            self.reachable = reachable
            self.unreachable = unreachable
            self.unknown = unknown
        }
    }

    /// What orders documents for a query.
    public let similarity: Similarity
    /// Coordinates of a document and of a query; at least 1.
    public let dimension: Int
    /// [documents][dimension].
    public let documents: [[Double]]

    /// Documents lie on this grid, so that their differences and squared lengths are exact.
    private static let grid = 0x1p20

    /// - Parameter vectors: A vector a document, of one length of at least 1 and at most 2,000. They are scaled to coordinates of at
    ///   most 1, which changes no order's reach, and rounded to multiples of 2^-20: what is proved is of these.
    public init(_ vectors: [[Double]], _ similarity: Similarity) {
        precondition(
            vectors.count >= 2 && !vectors[0].isEmpty, "two documents or more, in one dimension or more")
        precondition(vectors.allSatisfy { $0.count == vectors[0].count }, "vectors must have one length")
        // Squares are multiples of 2^-40 and at most 1: 2,000 of them sum to less than 2^11,
        // in 51 of a double's 53 bits.
        precondition(vectors[0].count <= 2_000, "squared lengths must be exact")
        let largest = vectors.joined().reduce(0) { max($0, abs($1)) }
        // A power of 2, so that scaling itself rounds nothing.
        let scale = largest > 0 ? exp2(-log2(largest).rounded(.up)) : 1
        documents = vectors.map { vector in
            vector.map { ($0 * scale * OrderCertifier.grid).rounded() / OrderCertifier.grid }
        }
        self.similarity = similarity
        dimension = vectors[0].count
    }

    /// The inequalities that a query must fulfil to see `order`.
    ///
    /// By inner product q (a - b) > 0 for each document a and the next one, b. By distance
    /// 2 q (a - b) > |a|^2 - |b|^2, made homogeneous by a last unknown s > 0: the query is q / s.
    public func system(_ order: [Int]) -> StrictSystem {
        var rows = zip(order, order.dropFirst()).map { first, second in
            let (a, b) = (documents[first], documents[second])
            let difference = zip(a, b).map { $0 - $1 }
            guard similarity == .distance else { return difference }
            return difference.map { 2 * $0 } + [squaredLength(b) - squaredLength(a)]
        }
        if similarity == .distance { rows.append([Double](repeating: 0, count: dimension) + [1]) }
        return StrictSystem(rows: rows)
    }

    /// A proof that some query sees `order` (its solution), or that none does.
    public func certify(_ order: [Int]) -> StrictSystem.Proof { system(order).decide() }

    /// Certifies each of `orders`, which name every document once.
    public func tally(_ orders: [[Int]]) -> Tally {
        var tally = Tally()
        for order in orders {
            switch certify(order) {
            case .solution: tally.reachable += 1
            case .contradiction: tally.unreachable += 1
            case .unknown: tally.unknown += 1
            }
        }
        return tally
    }

    private func squaredLength(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 } }
}
