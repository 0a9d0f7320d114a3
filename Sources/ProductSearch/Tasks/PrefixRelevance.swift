/// Whether documents whose docIDs begin as the most relevant one's does are more relevant than others: what marginalising
/// over a trie (section 4.3) has to work with.
///
/// For each query Spearman's rank correlation (1904, DOI 10.2307/1412159) of two orders of the documents after the first: by
/// the number of docID parts that they share with it from the left, and by relevance. Equal numbers have the mean of their
/// places. Queries without an order, because all share equally many, have no correlation.
public struct PrefixRelevance: Codable, Hashable, Sendable {
    /// The mean over the queries that have a correlation, in -1...1; 0 where none has.
    public let correlation: Double
    /// How many queries have one.
    public let queries: Int

    /// - Parameter lists: For each query its documents' docIDs, the most relevant first.
    public init(_ lists: some Sequence<[String]>) {
        var (sum, count) = (0.0, 0)
        for list in lists {
            guard let correlation = Self.correlation(list) else { continue }
            sum += correlation
            count += 1
        }
        correlation = count == 0 ? 0 : sum / Double(count)
        queries = count
    }

    private static func correlation(_ docIDs: [String]) -> Double? {
        // With one document beside the first there is no order to compare.
        guard docIDs.count > 2 else { return nil }
        // What tells equal codes apart, as in `25,36,39#2`, is one more part.
        let parts = docIDs.map { docID in
            docID.utf8.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "#") }.map(Array.init)
        }
        let shared = parts.dropFirst().map { own in
            zip(own, parts[0]).prefix { $0 == $1 }.count
        }
        // Pearson's correlation of places is Spearman's of the numbers. Negated, because sharing most should come
        // first.
        return pearson(places(shared.map { -$0 }), (0..<shared.count).map(Double.init))
    }

    /// The place of each number in ascending order, counted from 0; equal ones share their mean.
    private static func places(_ numbers: [Int]) -> [Double] {
        let order = numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
        var places = [Double](repeating: 0, count: numbers.count)
        var start = 0
        while start < order.count {
            let end = order[start...].firstIndex { numbers[$0] != numbers[order[start]] } ?? order.count
            for place in order[start..<end] { places[place] = Double(start + end - 1) / 2 }
            start = end
        }
        return places
    }

    private static func pearson(_ x: [Double], _ y: [Double]) -> Double? {
        let n = Double(x.count)
        let (meanX, meanY) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
        var (xy, xx, yy) = (0.0, 0.0, 0.0)
        for (a, b) in zip(x, y) {
            xy += (a - meanX) * (b - meanY)
            xx += (a - meanX) * (a - meanX)
            yy += (b - meanY) * (b - meanY)
        }
        return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : nil
    }
}

extension SearchTask {
    /// Over the lists of all queries.
    public var prefixRelevance: PrefixRelevance {
        PrefixRelevance(lists.lazy.map { $0.map { titles[Int($0)].docID } })
    }
}
