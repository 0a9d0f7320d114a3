import Foundation
import Options
import Testing

@testable import RankingData

/// A database of four synsets, whole and damaged.
@Suite struct WordNetParserTests {
    static let data = """
          1 licence
        00000010 03 n 01 entity 0 001 ~ 00000020 n 0000 | all
        00000020 03 n 02 Thing 0 matter 0 001 @ 00000010 n 0000 | some
        00000030 03 n 01 thing 1 002 @ 00000010 n 0000 @i 00000020 n 0000 | other
        00000040 03 n 01 leaf 0 002 @ 00000010 n 0000 @ 00000030 n 0000 | last

        """
    static let index = """
          1 licence
        entity n 1 1 ~ 1 0 00000010
        leaf n 1 1 @ 1 0 00000040
        matter n 1 1 @ 1 0 00000020
        thing n 2 1 @ 2 0 00000030 00000020

        """

    func folder(data: String = data, index: String = index) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try data.write(to: folder.appendingPathComponent("data.noun"), atomically: true, encoding: .utf8)
        try index.write(to: folder.appendingPathComponent("index.noun"), atomically: true, encoding: .utf8)
        return folder.path
    }

    @Test func namesAndLongestPaths() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let wordNet = try Taxonomy(wordNet: folder)
        #expect(wordNet.names == ["entity.n.01", "thing.n.02", "thing.n.01", "leaf.n.01"])
        let paths = try HypernymPaths(wordNet)
        #expect(paths.documents(of: 3) == [2, 1, 0])
        #expect(wordNet.ancestors(of: 3) == [0, 1, 2])
        #expect(paths.documents(of: 0) == [])
    }

    @Test func otherVersionsAreRefused() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let wordNet = try Taxonomy(wordNet: folder)
        let statistics = TaxonomyStatistics(wordNet, try HypernymPaths(wordNet))
        #expect(throws: WordNetError.unexpected(statistic: "noun synsets", expected: 82_115, found: 4)) {
            try statistics.verify()
        }
    }

    @Test func aMissingFolderNamesTheFile() {
        #expect(throws: WordNetError.missing(file: "/nowhere/index.noun")) {
            try Taxonomy(wordNet: "/nowhere")
        }
    }

    @Test(arguments: [
        ("matter 0 001 @", "matter 0 009 @", 3, "as many pointers as the pointer count says"),
        ("n 02 Thing", "n 07 Thing", 3, "as many words as the word count says"),
        (" | other", "", 4, "a gloss after '|'"),
        ("00000040 03", "0000xx40 03", 5, "an eight-digit offset, then the synset's words"),
        (" | last\n", " | la", 5, "a line break at the end"),
        ("@i 00000020", "@i 0000002", 4, "an eight-digit offset after a hypernym pointer"),
        // Counts that no file has: too large for a machine's numbers, negative, more than the line holds.
        ("n 02 Thing", "n 7fffffffffffffff Thing", 3, "as many words as the word count says"),
        ("n 02 Thing", "n ffffffff Thing", 3, "as many words as the word count says"),
        ("n 02 Thing", "n -2 Thing", 3, "as many words as the word count says"),
        ("n 02 Thing", "n 00 Thing", 3, "as many words as the word count says"),
        ("matter 0 001 @", "matter 0 9223372036854775807 @", 3, "as many pointers as the pointer count says"),
        ("matter 0 001 @", "matter 0 4611686018427387904 @", 3, "as many pointers as the pointer count says"),
        ("matter 0 001 @", "matter 0 -001 @", 3, "as many pointers as the pointer count says"),
        ("matter 0 001 @ 00000010 n 0000", "matter 0 001 @", 3, "as many pointers as the pointer count says"),
        ("00000040 03", "+0000040 03", 5, "an eight-digit offset, then the synset's words"),
    ])
    func damageIsFound(part: String, becomes: String, line: Int, expected: String) throws {
        let folder = try folder(data: Self.data.replacingOccurrences(of: part, with: becomes))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: WordNetError.malformed(file: folder + "/data.noun", line: line, expected: expected)) {
            try Taxonomy(wordNet: folder)
        }
    }

    @Test(arguments: ["9223372036854775807", "-1", "99999999", "0", ""])
    func damagedCountsOfTheIndexAreFound(count: String) throws {
        for (part, becomes) in [
            ("matter n 1 1", "matter n \(count) 1"), ("matter n 1 1", "matter n 1 \(count)"),
        ] {
            let folder = try folder(index: Self.index.replacingOccurrences(of: part, with: becomes))
            defer { try? FileManager.default.removeItem(atPath: folder) }
            #expect(
                throws: WordNetError.malformed(
                    file: folder + "/index.noun", line: 4,
                    expected: "a lemma with as many offsets as its synset count says")
            ) { try Taxonomy(wordNet: folder) }
        }
    }

    @Test(arguments: ["", "  1 licence\n"]) func filesOfNothingAreFound(text: String) throws {
        let folder = try folder(data: text)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let line = text.isEmpty ? 1 : 2
        #expect(
            throws: WordNetError.malformed(
                file: folder + "/data.noun", line: line, expected: "synsets or lemmas")
        ) { try Taxonomy(wordNet: folder) }
    }

    @Test func pointersAndSensesMustLeadSomewhere() throws {
        let lost = try folder(data: Self.data.replacingOccurrences(of: "@i 00000020", with: "@i 00000099"))
        defer { try? FileManager.default.removeItem(atPath: lost) }
        #expect(throws: WordNetError.unknownOffset(file: lost + "/data.noun", line: 4, offset: "99")) {
            try Taxonomy(wordNet: lost)
        }
        let senseless = try folder(index: Self.index.replacingOccurrences(of: "leaf n", with: "loaf n"))
        defer { try? FileManager.default.removeItem(atPath: senseless) }
        #expect(
            throws: WordNetError.noSense(lemma: "leaf", offset: "40", index: senseless + "/index.noun")
        ) { try Taxonomy(wordNet: senseless) }
    }

    @Test func aCycleIsFound() throws {
        let folder = try folder(
            data: Self.data.replacingOccurrences(
                of: "entity 0 001 ~ 00000020", with: "entity 0 001 @ 00000040"))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let wordNet = try Taxonomy(wordNet: folder)
        #expect(throws: WordNetError.self) { try HypernymPaths(wordNet) }
    }

    @Test func illegalSplitsAreNamed() {
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "data.evaluationQueries", value: "82114",
                legal: "in 1..<82114, as the data have 82114 queries")
        ) { try DataConfiguration(evaluationQueries: 82_114).validate() }
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "data.trainingQueries", value: "90000", legal: "0 (all) or at most 76114")
        ) { try DataConfiguration(trainingQueries: 90_000).validate() }
        // No range without numbers, and the option that leaves too few is named.
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "data.evaluationQueries", value: "1",
                legal: "fewer than the queries of the data, which have 1: no training is possible")
        ) { try DataConfiguration(evaluationQueries: 1).validate(available: 1) }
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "data.developmentQueries", value: "1000",
                legal: "in 0..<6, as data.evaluationQueries leaves 6 of 10 queries")
        ) { try DataConfiguration(evaluationQueries: 4).validate(available: 10) }
    }
}
