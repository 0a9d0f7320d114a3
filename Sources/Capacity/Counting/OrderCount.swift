import Foundation

/// What the score of a query and a document is.
public enum Similarity: String, Sendable, CaseIterable {
    /// Minus the Euclidean distance (equation 2). Its orders are those of the squared distance.
    case distance
    /// The inner product (section 5.3).
    case innerProduct = "inner product"
}

/// How many orders of k documents the queries of an n-dimensional space can see.
///
/// The counts are those of documents in general position, and no documents give more. An order has no ties.
public enum OrderCount {
    /// The largest number of documents whose k! fits into an `Int`.
    public static let largest = 20

    /// N(n, k) = N(n, k - 1) + (k - 1) N(n - 1, k - 1).
    ///
    /// By distance N(0, k) = N(n, 1) = 1 (Good and Tideman 1977, J. Combin. Theory A 23, 34-45; Skala 2009, the
    /// paper's source). By inner product N(1, k) = 2 for k >= 2 and N(n, 1) = 1 (Cover 1967, SIAM J. Appl.
    /// Math. 15, 434-439; OEIS A071223); with no dimension all scores are ties, so N(0, k) = 0 for k >= 2.
    /// - Parameters:
    ///   - dimension: n, at least 0.
    ///   - documents: k, in 1...20.
    /// - Returns: At most k!, and exactly k! from n = k - 1 on.
    public static func orders(_ similarity: Similarity, dimension: Int, documents: Int) -> Int {
        precondition(dimension >= 0, "dimension must not be negative, is \(dimension)")
        precondition((1...largest).contains(documents), "documents must be in 1...20, is \(documents)")
        var counts = [Int](repeating: 1, count: dimension + 1)
        for k in stride(from: 2, through: documents, by: 1) {
            // Downwards, so that counts[n - 1] is still that of k - 1 documents.
            for n in stride(from: dimension, to: 0, by: -1) { counts[n] += (k - 1) * counts[n - 1] }
            if similarity == .innerProduct { counts[0] = 0 }
        }
        return counts[dimension]
    }

    /// `orders` divided by k!, in 0...1, for any number of documents: by the recurrence of the shares themselves, each step
    /// rounded to a few units in the last place.
    ///
    /// - Parameters:
    ///   - dimension: n, at least 0.
    ///   - documents: k, at least 1.
    public static func share(_ similarity: Similarity, dimension: Int, documents: Int) -> Double {
        precondition(dimension >= 0, "dimension must not be negative, is \(dimension)")
        precondition(documents >= 1, "documents must be at least 1, is \(documents)")
        var shares = [Double](repeating: 1, count: dimension + 1)
        for k in stride(from: 2, through: documents, by: 1) {
            for n in stride(from: dimension, to: 0, by: -1) {
                // The recurrence divided by k!, as counts themselves would overflow; downwards
                // for the same reason as above.
                shares[n] = (shares[n] + Double(k - 1) * shares[n - 1]) / Double(k)
            }
            shares[0] = similarity == .innerProduct ? 0 : shares[0] / Double(k)
        }
        return shares[dimension]
    }

    /// k!, for k in 1...20.
    public static func factorial(_ documents: Int) -> Int {
        precondition((1...largest).contains(documents), "documents must be in 1...20, is \(documents)")
        return (1...documents).reduce(1, *)
    }

    /// ln k! / (2 ln k): below it no dual encoder solves the complete task (theorem 3.1, inequality 3).
    ///
    /// - Parameter documents: k, at least 2.
    public static func theoremBound(documents: Int) -> Double {
        precondition(documents >= 2, "the bound is for two documents or more, not \(documents)")
        let logFactorial = (2...documents).reduce(0.0) { $0 + log(Double($1)) }
        return logFactorial / (2 * log(Double(documents)))
    }

    /// The smaller of k! and k^(2n), the number of orders that the proof of theorem 3.1 allows (Skala 2009, corollary 8).
    public static func theoremLimit(dimension: Int, documents: Int) -> Int {
        let all = factorial(documents)
        var power = 1
        for _ in 0..<2 * dimension {
            let (product, overflow) = power.multipliedReportingOverflow(by: documents)
            guard !overflow, product < all else { return all }
            power = product
        }
        return min(power, all)
    }

    /// The smallest dimension that has all k! orders; k - 1.
    public static func leastDimension(_ similarity: Similarity, documents: Int) -> Int {
        let all = factorial(documents)
        return (0..<documents).first { orders(similarity, dimension: $0, documents: documents) == all }
            ?? documents
    }
}
