import Foundation
import RankingData

/// What stands for queries beside WordNet's glosses.
public enum GlossQueries: String, Codable, Hashable, Sendable, CaseIterable {
    /// Words and phrases of at least three characters that name a noun: short, and mostly standing in their best title, as product queries
    /// do. The filter keeps nouns, so that for most of these queries, as for English ones among English titles, the nearest title
    /// of all is kept.
    case nouns
    /// Words and phrases of all parts of speech. For a quarter of them the filter drops the nearest title.
    case words
    /// Example sentences. Titles are then without theirs, or each query would stand in its best title whole.
    case sentences
}

extension SearchCorpus {
    /// WordNet's synsets as a stand-in for product search that everybody has: titles are "lemmas: gloss".
    ///
    /// The filter keeps nouns, 69.8 % of the titles, as English ones are 67.0 % of the Shopping Queries data's products. The
    /// four data files are read in the order noun, verb, adjective, adverb.
    /// - Throws: `WordNetError`; `CorpusError.empty`.
    public init(glosses folder: String, queries: GlossQueries) throws {
        var builder = SearchCorpusBuilder()
        var texts: [String] = []
        var seen: Set<[UInt8]> = []
        func add(query: String) {
            // A word stands in as many synsets as it has senses. That is no fault of the data, so the builder does not
            // get to count it.
            if seen.insert(Array(query.utf8)).inserted { texts.append(query) }
        }
        for part in ["noun", "verb", "adj", "adv"] {
            try WordNetLine.forEach(of: folder + "/data." + part) { line throws(WordNetError) in
                let synset = GlossedSynset(try SynsetLine(line))
                let gloss = queries == .sentences ? synset.definition : synset.gloss
                builder.addTitle(
                    // A synset's line begins with its offset in its file, eight digits, which is unique in that file
                    // alone.
                    id: part + "." + String(decoding: line.bytes.prefix(8), as: UTF8.self),
                    text: synset.lemmas.joined(separator: ", ") + ": " + gloss, isKept: part == "noun")
                switch queries {
                case .nouns where part != "noun": break
                case .nouns, .words: synset.lemmas.filter { $0.count >= 3 }.forEach(add)
                case .sentences: synset.sentences.forEach(add)
                }
            }
        }
        for text in texts { builder.addQuery(id: text, text: text) }
        self = try builder.corpus()
    }
}

/// What WordNet 3.0 gives as product search; checked before anything is made of it.
public struct GlossStatistics: Equatable, Sendable {
    /// Synsets of all four parts of speech, each a title.
    public let titles: Int
    /// Titles that pass the filter: the nouns.
    public let kept: Int
    /// Queries after those that differ in case and blanks alone were made one.
    public let queries: Int

    /// The counts of WordNet 3.0 as Debian ships it. Before queries that differ in case alone were made one, there are
    /// 148,171 words and phrases and 48,224 sentences.
    public static func wordNet30(_ queries: GlossQueries) -> GlossStatistics {
        let count =
            switch queries {
            case .nouns: 117_455
            case .words: 146_894
            case .sentences: 48_214
            }
        return GlossStatistics(titles: 117_659, kept: 82_115, queries: count)
    }

    init(titles: Int, kept: Int, queries: Int) {
        self.titles = titles
        self.kept = kept
        self.queries = queries
    }

    /// The counts of a corpus, whatever it was made of.
    public init(_ corpus: SearchCorpus) {
        self.init(
            titles: corpus.titles.count, kept: corpus.isKept.count { $0 }, queries: corpus.queries.count)
    }

    /// - Throws: `WordNetError.unexpected` at the first number that differs.
    public func verify(against expected: GlossStatistics) throws(WordNetError) {
        try WordNetError.requireEqual(
            self, expected, [("glosses", \.titles), ("nouns", \.kept), ("queries", \.queries)])
    }
}

/// A synset's words and gloss, in Latin-1 as WordNet's files have them.
private struct GlossedSynset {
    let lemmas: [String]
    let gloss: String

    init(_ line: SynsetLine) {
        lemmas = line.words.map(Self.lemma)
        gloss = Self.text(line.gloss).trimmingCharacters(in: .whitespaces)
    }

    /// What stands in quotation marks, without blanks at the ends, and not empty.
    var sentences: [String] {
        gloss.matches(of: /"([^"]*)"/).map {
            $0.output.1.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }

    /// The gloss without its example sentences.
    var definition: String {
        // In WordNet's glosses a semicolon stands before each example sentence.
        gloss.replacing(/;?\s*"[^"]*"/, with: "").trimmingCharacters(in: .whitespaces)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        // Latin-1's bytes are the first 256 code points of Unicode.
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// A word as people write it: without an adjective's place, "(a)" say, and with blanks.
    private static func lemma(_ bytes: ArraySlice<UInt8>) -> String {
        var word = text(bytes)[...]
        for place in ["(a)", "(p)", "(ip)"] where word.hasSuffix(place) { word = word.dropLast(place.count) }
        return String(word.replacing("_", with: " "))
    }
}
