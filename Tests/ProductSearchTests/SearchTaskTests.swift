import Foundation
import RankingData
import TestSupport
import Tensors
import Testing

@testable import ProductSearch

@Suite struct SearchTaskTests {
    let folder: TemporaryFolder
    let corpus: SearchCorpus
    /// titles.npy,queries.npy
    let files: String

    /// 300 titles of which two of three pass the filter, 40 queries.
    init() throws {
        folder = try TemporaryFolder()
        var builder = SearchCorpusBuilder()
        for title in 0..<300 {
            builder.addTitle(id: "t\(title)", text: "title \(title)", isKept: title % 3 != 0)
        }
        for query in 0..<40 { builder.addQuery(id: "q\(query)", text: "query \(query)") }
        corpus = try builder.corpus()
        var stream = RandomStream(seed: 14, name: "task")
        func rows(_ count: Int) -> [[Float]] {
            (0..<count).map { _ in (0..<12).map { _ in stream.normal() } }
        }
        for (name, count) in [("titles.npy", 300), ("queries.npy", 40)] {
            try npy(rows(count)).write(to: folder.url.appendingPathComponent(name))
        }
        files = folder.path("titles.npy") + "," + folder.path("queries.npy")
    }

    private func task(
        threads: Int = 2, docIDs: DocIDConfiguration = DocIDConfiguration(atoms: 10), ranks: Int = 9,
        step: Int = 20
    ) throws -> SearchTask {
        let maker = try SearchTaskMaker(
            corpus, files: files, cache: folder.url.appendingPathComponent("cache\(threads)"),
            workers: WorkerPool(threads: threads)
        ) { _ in true }
        return try maker.task(name: "test", ranks: ListRanks(count: ranks, step: step), docIDs: docIDs)
    }

    @Test func listsHoldWhatTheFilterKeepsInOrder() throws {
        let task = try task()
        let titles = try NPYFile(folder.path("titles.npy")).all
        let queries = try NPYFile(folder.path("queries.npy")).all
        #expect(task.queries.count + task.origin.queriesWithoutList == 40)
        for (place, query) in task.queries.enumerated() {
            let number = try #require(Int(query.id.dropFirst()))
            let products = (0..<300).map { title in
                (0..<12).reduce(0.0) {
                    $0 + Double(titles[title * 12 + $1]) * Double(queries[number * 12 + $1])
                }
            }
            let order = (0..<300).sorted { products[$0] > products[$1] }
            let expected = [1, 20, 40, 60, 80, 100, 120, 140, 160].map { order[$0 - 1] }
                .filter { $0 % 3 != 0 }
            #expect(task.lists[place].map { task.titles[Int($0)].id } == expected.map { "t\($0)" })
        }
        #expect(
            task.titles.map(\.id)
                == Set(task.titles.map(\.id)).sorted { Int($0.dropFirst())! < Int($1.dropFirst())! })
        #expect(task.isConsistent)
        #expect(task.origin.docIDStatistics.titles == 300)
        #expect(task.origin.ranks == 9 && task.origin.step == 20)
    }

    @Test func sameTaskForAnyNumberOfThreads() throws {
        #expect(try task(threads: 1) == task(threads: 2))
        // The lists of the second come from the disk.
        let docIDs = DocIDConfiguration(kind: .random, atoms: 10, nonzeros: 1, collisions: .suffix)
        let (kept, other) = (try task(), try task(docIDs: docIDs))
        #expect(kept.lists == other.lists && kept.titles.map(\.docID) != other.titles.map(\.docID))
        #expect(Set(other.titles.map(\.docID)).count == other.titles.count)
    }

    @Test func itIsWrittenAndReadWhole() throws {
        let task = try task()
        let data = try JSONEncoder().encode(task)
        #expect(try JSONDecoder().decode(SearchTask.self, from: data) == task)
        let refused = try damage(data, 300, isExpected: { _ in true }) { data in
            let read = try JSONDecoder().decode(SearchTask.self, from: data)
            if !read.isConsistent { throw CorpusError.empty("consistency") }
        }
        #expect(refused > 50)
    }

    /// What each edit leaves is JSON, and places that are there.
    @Test func whatNoTaskHasIsInconsistent() throws {
        let task = try task()
        let data = try JSONEncoder().encode(task)
        func isConsistent(_ key: String, _ change: (inout [String]) -> Void) throws -> Bool {
            var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            var values = try #require(object[key] as? [String])
            change(&values)
            object[key] = values
            return try JSONDecoder().decode(
                SearchTask.self, from: JSONSerialization.data(withJSONObject: object)
            )
            .isConsistent
        }
        #expect(try isConsistent("titles") { $0[1] = $0[0] }, "two titles may say the same")
        #expect(try isConsistent("docIDs") { $0[1] = $0[0] }, "and have one docID")
        #expect(try !isConsistent("docIDs") { $0[1] = "" })
        #expect(try !isConsistent("titleIDs") { $0[1] = $0[0] })
        #expect(try !isConsistent("queryIDs") { $0[1] = $0[0] })
        // The second place of the first list becomes the first one's.
        var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        var places = try #require((object["places"] as? String).flatMap { Data(base64Encoded: $0) })
        places.replaceSubrange(4..<8, with: places[0..<4])
        object["places"] = places.base64EncodedString()
        let repeated = try JSONDecoder().decode(
            SearchTask.self, from: JSONSerialization.data(withJSONObject: object))
        #expect(repeated.lists[0].count > 1 && !repeated.isConsistent)
    }

    @Test func itIsRankedWithoutNegatives() throws {
        let task = try task()
        let ranked = try RankingTask(
            SearchTaskSource(task),
            DataConfiguration(evaluationQueries: 10, developmentQueries: 5, source: "test"))
        #expect(ranked.evaluation.count == 10 && ranked.development.count == 5)
        #expect(ranked.training.count == task.queries.count - 15)
        let query = try #require(ranked.evaluation.first)
        let place = Int(query.query) - task.titles.count
        #expect(query.documents == task.lists[place] && query.negatives.isEmpty)
        #expect(ranked.collection.text(query.query) == task.queries[place].text)
        #expect(ranked.collection.docID(query.documents[0]).contains(","))
        #expect(ranked.collection.promptStyle == SearchTask.promptStyle)
        #expect(ranked.documents.count == task.titles.count)
    }

    @Test func whatCannotBeMadeIsNamed() throws {
        #expect(throws: ListError.tooFewTitles(300, needed: 2_000)) { try self.task(ranks: 101) }
        #expect(throws: DocIDError.tooFewTitles(300, needed: 400, what: "the dictionary's atoms")) {
            try self.task(docIDs: DocIDConfiguration(atoms: 400))
        }
        var builder = SearchCorpusBuilder()
        builder.addTitle(id: "a", text: "a", isKept: false)
        #expect(throws: CorpusError.empty("title that the filter keeps")) { try builder.corpus() }
    }

    @Test func longTitlesAreCutAtAWord() {
        #expect(SearchTask.beginning(of: "USB C  hub, 4 ports", words: 3) == "USB C  hub,")
        #expect(SearchTask.beginning(of: "USB C", words: 2) == "USB C")
        #expect(SearchTask.beginning(of: "USB C", words: 0) == "USB C")
    }

    @Test func everySoManiethIsTaken() throws {
        let thin = try corpus.thinned(every: 7)
        #expect(thin.titles.map(\.id) == stride(from: 0, to: 300, by: 7).map { "t\($0)" })
        #expect(thin.queries.map(\.id) == stride(from: 0, to: 40, by: 7).map { "q\($0)" })
        #expect(thin.isKept == thin.titles.map { Int($0.id.dropFirst())! % 3 != 0 })
        #expect(try corpus.thinned(every: 1) == corpus)
    }
}

@Suite struct PrefixRelevanceTests {
    /// Against scipy.stats.spearmanr of the shared parts 2, 1, 1, 0 (and 0, 1, 2, 2) and the relevance 4, 3, 2, 1.
    @Test func correlationIsSpearmans() {
        let falling = PrefixRelevance([["1,2,3", "1,2,9", "1,5,3", "1,7", "4,2,3"]])
        #expect(falling.queries == 1)
        #expect(abs(falling.correlation - 0.9486832980505138) < 1e-12)
        let rising = PrefixRelevance([["1,2,3", "4", "1,9", "1,2,7", "1,2,8"]])
        #expect(abs(rising.correlation + 0.9486832980505138) < 1e-12)
    }

    /// "1" is no beginning of "12".
    @Test func partsAreSharedWhole() {
        let none = PrefixRelevance([["1,2", "12,2", "1x,2"], ["1", "1"], ["1,2", "1,3", "1,4"], []])
        #expect(none.queries == 0 && none.correlation == 0)
        // What tells equal codes apart is a part like any other.
        let suffixed = PrefixRelevance([["1,2", "1,2#2", "1,3"]])
        #expect(abs(suffixed.correlation - 1) < 1e-12)
        #expect(PrefixRelevance([["1,2#2", "1,2", "1,2#3"]]).queries == 0, "both share two")
        let both = PrefixRelevance([["1,2", "1,9", "3,9"], ["1,2", "3,9", "1,9"]])
        #expect(both.queries == 2 && abs(both.correlation) < 1e-12)
    }
}
