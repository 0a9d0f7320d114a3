import Foundation
import RankingData

/// What product search is made of: titles, of which some may stand in lists, and queries.
public struct SearchCorpus: Sendable, Equatable {
    /// A title or a query. Its text has neither control characters nor blanks at its ends.
    public struct Item: Sendable, Equatable {
        /// Unique among the titles, or among the queries.
        public let id: String
        /// At least one character that is no blank.
        public let text: String

        /// An item as given: nothing of it is checked or cleaned here.
        public init(id: String, text: String) {
            self.id = id
            self.text = text
        }
    }

    /// In the order of their source; their embeddings are rows in this order.
    public let titles: [Item]
    /// Whether each title passes the filter: lists are made over all titles, and hold those that do.
    public let isKept: [Bool]
    /// In the order of their source, no two the same but for case and blanks.
    public let queries: [Item]
    /// What the source held and the corpus does not.
    public let dropped: DroppedRows

    init(titles: [Item], isKept: [Bool], queries: [Item], dropped: DroppedRows) {
        precondition(titles.count == isKept.count, "\(titles.count) titles, \(isKept.count) marks")
        self.titles = titles
        self.isKept = isKept
        self.queries = queries
        self.dropped = dropped
    }
}

extension SearchCorpus {
    /// The corpus of every `every`th title and query, the first of each among them, for a quick look.
    ///
    /// - Throws: `CorpusError.empty` where no title is left that the filter keeps.
    public func thinned(every: Int) throws(CorpusError) -> SearchCorpus {
        precondition(every >= 1, "every \(every)th is none")
        let places = Array(stride(from: 0, to: titles.count, by: every))
        guard places.contains(where: { isKept[$0] }) else { throw .empty("title that the filter keeps") }
        return SearchCorpus(
            titles: places.map { titles[$0] }, isKept: places.map { isKept[$0] },
            queries: stride(from: 0, to: queries.count, by: every).map { queries[$0] }, dropped: dropped)
    }
}

/// Rows that a corpus was given and does not have, by what was wrong with them, and rows that were changed.
public struct DroppedRows: Codable, Hashable, Sendable {
    /// Titles without text: null, or blanks.
    public var emptyTitles = 0
    /// Titles whose id an earlier one has.
    public var repeatedTitles = 0
    /// Queries without text.
    public var emptyQueries = 0
    /// Queries whose id or normalised text an earlier one has: one stays, so that no text is on both sides of a split.
    public var repeatedQueries = 0
    /// Titles and queries that are kept, with blanks where control characters stood: tabs, line breaks.
    public var cleanedTexts = 0
}

/// Collects titles and queries, and counts what it drops.
struct SearchCorpusBuilder {
    private var titles: [SearchCorpus.Item] = []
    private var isKept: [Bool] = []
    private var queries: [SearchCorpus.Item] = []
    private var dropped = DroppedRows()
    private var titleIDs: Set<[UInt8]> = []
    private var queryIDs: Set<[UInt8]> = []
    private var queryTexts: Set<[UInt8]> = []

    mutating func addTitle(id: String, text: String?, isKept kept: Bool) {
        // Before the id: a title without text must not keep a later one of its id out.
        guard let (text, wasCleaned) = Self.cleaned(text) else {
            dropped.emptyTitles += 1
            return
        }
        // Ids are compared by their bytes: Swift's == takes two Unicode spellings of one character for the same.
        guard titleIDs.insert(Array(id.utf8)).inserted else {
            dropped.repeatedTitles += 1
            return
        }
        if wasCleaned { dropped.cleanedTexts += 1 }
        titles.append(.init(id: id, text: text))
        isKept.append(kept)
    }

    mutating func addQuery(id: String, text: String?) {
        guard let (text, wasCleaned) = Self.cleaned(text) else {
            dropped.emptyQueries += 1
            return
        }
        let normalised = Array(QueryText.normalised(text).utf8)
        // A query that is dropped for its text leaves its id to another.
        guard !queryTexts.contains(normalised), queryIDs.insert(Array(id.utf8)).inserted else {
            dropped.repeatedQueries += 1
            return
        }
        queryTexts.insert(normalised)
        if wasCleaned { dropped.cleanedTexts += 1 }
        queries.append(.init(id: id, text: text))
    }

    /// The text with blanks in place of control characters, and whether it had any; nil where nothing is left.
    private static func cleaned(_ text: String?) -> (text: String, wasCleaned: Bool)? {
        guard let text else { return nil }
        // A text without control characters, as nearly all are, is not taken apart and put together again.
        let isClean = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        let words =
            isClean
            ? text
            : String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        let trimmed = words.trimmingCharacters(in: .whitespacesAndNewlines)
        // Of a text that nobody sees nothing is left either.
        guard !trimmed.isEmpty, !QueryText.normalised(trimmed).isEmpty else { return nil }
        return (trimmed, !isClean)
    }

    /// - Throws: `CorpusError.empty` without a title that the filter keeps, or without a query.
    func corpus() throws(CorpusError) -> SearchCorpus {
        guard isKept.contains(true) else { throw .empty("title that the filter keeps") }
        guard !queries.isEmpty else { throw .empty("query") }
        return SearchCorpus(titles: titles, isKept: isKept, queries: queries, dropped: dropped)
    }
}

/// Why there is no corpus.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
    case empty(String)
    case missing(file: String, hint: String)
    case pointer(file: String)
    case damaged(file: String, found: String)
    case duckDB(command: String, reason: String)
    case notDuckDB(command: String)
    case badRow(file: String, reason: String)

    public var description: String {
        switch self {
        case .empty(let what): "there is no \(what)"
        case .missing(let file, let hint): "\(file) is not there: \(hint)"
        case .pointer(let file):
            "\(file) is a pointer of Git LFS, not the file itself: run `git lfs pull` in the download's folder"
        case .damaged(let file, let found):
            "\(file) has the published file's size and SHA-256 \(found), which is another: download it again"
        case .duckDB(let command, let reason): "\(command) could not read the Parquet files: \(reason)"
        case .badRow(let file, let reason): "\(file) has a row that cannot be used: \(reason)"
        case .notDuckDB(let command):
            "there is no program '\(command)', which reads Parquet files: run `rankbridge model fetch duckdb`, or name it with --duckdb"
        }
    }
}
