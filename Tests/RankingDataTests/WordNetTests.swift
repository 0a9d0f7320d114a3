import Foundation
import Options
import Testing

@testable import RankingData

/// The real WordNet 3.0; reported as skipped where it is not installed.
@Suite(
    .enabled(
        if: FileManager.default.fileExists(atPath: Taxonomy.wordNetFolder + "/data.noun"),
        "needs wordnet-base"
    ))
struct WordNetTests {
    static let wordNet = Result { try Taxonomy(wordNet: Taxonomy.wordNetFolder) }

    @Test func statisticsAreThoseOfWordNet30() throws {
        let wordNet = try Self.wordNet.get()
        let statistics = TaxonomyStatistics(wordNet, try HypernymPaths(wordNet))
        #expect(
            statistics
                == TaxonomyStatistics(
                    synsets: 82_115, queries: 82_114, pairs: 701_954, distinctDocuments: 16_960,
                    shortestPath: 1,
                    longestPath: 19))
        try statistics.verify()
    }

    @Test func deerHasThePaperRanking() throws {
        let wordNet = try Self.wordNet.get()
        let deer = try #require(wordNet.names.firstIndex(of: "deer.n.01"))
        let documents = try HypernymPaths(wordNet).documents(of: Int32(deer)).map { wordNet.names[Int($0)] }
        #expect(
            documents == [
                "ruminant.n.01", "even-toed_ungulate.n.01", "ungulate.n.01", "placental.n.01", "mammal.n.01",
                "vertebrate.n.01", "chordate.n.01", "animal.n.01", "organism.n.01", "living_thing.n.01",
                "whole.n.02", "object.n.01", "physical_entity.n.01", "entity.n.01",
            ])
    }

    @Test func namesAreUnique() throws {
        let names = try Self.wordNet.get().names
        #expect(Set(names).count == names.count)
    }

    @Test func splitsAreDisjointAndProtocolsShareTheEvaluation() throws {
        let wordNet = try Self.wordNet.get()
        let heldOut = try RankingTask(wordNet, DataConfiguration())
        let all = try RankingTask(wordNet, DataConfiguration(splitProtocol: .all))
        let few = try RankingTask(wordNet, DataConfiguration(trainingQueries: 64))
        #expect(heldOut.training.count == 76_114)
        #expect(heldOut.development.count == 1000)
        #expect(heldOut.evaluation.count == 5000)
        #expect(all.training.count == 82_114)
        #expect(all.evaluation == heldOut.evaluation)
        #expect(all.development == heldOut.development)
        #expect(few.training == Array(heldOut.training.prefix(64)))
        // A limit takes the evaluated queries last, under either protocol.
        let fewOfAll = try RankingTask(wordNet, DataConfiguration(splitProtocol: .all, trainingQueries: 64))
        #expect(fewOfAll.training == few.training)
        let most = try RankingTask(wordNet, DataConfiguration(splitProtocol: .all, trainingQueries: 76_116))
        #expect(most.training == heldOut.training + heldOut.evaluation.prefix(2))
        #expect(throws: ConfigurationError.self) {
            try RankingTask(wordNet, DataConfiguration(trainingQueries: 76_115))
        }
        let evaluated = Set((heldOut.evaluation + heldOut.development).map(\.query))
        #expect(evaluated.count == 6000)
        #expect(heldOut.training.allSatisfy { !evaluated.contains($0.query) })
        #expect(Set([heldOut.fingerprint, all.fingerprint, few.fingerprint]).count == 3)
    }

    @Test func theCorpusIsWhatIsRelevantToAnyQuery() throws {
        let task = try RankingTask(Self.wordNet.get(), DataConfiguration())
        #expect(task.corpus.count == 16_960)
        let query = task.evaluation[0].among(task.corpus)
        #expect(Set(query.candidates).count == query.candidates.count)
        #expect(
            Set(query.candidates.map(\.entity)).union([query.query])
                == Set(task.corpus + query.negatives + [query.query]))
        #expect(Array(query.candidates.prefix(query.documents.count + 1)) == task.evaluation[0].candidates)
    }

    @Test func negativesAreNoAncestors() throws {
        let wordNet = try Self.wordNet.get()
        let task = try RankingTask(wordNet, DataConfiguration())
        for query in task.evaluation {
            let negative = try #require(query.negatives.first)
            #expect(query.negatives.count == 1 && negative != query.query)
            #expect(!wordNet.ancestors(of: query.query).contains(negative))
            #expect(!query.documents.contains(negative))
        }
    }
}
