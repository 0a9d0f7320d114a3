import Foundation
import Options
@testable import RankingData
import Tensors
import TestSupport
import Testing

@testable import ProductSearch

@Suite struct TitleFilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, _ name: String) throws -> String {
        try Data(text.utf8).write(to: folder.url.appendingPathComponent(name))
        return folder.path(name)
    }

    private func corpus(titles: String, queries: String) throws -> SearchCorpus {
        try SearchCorpus(titles: write(titles, "t.jsonl"), queries: write(queries, "q.jsonl"))
    }

    @Test func dirtyRowsAreCountedAndCleaned() throws {
        let corpus = try corpus(
            titles: """
                {"id": "a", "text": "  USB\\tC\\nhub ", "brand": "x"}
                {"id": 7, "text": "日本語のケーブル", "keep": false}

                {"id": "c", "text": null}
                {"id": "d", "text": " \\n\\t"}
                {"id": "e", "text": "USB C hub"}
                """,
            queries: """
                {"id": "1", "text": "usb  C"}
                {"id": "2", "text": "USB c"}
                {"id": "3", "text": ""}
                {"id": "4", "text": "Caf\\u00e9"}
                {"id": "5", "text": "cafe\\u0301"}
                {"id": "6", "text": "usb\\tC"}
                """)
        #expect(corpus.titles.map(\.id) == ["a", "7", "e"])
        #expect(corpus.titles.map(\.text) == ["USB C hub", "日本語のケーブル", "USB C hub"])
        #expect(corpus.isKept == [true, false, true])
        #expect(corpus.queries.map(\.id) == ["1", "4"])
        let expected = DroppedRows(
            emptyTitles: 2, repeatedTitles: 0, emptyQueries: 1, repeatedQueries: 3, cleanedTexts: 1)
        #expect(corpus.dropped == expected, "a query that is dropped is not cleaned")
        let statistics = TextStatistics(corpus.titles)
        #expect(statistics.count == 3 && statistics.distinct == 2 && statistics.longest == 9)
    }

    /// Of data whose ids repeat, as a part of the Shopping Queries data may have them: one of each id stays, and one
    /// without text keeps none of its id out.
    @Test func idsThatRepeatAreDropped() throws {
        let titles = try write(
            """
            {"id": "a", "text": null}
            {"id": "a", "text": "hub"}
            {"id": "a", "text": "lamp"}
            """, "t.jsonl")
        let queries = try write(
            """
            {"id": "1", "text": "usb"}
            {"id": "1", "text": "lamp"}
            {"id": "2", "text": "USB"}
            {"id": "2", "text": "lamp"}
            """, "q.jsonl")
        let corpus = try SearchCorpus(titles: titles, queries: queries, areIDsUnique: false)
        #expect(corpus.titles == [.init(id: "a", text: "hub")])
        #expect(corpus.queries == [.init(id: "1", text: "usb"), .init(id: "2", text: "lamp")])
        let expected = DroppedRows(
            emptyTitles: 1, repeatedTitles: 1, emptyQueries: 0, repeatedQueries: 2, cleanedTexts: 0)
        #expect(corpus.dropped == expected)
    }

    /// The caron of a capital J has no character of its own, that of the small one has.
    @Test func queriesAreOneWhateverTheirCase() {
        #expect(QueryText.normalised("J\u{30C}").utf8.elementsEqual(QueryText.normalised("\u{1F0}").utf8))
    }

    /// A text encoder drops them, so such queries would have one list, on both sides of a split.
    @Test func charactersThatNobodySeesTellNoTextsApart() throws {
        let corpus = try corpus(
            titles: """
                {"id": "a", "text": "hub"}
                {"id": "b", "text": "\\u2060\\ufeff "}
                """,
            queries: """
                {"id": "1", "text": "shirt\\u2060 12"}
                {"id": "2", "text": "shirt 12"}
                {"id": "3", "text": "\\u200eSHI\\u00adRT 12"}
                {"id": "4", "text": "\\u200d"}
                """)
        #expect(corpus.titles.map(\.id) == ["a"] && corpus.queries.map(\.id) == ["1"])
        #expect(corpus.queries[0].text == "shirt\u{2060} 12", "what is kept stays as it is written")
        #expect(corpus.dropped.emptyTitles == 1 && corpus.dropped.emptyQueries == 1)
        #expect(corpus.dropped.repeatedQueries == 2)
    }

    @Test func badLinesAreNamed() throws {
        let good = #"{"id": "a", "text": "x"}"# + "\n"
        let noID = #"expected an "id" that is a string or a whole number"#
        for (bad, reason) in [
            (#"{"id": "b", "text": "x""#, "this is no JSON: a comma or the end of an object is missing"),
            (#"{"id": "b"}"#, #"expected a "text""#), (#"{"text": "x"}"#, noID),
            ("[]", "expected an object, as in JSON Lines"), ("x", "this is no JSON: a value is missing"),
            (#"{"id": 1.5, "text": ""}"#, noID), (#"{"id": "", "text": "x"}"#, "expected an id"),
            (#"{"id": "b", "text": 3}"#, #"expected a string as "text" in place of 3"#),
            (
                #"{"id": "b", "text": "x", "keep": "yes"}"#,
                #"expected true or false as "keep" in place of 'yes'"#
            ), (#"{"id": "b", "text": "x", "text": "y"}"#, "this is no JSON: 'text' stands twice"),
        ] {
            #expect(throws: BadLine(file: folder.path("t.jsonl"), line: 2, reason: reason), "\(bad)") {
                try corpus(titles: good + bad + "\n", queries: good)
            }
        }
        let twice = "the id 'a' stands in the file twice"
        #expect(throws: BadLine(file: folder.path("q.jsonl"), line: 3, reason: twice)) {
            try corpus(titles: good, queries: good + "\n" + good)
        }
        #expect(throws: CorpusError.empty("query")) { try corpus(titles: good, queries: "\n") }
        #expect(throws: CorpusError.empty("title that the filter keeps")) {
            try corpus(titles: #"{"id": "a", "text": "x", "keep": false}"#, queries: good)
        }
        #expect(throws: InputError.self) {
            try SearchCorpus(titles: folder.path("nowhere"), queries: folder.path("t.jsonl"))
        }
    }

    @Test func marksAndLineEndsChangeNothing() throws {
        let text = (0..<9).map { #"{"id": "\#($0)", "text": "title \#($0)"}"# + "\n" }.joined()
        let expected = try corpus(titles: text, queries: text)
        let returned = text.replacingOccurrences(of: "\n", with: "\r\n")
        for spelling in ["\u{feff}" + text, returned, "\u{feff}" + returned, "\n \n" + text] {
            let found = try corpus(titles: spelling, queries: spelling)
            #expect(found.titles == expected.titles && found.queries == expected.queries)
        }
        for bad in ["\u{0}", "\r"] {
            #expect(throws: BadLine.self) { try corpus(titles: text + bad + text, queries: text) }
        }
    }

    @Test func damagedFilesAreRefusedOrRead() throws {
        let lines = (0..<20).map { #"{"id": "\#($0)", "text": "title \#($0) — é"}"# }.joined(separator: "\n")
        let queries = try write(#"{"id": "a", "text": "x"}"#, "q.jsonl")
        let refused = try damage(
            Data(lines.utf8), 300,
            isExpected: { $0 is BadLine || $0 is CorpusError || $0 is InputError }
        ) { data in
            try data.write(to: folder.url.appendingPathComponent("t.jsonl"))
            _ = try SearchCorpus(titles: folder.path("t.jsonl"), queries: queries)
        }
        #expect(refused > 100)
    }
}

/// What a test of the whole WordNet asks for.
private let hasWordNet: any TestTrait = ConditionTrait.enabled(
    if: FileManager.default.fileExists(atPath: Taxonomy.wordNetFolder + "/data.noun"), "needs wordnet-base")

@Suite struct GlossTests {
    @Test(hasWordNet) func wordNetIsReadWhole() throws {
        let corpus = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: .words)
        try GlossStatistics(corpus).verify(against: .wordNet30(.words))
        #expect(
            corpus.titles[0].text
                == "entity: that which is perceived or known or inferred to have its own distinct existence (living or nonliving)"
        )
        #expect(corpus.titles[0].id == "noun.00001740")
        let able = try #require(corpus.titles.first { $0.id == "adj.00001740" })
        #expect(able.text.hasPrefix("able: (usually followed by `to') having the necessary means"))
        #expect(TextStatistics(corpus.titles).distinct == 117_659)
        #expect(TextStatistics(corpus.titles).longest == 605)
        #expect(corpus.queries.prefix(2).map(\.text) == ["entity", "physical entity"])
        #expect(corpus.queries.contains { $0.text == "abroad" })
        let lemmas = corpus.titles.map { $0.text.prefix(while: { $0 != ":" }) }
        #expect(!lemmas.contains { $0.hasSuffix("(p)") || $0.contains("_") })
        #expect(corpus.dropped.cleanedTexts == 0)
    }

    /// Titles are the same whatever queries are; a word that is a noun and something else stays a query.
    @Test(hasWordNet) func nounsAreTheWordsThatTheFilterKeeps() throws {
        let corpus = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: .nouns)
        try GlossStatistics(corpus).verify(against: .wordNet30(.nouns))
        let words = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: .words)
        #expect(corpus.titles == words.titles && corpus.isKept == words.isKept)
        #expect(Set(corpus.queries.map(\.text)).isSubset(of: words.queries.map(\.text)))
        #expect(corpus.queries.contains { $0.text == "run" })
        #expect(!corpus.queries.contains { $0.text == "abroad" })
    }

    /// In the titles for words they do stand, in quotation marks.
    @Test(hasWordNet) func sentencesStandInNoTitleOfTheirOwn() throws {
        func quoting(_ queries: GlossQueries) throws -> Int {
            let corpus = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: queries)
            return corpus.titles.count { $0.text.utf8.count { $0 == UInt8(ascii: "\"") } >= 2 }
        }
        #expect(try quoting(.sentences) == 0)
        #expect(try quoting(.words) > 30_000)
        let corpus = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: .sentences)
        try GlossStatistics(corpus).verify(against: .wordNet30(.sentences))
        let able = try #require(corpus.titles.first { $0.id == "adj.00001740" })
        #expect(
            able.text
                == "able: (usually followed by `to') having the necessary means or skill or know-how or authority to do something"
        )
        #expect(corpus.queries.contains { $0.text == "able to swim" })
    }

    @Test func anotherWordNetIsRefused() throws {
        let folder = try TemporaryFolder()
        let line = "00001740 03 n 02 entity 0 big_thing 1 000 | what is; \"it is\"  \n"
        for (part, text) in [("noun", line), ("verb", line), ("adj", line), ("adv", line)] {
            try Data(text.utf8).write(to: folder.url.appendingPathComponent("data." + part))
        }
        let corpus = try SearchCorpus(glosses: folder.url.path, queries: .words)
        #expect(corpus.titles.count == 4)
        #expect(corpus.titles[1].text == "entity, big thing: what is; \"it is\"")
        #expect(throws: WordNetError.unexpected(statistic: "glosses", expected: 117_659, found: 4)) {
            try GlossStatistics(corpus).verify(against: .wordNet30(.words))
        }
        for (count, becomes) in [
            ("02 entity", "7fffffffffffffff entity"), ("02 entity", "-2 entity"), (" 000 ", " 999 "),
        ] {
            try Data((line + line.replacingOccurrences(of: count, with: becomes)).utf8)
                .write(to: folder.url.appendingPathComponent("data.verb"))
            let error = #expect(throws: WordNetError.self) {
                try SearchCorpus(glosses: folder.url.path, queries: .words)
            }
            #expect("\(try #require(error))".hasPrefix(folder.path("data.verb") + ":2: expected as many"))
        }
        let refused = try damage(
            Data(line.utf8), 200, isExpected: { $0 is WordNetError || $0 is CorpusError }
        ) {
            data in
            try data.write(to: folder.url.appendingPathComponent("data.verb"))
            _ = try SearchCorpus(glosses: folder.url.path, queries: .sentences)
        }
        #expect(refused > 30)
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("data.adv"))
        #expect(throws: WordNetError.self) {
            try SearchCorpus(glosses: folder.url.path, queries: .words)
        }
    }
}
