import Foundation
import LanguageModels
import Rankers
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

@Suite struct DocumentScoreTests {
    @Test func formulas() {
        let likelihood = DocumentLikelihood(sum: -6, tokens: 2, countedLength: 6)
        #expect(DocumentScore.allCases.map { likelihood.score($0) } == [-3, -6, -1])
        let empty = DocumentLikelihood(sum: 0, tokens: 0, countedLength: 0)
        #expect(DocumentScore.allCases.allSatisfy { empty.score($0) == -.infinity })
    }

    @Test(arguments: [
        ("deer.n.01", ".n.01"), ("a.b.c.n.12", ".n.12"), ("x.v.100", ".v.100"), (".n.01", ".n.01"),
        ("\u{e9}.n.01", ".n.01"),
    ])
    func senseSuffixes(name: String, suffix: String) throws {
        let found = try #require(SenseSuffix.of(name))
        #expect(found == suffix && SenseSuffix.publicLength(found) == suffix.utf8.count)
    }

    @Test(arguments: ["", "deer", "deer.n", "deer.n.1", "deer.noun.01", "n.01", "12, 4, 77", "deer.n.01 "])
    func otherDocIDsHaveNone(name: String) { #expect(SenseSuffix.of(name) == nil) }

    /// What transformers makes of synsets' names with SmolLM2's tokenizer, from the fixture that its script wrote: the
    /// last five ids of each are one for each character of its suffix.
    @Test func smolLM2SpellsASuffixCharacterByCharacter() throws {
        struct Golden: Decodable {
            struct Text: Decodable {
                let text: String
                let ids: [Int32]
            }
            let texts: [Text]
        }
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("LanguageModelsTests/Fixtures/smollm2.json")
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        let names = golden.texts.filter { SenseSuffix.of($0.text) != nil }
        #expect(names.count >= 4)
        var idOf: [Character: Int32] = [:]
        for name in names {
            let suffix = try #require(SenseSuffix.of(name.text))
            #expect(SenseSuffix.publicLength(suffix) == 5)
            for (character, id) in zip(suffix, name.ids.suffix(5)) {
                #expect(idOf[character, default: id] == id, "'\(character)' of '\(name.text)'")
                idOf[character] = id
            }
        }
        #expect(Set(idOf.values).count == idOf.count)
    }

    private func trained(_ score: DocumentScore, scoring: CandidateScoring = .ownPath) throws -> (
        task: RankingTask, ranker: DecoderRanker
    ) {
        let task = ToyTask.make()
        var configuration = ToyTask.configuration(steps: 5)
        configuration.score = score
        configuration.scoring = scoring
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 3, workers: WorkerPool(threads: 2))
        try trainer.train { _ in .more }
        return (task, try #require(try trainer.ranker() as? DecoderRanker))
    }

    /// One pass gives what a ranker of each score gives alone, bit for bit, along both kinds of path.
    @Test(arguments: CandidateScoring.allCases)
    func onePassGivesEveryVariant(scoring: CandidateScoring) throws {
        for own in DocumentScore.allCases {
            let (task, ranker) = try trained(own, scoring: scoring)
            let all = try ranker.scoresAndWriting(for: task.evaluation)
            #expect(try all.scores == ranker.scores(for: task.evaluation))
            #expect(
                Set(all.variants.keys)
                    == Set(DocumentScore.allCases.map(\.rawValue)).subtracting([own.rawValue]))
            for other in DocumentScore.allCases where other != own {
                let alone = try trained(other, scoring: scoring).ranker
                #expect(try all.variants[other.rawValue] == alone.scores(for: task.evaluation))
            }
        }
    }

    /// A toy name's suffix is a token of its own or several; each variant divides the same sum.
    @Test func variantsDivideTheSameSum() throws {
        let (task, ranker) = try trained(.mean)
        let all = try ranker.scoresAndWriting(for: task.evaluation)
        let sums = try #require(all.variants["sum"])
        let counted = try #require(all.variants["counted"])
        let prompt = ranker.prompt
        for (place, query) in task.evaluation.enumerated() {
            for (index, candidate) in query.candidates.enumerated() {
                let name = task.collection.docID(candidate.entity)
                let tokens = prompt.tokens[Int(candidate.entity)].count
                let stem = try prompt.tokenizer.encode(String(name.dropLast(5))).count
                #expect(prompt.countedLength(of: candidate.entity) == stem + 5)
                #expect(abs(sums[place][index] - all.scores[place][index] * Float(tokens)) < 1e-3)
                #expect(abs(sums[place][index] - counted[place][index] * Float(stem + 5)) < 1e-3)
            }
        }
    }

    /// docIDs without a sense suffix are counted as they are.
    @Test func countedIsTheMeanWhereNothingIsASuffix() throws {
        let task = ToyTask.make(names: (0..<20).map { "number \($0)" })
        let trainer = try AutoregressiveTrainer(
            configuration: ToyTask.configuration(steps: 1), task: task, seed: 3,
            workers: WorkerPool(threads: 1))
        let ranker = try #require(try trainer.ranker() as? DecoderRanker)
        let all = try ranker.scoresAndWriting(for: task.evaluation)
        #expect(all.variants["counted"] == all.scores)
    }
}
