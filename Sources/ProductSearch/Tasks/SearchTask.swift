import Foundation
import RankingData

/// Product search as data to rank: titles with docIDs, queries, and each query's list of titles in gold order.
///
/// A list holds the titles at the ranks 1, step, 2 step, ... by inner product that pass the filter (section 5.1): the first
/// that is left is the most relevant. There are no judgments and no negatives.
public struct SearchTask: Sendable, Equatable {
    /// How lists and docIDs were made: what tables say of the data.
    public struct Origin: Codable, Hashable, Sendable {
        /// The corpus: `glosses, words`, `titles`, `esci`.
        public var corpus: String
        /// What made the embeddings: `minilm`, or the names of two files.
        public var embeddings: String
        /// How many ranks a list has before the filter, and the distance between them.
        public var ranks: Int
        /// The distance between ranks: 1, step, 2 step, ...
        public var step: Int
        /// How docIDs were made.
        public var docIDs: DocIDConfiguration
        /// Titles that lists were made over, and docIDs among them.
        public var docIDStatistics: DocIDStatistics
        /// The most words of a title that a ranker reads; 0: all. Embeddings are of whole titles.
        public var titleWords: Int
        /// Titles in lists that have more.
        public var cutTitles: Int
        /// Queries of which the filter left no title.
        public var queriesWithoutList: Int
        /// What was left out when the corpus was read.
        public var dropped: DroppedRows
    }

    /// The name of the prompts' style (appendix B.2).
    public static let promptStyle = "product-search"

    /// How lists and docIDs were made.
    public let origin: Origin
    /// The titles that stand in a list, in the corpus's order; texts are cut to `Origin.titleWords`.
    public let titles: [Entity]
    /// The queries that have a list, in the corpus's order.
    public let queries: [SearchCorpus.Item]
    /// For each query places in `titles`, the most relevant first; at least one.
    public let lists: [[Int32]]

    /// - Parameters:
    ///   - lists: For each of the corpus's queries the titles at the ranks, before the filter.
    ///   - docIDs: For each of the corpus's titles.
    ///   - origin: How they were made; what is counted here replaces what it says of it.
    public init(
        _ corpus: SearchCorpus, lists: [[Int32]], docIDs: [String], origin: Origin
    ) throws(CorpusError) {
        precondition(lists.count == corpus.queries.count, "a list a query")
        precondition(docIDs.count == corpus.titles.count, "a docID a title")
        // Ranks were chosen before the filter, as in the paper, so a list's first title need not be the query's
        // nearest.
        let kept = lists.map { $0.filter { corpus.isKept[Int($0)] } }
        var place = [Int32](repeating: -1, count: corpus.titles.count)
        var (titles, cut) = ([Entity](), 0)
        // Sorted, as the order of a set changes with each process, and entities' places are part of the data's
        // fingerprint.
        for title in Set(kept.joined()).sorted() {
            place[Int(title)] = Int32(titles.count)
            let item = corpus.titles[Int(title)]
            let text = Self.beginning(of: item.text, words: origin.titleWords)
            cut += text.utf8.count < item.text.utf8.count ? 1 : 0
            titles.append(Entity(id: item.id, text: text, docID: docIDs[Int(title)]))
        }
        let asked = kept.indices.filter { !kept[$0].isEmpty }
        guard !asked.isEmpty else { throw .empty("query with a title that the filter keeps") }
        self.titles = titles
        queries = asked.map { corpus.queries[$0] }
        self.lists = asked.map { kept[$0].map { place[Int($0)] } }
        var origin = origin
        origin.queriesWithoutList = kept.count - asked.count
        origin.cutTitles = cut
        self.origin = origin
    }

    /// The first `words` words of a text, as it has them; all of it for 0.
    static func beginning(of text: String, words: Int) -> String {
        guard words > 0 else { return text }
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard parts.count > words else { return text }
        return String(text[..<parts[words - 1].endIndex])
    }

    /// Whether every place is one of a title, no list is empty or has a title twice, and titles and queries have ids of their own and
    /// titles a docID.
    public var isConsistent: Bool {
        lists.count == queries.count && !lists.isEmpty
            && lists.allSatisfy { list in
                !list.isEmpty && list.allSatisfy { $0 >= 0 && Int($0) < titles.count }
                    && Set(list).count == list.count
            }
            && Set(titles.map { UTF8Text($0.id) }).count == titles.count
            && Set(queries.map { UTF8Text($0.id) }).count == queries.count
            && titles.allSatisfy { !$0.docID.isEmpty }
    }
}

extension SearchTask: Codable {
    /// Lists are two runs of little-endian 32-bit numbers: of places, and of where each list ends among them.
    private enum Keys: String, CodingKey {
        case origin, titleIDs, titles, docIDs, queryIDs, queries, places, ends
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(origin, forKey: .origin)
        try container.encode(titles.map(\.id), forKey: .titleIDs)
        try container.encode(titles.map(\.text), forKey: .titles)
        try container.encode(titles.map(\.docID), forKey: .docIDs)
        try container.encode(queries.map(\.id), forKey: .queryIDs)
        try container.encode(queries.map(\.text), forKey: .queries)
        var (ends, end) = ([Int32](), Int32(0))
        for list in lists {
            end += Int32(list.count)
            ends.append(end)
        }
        try container.encode(Self.bytes(lists.flatMap { $0 }), forKey: .places)
        try container.encode(Self.bytes(ends), forKey: .ends)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        origin = try container.decode(Origin.self, forKey: .origin)
        func texts(_ key: Keys) throws -> [String] { try container.decode([String].self, forKey: key) }
        let (ids, titleTexts, docIDs) = (try texts(.titleIDs), try texts(.titles), try texts(.docIDs))
        let (queryIDs, queryTexts) = (try texts(.queryIDs), try texts(.queries))
        let places = Self.numbers(try container.decode(Data.self, forKey: .places))
        let ends = Self.numbers(try container.decode(Data.self, forKey: .ends)).map(Int.init)
        let starts = [0] + ends.dropLast()
        // Checked here, since slicing by an end that a damaged file holds would end the program.
        guard ids.count == titleTexts.count, ids.count == docIDs.count, queryIDs.count == queryTexts.count,
            ends.count == queryIDs.count, ends.last == places.count,
            zip(starts, ends).allSatisfy({ $0 <= $1 })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .ends, in: container, debugDescription: "the parts do not fit each other")
        }
        titles = ids.indices.map { Entity(id: ids[$0], text: titleTexts[$0], docID: docIDs[$0]) }
        queries = queryIDs.indices.map { .init(id: queryIDs[$0], text: queryTexts[$0]) }
        lists = zip(starts, ends).map { Array(places[$0..<$1]) }
    }

    private static func bytes(_ numbers: [Int32]) -> Data {
        numbers.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }

    private static func numbers(_ bytes: Data) -> [Int32] {
        bytes.withUnsafeBytes { bytes in
            (0..<(bytes.count / 4)).map {
                Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))
            }
        }
    }
}
