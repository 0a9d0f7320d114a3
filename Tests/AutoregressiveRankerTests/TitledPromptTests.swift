import LanguageModels
import Options
import Rankers
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

/// Prompts over documents with titles, and what a base learns from them.
@Suite struct TitledPromptTests {
    /// Titles of two words of their own and one that all have; a query is a title's first word.
    static func task(
        documents: Int = 24, common: String = "shoe", docIDs: (Int) -> String = { "\($0 / 5),\($0 % 5),7" }
    ) -> RankingTask {
        let syllables = ["ka", "mo", "ri", "tu", "ne", "so"]
        let words = (0..<36).map { syllables[$0 / 6] + syllables[$0 % 6] }
        let titles = (0..<documents).map {
            Entity(
                id: "t\($0)", text: "\(words[$0]) \(common) \(words[35 - $0 % 10])\($0)", docID: docIDs($0))
        }
        let queries = (0..<documents).map { Entity(id: "q\($0)", text: words[$0], docID: words[$0]) }
        let lists = (0..<documents).map { query in
            RankedQuery(
                query: Int32(documents + query),
                documents: (0..<4).map { Int32((query + 5 * $0) % documents) })
        }
        return RankingTask(
            collection: Collection(
                entities: titles + queries, documents: Array(0..<Int32(documents)),
                promptStyle: "product-search"),
            training: lists, development: [], evaluation: lists)
    }

    private static func prompt(_ task: RankingTask, _ attention: PromptAttention = .dense) throws
        -> RankingPrompt
    {
        try RankingPrompt(
            learned: RankingPrompt.learnVocabulary(of: task, size: 400), collection: task.collection,
            attention: attention)
    }

    @Test func documentsStandInTheFormOfTheAnswer() throws {
        let task = Self.task()
        let prompt = try Self.prompt(task)
        let query = task.evaluation[7]
        let text = prompt.text(prompt.evaluationSequence(for: query).tokens)
        let parts = text.components(separatedBy: " <query> ")
        #expect(parts.count == 2 && parts[1] == "\(task.collection.text(query.query)) <answer>")
        let shown = parts[0].components(separatedBy: "<documents> ").map { $0.trimmingCharacters(in: [" "]) }
        let titles = query.documents.map {
            "\(task.collection.text($0)) <answer> \(task.collection.docID($0))"
        }
        #expect(shown.filter { !$0.isEmpty }.sorted() == titles.sorted())
    }

    /// Numbers are tokens of their own, each with the id that its value's place gives, and docIDs are counted by their digits.
    @Test func numbersAreTokens() throws {
        let task = Self.task(docIDs: { "\($0 + 90),3" })
        let prompt = try Self.prompt(task)
        // Three marks, then 3, 90, 91, ...
        #expect(prompt.tokens[0] == [4, 3] && prompt.tokens[12] == [16, 3])
        #expect(prompt.countedLength(of: 0) == "90,3".utf8.count)
        #expect(prompt.countedLength(of: 12) == "102,3".utf8.count)
        #expect(prompt.text(prompt.tokens[12]) == "102,3")
    }

    @Test(arguments: ["a-1", "07,1", "1,,2", "-1,2", "1,2,", "12345,1", "1, 2", "", "1.5"])
    func otherDocIDsAreText(docID: String) throws {
        let task = Self.task(docIDs: { $0 == 3 ? docID : "\($0),1" })
        let prompt = try Self.prompt(task)
        #expect(NumberedDocIDs(task.collection) == nil)
        #expect(prompt.text(prompt.tokens[3]) == docID)
        #expect(prompt.text(prompt.tokens[4]) == "4,1")
        #expect(prompt.countedLength(of: 3) == prompt.tokens[3].count)
    }

    /// A word has the same tokens at a title's beginning, within it and in a query, where no tokenizer cut could tell them apart.
    @Test(arguments: ["shoe", "3.5.1"]) func aWordIsTheSameEverywhere(common: String) throws {
        let task = Self.task(common: common)
        let prompt = try Self.prompt(task)
        let parts = try #require(prompt.titledParts)
        let documents = task.collection.documents.count
        for document in 0..<documents {
            let words = parts.words(of: Int32(document))
            #expect(words.count == 3)
            #expect(words[0] == parts.words(of: Int32(documents + document))[0])
            #expect(words[1] == parts.words(of: 0)[1])
        }
    }

    private static func packer(
        _ prompt: RankingPrompt, _ task: RankingTask, steps: Int = 100,
        _ change: (inout MatchingConfiguration) -> Void
    ) -> MinibatchPacker {
        var matching = MatchingConfiguration()
        change(&matching)
        return MinibatchPacker(
            prompt: prompt, loss: LossConfiguration(), promptWeight: 0, seed: 1,
            questions: MatchingQuestions(matching, prompt, task, steps: steps))
    }

    /// The questions of a packed prompt with the docIDs that answer them.
    private static func questions(_ packed: MinibatchPacker.PackedQuery, _ prompt: RankingPrompt)
        -> [(question: String, docID: String)]
    {
        stride(from: 0, to: packed.targets.count, by: 3).map { answer in
            // The path from the question's mark down to the place of the docID's first token.
            var (path, place): ([Int32], Int) = ([], Int(packed.targets[answer].place))
            while place > packed.sequence.root {
                path.insert(packed.sequence.tokens[place], at: 0)
                place = Int(packed.sequence.branchParents[place - packed.sequence.promptLength])
            }
            return (prompt.text(path), prompt.text(packed.targets[answer..<answer + 3].map(\.token)))
        }
    }

    /// Each question's words are of one title alone, its answer is that title's docID, and no question sees another.
    @Test(arguments: PromptAttention.allCases)
    func questionsHaveOneAnswer(attention: PromptAttention) throws {
        let task = Self.task()
        let prompt = try Self.prompt(task, attention)
        let packer = Self.packer(prompt, task) { $0.documents = 3 }
        var counts: Set<Int> = []
        for draw in 0..<40 {
            let query = task.training[draw % task.training.count]
            let packed = packer.pack(query, draw: UInt64(draw))
            counts.insert(packed.points)
            #expect(packed.terms == packed.points && packed.targets.count == 3 * packed.points)
            #expect((packed.sequence.blocks.count == packed.points) == (attention == .blocks))
            let text = prompt.text(Array(packed.sequence.tokens[...packed.sequence.root]))
            for (question, docID) in Self.questions(packed, prompt) {
                #expect(question.hasSuffix(" <answer>"))
                let words = question.dropLast(" <answer>".count).split(separator: " ")
                #expect((1...3).contains(words.count) && !words.contains("shoe"))
                let holders = text.components(separatedBy: "<documents>").filter { shown in
                    words.allSatisfy { shown.split(separator: " ").contains($0) }
                }
                #expect(holders.count == 1 && holders[0].contains(" <answer> \(docID)"))
            }
        }
        #expect(counts == [2, 3])
    }

    /// A document is asked for by a training query that it is the first document of, whatever prompt it stands in. Documents that
    /// are no query's first are asked for by their words.
    @Test func trainingQueriesAreQuestions() throws {
        var task = Self.task()
        // Half of the titles are the first of a query, each of one.
        task = RankingTask(
            collection: task.collection, training: Array(task.training[..<12]), development: [],
            evaluation: task.evaluation)
        let prompt = try Self.prompt(task)
        let packer = Self.packer(prompt, task) { $0.questions = .queries }
        let asking = Dictionary(
            uniqueKeysWithValues: task.training.map {
                (task.collection.docID($0.documents[0]), task.collection.text($0.query))
            })
        var (byQuery, byWords) = (0, 0)
        for draw in 0..<40 {
            let packed = packer.pack(task.training[draw % 12], draw: UInt64(draw))
            for (question, docID) in Self.questions(packed, prompt) {
                if let query = asking[docID] {
                    // Texts are encoded with a blank before them.
                    #expect(question == " \(query) <answer>")
                    byQuery += 1
                } else {
                    byWords += 1
                }
            }
        }
        #expect(byQuery > 40 && byWords > 10)
    }

    /// With exchanged docIDs a question's answer is what stands beside the title, which seldom is the title's own.
    @Test func exchangedDocIDsAreReadInThePrompt() throws {
        let task = Self.task()
        let prompt = try Self.prompt(task, .blocks)
        let packer = Self.packer(prompt, task) { ($0.questions, $0.docIDs) = (.queries, .exchanged) }
        let titles = Dictionary(
            uniqueKeysWithValues: task.training.map {
                (
                    " \(task.collection.text($0.query)) <answer>",
                    task.collection.entities[Int($0.documents[0])]
                )
            })
        var (own, others) = (0, 0)
        for draw in 0..<40 {
            let packed = packer.pack(task.training[draw % task.training.count], draw: UInt64(draw))
            let shown = prompt.text(Array(packed.sequence.tokens[...packed.sequence.root]))
            var (answers, documents): ([String], [String]) = ([], [])
            for (question, docID) in Self.questions(packed, prompt) {
                let title = try #require(titles[question])
                #expect(shown.contains("\(title.text) <answer> \(docID)"))
                answers.append(docID)
                documents.append(title.docID)
                if docID == title.docID { own += 1 } else { others += 1 }
            }
            // Each docID goes to one title: none is lost and none is of another prompt.
            #expect(answers.sorted() == documents.sorted())
        }
        #expect(others > own && own > 0)
    }

    /// At the end of a training prompts are as long as those of an evaluation.
    @Test func theLastStepsHaveWholePrompts() throws {
        let task = Self.task()
        let packer = try Self.packer(Self.prompt(task, .blocks), task, steps: 10) {
            $0.documents = 2
            $0.wholeSteps = 3
        }
        for step in 0..<10 {
            let packed = packer.pack(task.training[step], draw: UInt64(step), step: step)
            #expect(packed.sequence.blocks.count == (step < 7 ? 2 : 4))
        }
    }

    /// After a base of questions a decoder that has seen no rank finds the title that has the query's word.
    @Test func aBaseOfQuestionsFindsTitles() throws {
        let task = Self.task()
        var configuration = ToyTask.configuration(steps: 400, vocabulary: 400)
        configuration.decoder.headDimension = 16
        configuration.objective = .matching
        configuration.attention = .blocks
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 2, workers: WorkerPool(threads: 2))
        try trainer.train { _ in .more }
        let found = zip(task.evaluation, try trainer.ranker().scores(for: task.evaluation)).filter {
            query, scores in
            scores.indices.max { scores[$0] < scores[$1] } == 0
        }
        // One in four by chance.
        #expect(found.count > task.evaluation.count / 2)
    }

    @Test func whatHasNoTitlesHasNoQuestions() throws {
        var configuration = ToyTask.configuration(steps: 1)
        configuration.objective = .matching
        #expect(throws: ConfigurationError.self) {
            try AutoregressiveTrainer(
                configuration: configuration, task: ToyTask.make(), seed: 1, workers: WorkerPool(threads: 1))
        }
    }

    /// Each number of the docIDs has a token, however small a vocabulary is asked for: the decoder must have room for all.
    @Test func aDecoderWithFewerIdsThanNumbersIsRefused() throws {
        let task = Self.task { document in (0..<15).map { "\(document * 15 + $0)" }.joined(separator: ",") }
        var configuration = ToyTask.configuration(steps: 1)
        configuration.decoder.vocabulary = 300
        let error = #expect(throws: ConfigurationError.self) {
            try AutoregressiveTrainer(
                configuration: configuration, task: task, seed: 1, workers: WorkerPool(threads: 1))
        }
        guard case .outOfRange("decoder.vocabulary", "300", let legal)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(legal.hasPrefix("at least 3"))
    }

    /// A pretrained model's prompts have no titles to ask for, which is said before the model is loaded.
    @Test func aPretrainedModelAsksNoQuestions() throws {
        var configuration = AutoregressiveConfiguration()
        configuration.pretrained = "smollm2"
        configuration.base.steps = 0
        try configuration.validate()
        configuration.objective = .matching
        configuration.promptWeight = 0
        let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
        #expect("\(try #require(error))".contains("objective is matching"))
    }

    /// A run that asks no questions is the run that it was before there was the option, and a base takes over its own.
    @Test func theOptionsAreLeftOutAtTheirDefaults() throws {
        var configuration = AutoregressiveConfiguration()
        #expect(!configuration.identifyingValues.contains { $0.key.contains("objective") })
        #expect(configuration.baseRanker?.objective == .ranking)
        configuration.base.objective = .matching
        configuration.base.matching.documents = 8
        configuration.base.matching.questions = .queries
        configuration.base.matching.wholeSteps = 9
        let base = try #require(configuration.baseRanker)
        #expect(base.objective == .matching && base.matching == configuration.base.matching)
        #expect(configuration.objective == .ranking)
    }

    /// Questions for titles have their own loss: what is set for another makes no other run.
    @Test func whatQuestionsDoNotUseIsNoPartOfTheirRun() throws {
        func identity(_ change: (inout AutoregressiveConfiguration) -> Void) -> [String] {
            var configuration = AutoregressiveConfiguration()
            configuration.objective = .matching
            configuration.base.objective = .matching
            change(&configuration)
            return configuration.identifyingValues.map { "\($0.key)=\($0.value)" }
        }
        let plain = identity { _ in }
        #expect(plain.contains("objective=matching"))
        #expect(!plain.contains { $0.hasPrefix("loss.") || $0.contains("promptWeight") })
        #expect(identity { $0.loss.weighting = .top1 } == plain)
        #expect(identity { $0.promptWeight = 0.5 } == plain)
        #expect(identity { $0.base.promptWeight = 0.5 } == plain)
        #expect(!plain.contains { $0.hasPrefix("matching") })
        #expect(identity { $0.matching.documents = 7 } != plain)
        #expect(identity { $0.matching.questions = .queries } != plain)
        #expect(identity { $0.matching.wholeSteps = 7 } != plain)
        #expect(
            AutoregressiveConfiguration.descriptions.first { $0.key == "loss.alpha" }?.condition
                == "loss.lambda is fractional and objective is ranking")
    }

    @Test func aBaseStartsAsItsRowsAreTold() {
        var configuration = AutoregressiveConfiguration()
        #expect(!configuration.identifyingValues.contains { $0.key == "initialization" })
        configuration.initialization = .mimetic
        #expect(configuration.identifyingValues.contains { $0.key == "initialization" })
        #expect(configuration.baseRanker?.initialization == .mimetic)
        configuration.pretrained = "smollm2"
        #expect(!configuration.identifyingValues.contains { $0.key == "initialization" })
    }
}
