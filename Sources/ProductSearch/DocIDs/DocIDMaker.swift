import Tensors

/// Gives every title of a collection a docID: a few numbers, `nonzeros` at most and below `atoms`, in an order that means
/// something.
///
/// What is drawn comes from named streams of a seed, and sums are added in the order of the titles: the same titles give the
/// same docIDs for any number of threads.
public protocol DocIDMaker: Sendable {
    /// For each title its code, of at least one number.
    ///
    /// - Throws: `DocIDError`; what reading embeddings throws.
    func codes(of titles: any EmbeddingSource, workers: WorkerPool) throws -> [[Int32]]
}

/// What is done where several titles have one code.
public enum DocIDCollisions: String, Codable, Hashable, Sendable, CaseIterable {
    /// They share a docID, as the paper's must: 970,200 ordered triples for 1.2 million titles.
    case keep
    /// The second and later ones get `#2`, `#3`, ... behind it, in the order of the titles.
    case suffix
}

/// The docIDs that codes are written as: "25,36,39".
public enum DocIDText {
    /// A docID a title.
    public static func docIDs(_ codes: [[Int32]], collisions: DocIDCollisions) -> [String] {
        var seen: [[Int32]: Int] = [:]
        return codes.map { code in
            let text = code.map(String.init).joined(separator: ",")
            guard collisions == .suffix else { return text }
            let count = (seen[code] ?? 0) + 1
            seen[code] = count
            return count == 1 ? text : "\(text)#\(count)"
        }
    }
}

/// How well docIDs tell titles apart.
public struct DocIDStatistics: Codable, Hashable, Sendable {
    /// Titles that have a docID: all that were counted.
    public let titles: Int
    /// Different docIDs.
    public let distinct: Int
    /// Titles whose docID another has too.
    public let sharing: Int
    /// The most titles that have one docID.
    public let largest: Int

    /// - Parameter docIDs: One a title; of none every number is 0.
    public init(_ docIDs: [String]) {
        var counts: [String: Int] = [:]
        for docID in docIDs { counts[docID, default: 0] += 1 }
        titles = docIDs.count
        distinct = counts.count
        sharing = counts.values.reduce(0) { $0 + ($1 > 1 ? $1 : 0) }
        largest = counts.values.max() ?? 0
    }
}

/// Why there are no docIDs.
public enum DocIDError: Error, Equatable, CustomStringConvertible {
    case option(String, Int, legal: String)
    case tooFewTitles(Int, needed: Int, what: String)

    static let (dictionary, clusters) = ("the dictionary's atoms", "the clusters")

    public var description: String {
        switch self {
        case .option(let name, let value, let legal): "\(name) is \(value), it must be \(legal)"
        case .tooFewTitles(let titles, let needed, let what):
            "\(what) need \(needed) different titles, there are \(titles): take fewer atoms"
        }
    }
}
