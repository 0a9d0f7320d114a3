/// Why there are no lists.
public enum ListError: Error, Equatable, CustomStringConvertible {
    case tooFewTitles(Int, needed: Int)
    case ranks(count: Int, step: Int)

    public var description: String {
        switch self {
        case .tooFewTitles(let titles, let needed):
            "the lists reach to rank \(needed), there are \(titles) titles: take fewer ranks or a smaller step"
        case .ranks(let count, let step):
            "\(count) ranks a step of \(step) apart: both must be in 1...1000000"
        }
    }
}

/// Which ranks of the nearest titles make a list: 1, step, 2 step, ... (section 5.1).
public struct ListRanks: Sendable, Equatable {
    /// Ascending, from 1.
    public let ranks: [Int]

    /// The distance between them.
    public let step: Int

    /// The last rank: how many titles must be sorted.
    public var depth: Int { ranks[ranks.count - 1] }

    /// - Parameters:
    ///   - count: How many ranks; the paper has 101 (up to 10,000 by hundreds).
    ///   - step: The distance between them; with 1 the ranks are 1, 2, 3, ...
    public init(count: Int, step: Int) throws(ListError) {
        guard (1...1_000_000).contains(count), (1...1_000_000).contains(step) else {
            throw .ranks(count: count, step: step)
        }
        self.step = step
        ranks = step == 1 ? Array(1...count) : [1] + (1..<count).map { $0 * step }
    }

    /// Throws `.tooFewTitles` where the last rank is beyond so many titles.
    public func check(titles: Int) throws(ListError) {
        guard titles >= depth else { throw .tooFewTitles(titles, needed: depth) }
    }
}
