import Tensors

/// Orders of k documents, each the list of their numbers, the most relevant first.
public enum Orders {
    /// All k! orders, the lexicographically smallest first.
    ///
    /// - Parameter documents: k, in 1...8: nine documents have 362,880 orders.
    public static func all(_ documents: Int) -> [[Int]] {
        precondition((1...8).contains(documents), "documents must be in 1...8, is \(documents)")
        var orders: [[Int]] = [[]]
        for _ in 0..<documents {
            orders = orders.flatMap { order in
                (0..<documents).filter { !order.contains($0) }.map { order + [$0] }
            }
        }
        return orders
    }

    /// `count` orders drawn with replacement.
    public static func sample(_ count: Int, documents: Int, stream: inout RandomStream) -> [[Int]] {
        (0..<count).map { _ in stream.permutation(documents).map(Int.init) }
    }

    /// Whether scores fall strictly along `order`; a tie or a NaN is no order.
    public static func isStrict(_ order: [Int], by score: (Int) -> Double) -> Bool {
        zip(order, order.dropFirst()).allSatisfy { score($0) > score($1) }
    }
}
