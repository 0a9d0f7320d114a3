import LanguageModels
import Options
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

/// Runs whose documents do not see each other (BlockRank, arXiv 2510.05396).
@Suite struct BlockAttentionTests {
    private func ranker(_ attention: PromptAttention, steps: Int) throws -> (RankingTask, DecoderRanker) {
        let task = ToyTask.make()
        var configuration = ToyTask.configuration(steps: steps)
        configuration.attention = attention
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 3, workers: WorkerPool(threads: 1))
        var losses: [Double] = []
        try trainer.train { progress in
            losses.append(progress.loss)
            return .more
        }
        #expect(losses[losses.count - 1] < losses[0])
        return (task, try #require(try trainer.ranker() as? DecoderRanker))
    }

    /// The query's prompt with more tokens behind it, its documents in blocks.
    private func sequence(_ query: RankedQuery, _ ranker: DecoderRanker, _ more: [Int32]) -> PackedSequence {
        let prompt = ranker.prompt.evaluationSequence(for: query)
        return PackedSequence(prompt: prompt.tokens + more, blocks: prompt.blocks)
    }

    @Test func blocksAreTheDocuments() throws {
        let task = ToyTask.make()
        let vocabulary = try RankingPrompt.learnVocabulary(of: task, size: 260)
        let dense = try RankingPrompt(learned: vocabulary, collection: task.collection)
        let blocks = try RankingPrompt(
            learned: vocabulary, collection: task.collection, attention: .blocks)
        for query in task.evaluation {
            let (sequence, plain) = (
                blocks.evaluationSequence(for: query), dense.evaluationSequence(for: query)
            )
            #expect(sequence.tokens == plain.tokens && plain.blocks.isEmpty)
            let shown = sequence.blocks.map { blocks.text(Array(sequence.tokens[$0])) }
            #expect(shown.sorted() == query.documents.map { task.collection.text($0) }.sorted())
            #expect(sequence.blocks.last?.upperBound == sequence.root)
        }
    }

    /// The last token of a document is not asked for the next document, which does not see it.
    @Test func noTokenIsPredictedFromWhatItDoesNotSee() throws {
        let task = ToyTask.make()
        let vocabulary = try RankingPrompt.learnVocabulary(of: task, size: 260)
        for attention in PromptAttention.allCases {
            let packer = MinibatchPacker(
                prompt: try RankingPrompt(
                    learned: vocabulary, collection: task.collection, attention: attention),
                loss: LossConfiguration(), promptWeight: 0.1, seed: 3)
            for (index, query) in task.training.prefix(9).enumerated() {
                let packed = packer.pack(query, draw: UInt64(index))
                let asked = packed.targets.map { Int($0.place) }.filter { $0 < packed.sequence.root }
                let unseen = packed.sequence.blocks.dropFirst().map { $0.lowerBound - 1 }
                #expect(Set(asked) == Set(0..<packed.sequence.root).subtracting(unseen))
                #expect((attention == .dense) == unseen.isEmpty || query.documents.count < 2)
            }
        }
    }

    /// The text of a prompt is the style's, and each block shows one document of it.
    @Test(arguments: PromptStyle.all, PromptTemplate.allCases)
    func textsAreWrittenInBlocksToo(style: PromptStyle, template: PromptTemplate) throws {
        let titles = ["red shoe", "blue shoe", "boots: a pair"].enumerated().map { index, title in
            Entity(id: "\(index)", text: title, docID: "\(index),7,12")
        }
        let entities = titles + [Entity(id: "q", text: "shoes", docID: "shoes")]
        let collection = Collection(entities: entities, documents: [0, 1, 2], promptStyle: style.name)
        let everyByte = (0..<128).map { String(UnicodeScalar(UInt8($0))) }
        let tokenizer = BytePairVocabulary.learn(
            from: everyByte + [style.instruction, "red shoe"], size: 320, specialTokens: 0)
        func prompt(_ attention: PromptAttention) throws -> RankingPrompt {
            try RankingPrompt(
                tokenizer: tokenizer, template: template, collection: collection, attention: attention,
                file: { "" })
        }
        let query = RankedQuery(query: 3, documents: [0, 1, 2])
        let (dense, blocks) = (try prompt(.dense), try prompt(.blocks))
        let sequence = blocks.evaluationSequence(for: query)
        #expect(blocks.text(sequence.tokens) == dense.text(dense.evaluationSequence(for: query).tokens))
        #expect(sequence.blocks.count == 3)
        for (title, shown) in zip(
            titles.map(style.document).sorted(),
            sequence.blocks.map { blocks.text(Array(sequence.tokens[$0])) }.sorted())
        {
            #expect(shown == " " + title || shown == " " + title + " ||")
        }
        let alone = blocks.evaluationSequence(for: RankedQuery(query: 3, documents: []))
        #expect(alone.blocks.isEmpty && alone.tokens.count > 5)
    }

    /// Scores against sequences of one candidate each; they are not those of the same weights in a dense prompt.
    @Test func scoresAreThoseOfEachCandidateAlone() throws {
        let (task, ranker) = try ranker(.blocks, steps: 12)
        var differs = false
        for (query, scores) in zip(task.evaluation, try ranker.scores(for: task.evaluation)) {
            let root = ranker.prompt.evaluationSequence(for: query).root
            for (candidate, score) in zip(query.candidates, scores) {
                let tokens = ranker.prompt.tokens[Int(candidate.entity)]
                let asked = tokens.indices.map { (place: root + $0, token: tokens[$0]) }
                func mean(_ sequence: PackedSequence) -> Float {
                    let batch = PackedBatch([sequence])
                    let rows = asked.map {
                        RowToken(row: batch.row(sequence: 0, place: $0.place), token: $0.token)
                    }
                    return ranker.decoder.logProbabilities([batch], [rows])[0].reduce(0, +)
                        / Float(rows.count)
                }
                let own = sequence(query, ranker, Array(tokens.dropLast()))
                #expect(abs(mean(own) - score) < 1e-4)
                if query.documents.count > 1 {
                    differs = differs || abs(mean(PackedSequence(prompt: own.tokens)) - score) > 1e-3
                }
            }
        }
        #expect(differs)
    }

    /// What is written token by token, each prefix a prompt of its own, is what evaluation and a beam of one write.
    @Test func decodingAgreesWithScoring() throws {
        let (task, ranker) = try ranker(.blocks, steps: 60)
        let trie = DocumentTrie(Array(0..<Int32(task.collection.count)), tokens: ranker.prompt.tokens)
        let writes = try ranker.scoresAndWriting(for: task.evaluation).writesDocument
        for (query, writes) in zip(task.evaluation, writes) {
            var decode = GreedyDecode()
            while decode.isOpen, decode.tokens.count < trie.depth {
                let sequence = sequence(query, ranker, decode.tokens)
                let batch = PackedBatch([sequence])
                let logits = ranker.decoder.logits(
                    batch, rows: [batch.row(sequence: 0, place: sequence.root)]
                )
                .prefix(ranker.prompt.pieceCount)
                decode.append(Int32(try #require(logits.firstIndex(of: logits.max()!))), in: trie)
            }
            #expect(writes == (decode.document != nil))
            let beam = ranker.beamSearch(query, trie: trie, width: 1, constraint: .free).first
            #expect(beam?.tokens == decode.tokens && beam?.document == decode.document)
            let candidates = DocumentTrie(query.candidates.map(\.entity), tokens: ranker.prompt.tokens)
            let found = ranker.beamSearch(
                query, trie: candidates, width: query.candidates.count, constraint: .trie)
            #expect(Set(found.compactMap(\.document)) == Set(query.candidates.map(\.entity)))
        }
        #expect(writes.contains(true))
    }

    /// A dense run is the run that it was before there was an option.
    @Test func theOptionIsLeftOutAtItsDefault() {
        var configuration = AutoregressiveConfiguration()
        #expect(!configuration.identifyingValues.contains { $0.key == "attention" })
        configuration.attention = .blocks
        let values = configuration.identifyingValues
        #expect(values.contains { $0.key == "attention" && $0.value == .text("blocks") })
        #expect(configuration.baseRanker?.attention == .blocks)
    }
}
