import LanguageModels
import Options
import Rankers
import RankingData
import Tensors

/// Scores candidates by a decoder: score(d) is the mean over d's tokens of
/// log p(token | prompt, d's own earlier tokens), softmax over the whole vocabulary (section 5.1), or another of
/// `DocumentScore`'s formulas over the same log-probabilities.
///
/// A prompt is computed once, and all its candidates, the negative among them, are branches of one prefix tree behind it.
/// The other reading of section 5.1 is in DecoderRanker+GreedyPath.swift.
public final class DecoderRanker: GenerativeRanker {
    /// Writes the prompts that the ranker is asked with.
    public let prompt: RankingPrompt
    /// Which prefix a token's log-probability is taken after.
    public let scoring: CandidateScoring
    /// How a docID's log-probabilities become its score.
    public let score: DocumentScore
    let decoder: Decoder
    /// The docIDs of all documents: what a model that may write anything can write correctly.
    lazy var everyDocument = DocumentTrie(documents, tokens: prompt.tokens)
    private let documents: [Int32]
    private let plan: ExecutionPlan

    init(
        decoder: Decoder, prompt: RankingPrompt, configuration: AutoregressiveConfiguration,
        documents: [Int32]
    ) {
        self.documents = documents
        self.decoder = decoder
        self.prompt = prompt
        scoring = configuration.scoring
        score = configuration.score
        plan = ExecutionPlan(decoder.parameters.configuration)
    }

    /// A ranker from a pretrained model.
    ///
    /// - Parameters:
    ///   - archive: What training has moved, as `AutoregressiveTrainer.writeModel` wrote it; nil for the pretrained model as
    ///     it is.
    ///   - task: The data whose documents are ranked.
    /// - Throws: `ModelFileError`, `TensorArchiveError` or `TokenizerError` where a file does not fit the configuration or
    ///   the data.
    public convenience init(
        pretrained: PretrainedModel, archive: TensorArchive?, configuration: AutoregressiveConfiguration,
        task: RankingTask, workers: WorkerPool
    ) throws {
        let tuning = configuration.tuning
        // Where every weight has learned, all of them are in the archive, and the pretrained ones need not be read.
        let whole = tuning.isFull ? archive : nil
        let parameters =
            try whole.map { try DecoderParameters(pretrained.configuration, archive: $0) }
            ?? pretrained.parameters(tuning, precision: configuration.precision, threads: workers.threads)
        let decoder = Decoder(
            parameters, workers: workers, tuning: tuning, precision: configuration.precision)
        if let archive, !tuning.isFull { try decoder.trained.restore(archive) }
        self.init(
            decoder: decoder, prompt: try RankingPrompt(pretrained, configuration, task),
            configuration: configuration, documents: task.documents)
    }

    /// A ranker from the file of a model that was trained from scratch.
    ///
    /// - Parameter textEmbedder: The encoder that `textVectors` names, where it names one.
    /// - Throws: `TensorArchiveError`, `TokenizerError` or `ConfigurationError` where the file does not fit the configuration
    ///   or the data, or the encoder is not given.
    public convenience init(
        archive: TensorArchive, configuration: AutoregressiveConfiguration, task: RankingTask,
        workers: WorkerPool, textEmbedder: (any TextEmbedder)? = nil
    ) throws {
        let vocabulary = try DecoderRanker.vocabulary(of: archive, configuration.decoder)
        let parameters = try DecoderParameters(configuration.decoder, archive: archive)
        let vectors = try configuration.textVectors(of: task.collection, by: textEmbedder, model: archive)
        self.init(
            decoder: Decoder(
                parameters, workers: workers, precision: configuration.precision,
                inputVectors: vectors?.vectors),
            prompt: try RankingPrompt(
                learned: vocabulary, collection: task.collection, attention: configuration.attention,
                firstVector: vectors.map { _ in Int32(configuration.decoder.vocabulary) }),
            configuration: configuration, documents: task.documents)
    }

    /// The model with its tokenizer, in the form in which other programs load it.
    ///
    /// - Throws: What reading a pretrained model's tokenizer file throws; `ConfigurationError.outOfRange` for a model that
    ///   other programs cannot ask as it is asked here: one that reads vectors, one whose documents do not see each other, and one whose
    ///   docIDs are numbers that are tokens of their own, which a tokenizer would find in titles too.
    public func modelFolder() throws -> ModelFolder {
        guard !decoder.readsVectors else {
            throw ConfigurationError.outOfRange(
                option: "textVectors", value: "an encoder",
                legal: "empty for a model that other programs read")
        }
        try ConfigurationError.require(
            prompt.attention == .dense, "attention", prompt.attention.rawValue,
            "dense for a model that other programs read: their documents see each other")
        try ConfigurationError.require(
            prompt.titledParts == nil, "data.source", "product search",
            "names for a model that other programs read: docIDs of numbers are tokens that their tokenizers would find in titles too"
        )
        return ModelFolder(decoder: decoder, tokenizer: try prompt.tokenizerFile())
    }

    /// The vocabulary that a compact model's file holds.
    ///
    /// - Throws: `TensorArchiveError.missing` where the file has none, `TokenizerError.malformed` for one that is not as
    ///   `RankingPrompt.learnVocabulary` makes it, `ConfigurationError` for one with more pieces than the decoder has ids.
    static func vocabulary(
        of archive: TensorArchive, _ decoder: DecoderConfiguration
    ) throws -> BytePairVocabulary {
        guard let text = archive.metadata["vocabulary"] else {
            throw TensorArchiveError.missing(name: "vocabulary")
        }
        let vocabulary = try BytePairVocabulary(serialized: text)
        try ConfigurationError.require(
            vocabulary.count <= decoder.vocabulary, "decoder.vocabulary", decoder.vocabulary,
            "at least \(vocabulary.count), the pieces that the model's file lists")
        return vocabulary
    }

    /// The tokens of the prompt that a query is evaluated with.
    public func promptTokens(_ query: RankedQuery) -> [Int32] {
        prompt.evaluationSequence(for: query).tokens
    }

    public func promptText(for query: RankedQuery) -> String? { prompt.text(promptTokens(query)) }

    /// The candidates' scores by the ranker's own formula, in nats; minus infinity for a docID without tokens.
    public func scores(for queries: [RankedQuery]) throws -> [[Float]] {
        windows(queries).flatMap { queries in
            switch scoring {
            case .ownPath: scored(ownPaths(queries, in: nil).map(\.likelihoods), score)
            case .greedyPath: scored(likelihoodsAlongGreedyPath(queries), score)
            }
        }
    }

    /// The same, the scores by all other formulas of `DocumentScore`, and whether the greedy decode is a docID.
    public func scoresAndWriting(for queries: [RankedQuery]) throws -> GenerativeScores {
        let others = DocumentScore.allCases.filter { $0 != score }
        var result = GenerativeScores(scores: [], variants: [:], writesDocument: [])
        for queries in windows(queries) {
            // This pass tells the beginning of the greedy decodes too, so it is made whichever scoring is asked for.
            let ownPaths = ownPaths(queries, in: everyDocument)
            let likelihoods =
                switch scoring {
                case .ownPath: ownPaths.map(\.likelihoods)
                case .greedyPath: likelihoodsAlongGreedyPath(queries)
                }
            result.scores += scored(likelihoods, score)
            for other in others {
                result.variants[other.rawValue, default: []] += scored(likelihoods, other)
            }
            result.writesDocument += writesDocuments(queries, ownPaths.map(\.greedy))
        }
        return result
    }

    private func scored(_ likelihoods: [[DocumentLikelihood]], _ formula: DocumentScore) -> [[Float]] {
        likelihoods.map { $0.map { $0.score(formula) } }
    }

    /// The queries in groups of a few hundred, of long texts fewer, which bounds the memory that packed batches take.
    private func windows(_ queries: [RankedQuery]) -> [ArraySlice<RankedQuery>] {
        let lengths = queries.map { $0.candidates.reduce(0) { $0 + prompt.tokens[Int($1.entity)].count } }
        return MinibatchPacker.consecutiveGroups(
            lengths, size: 64 * plan.sequencesPerScoring, tokens: 64 * plan.tokensPerScoring
        ).map { queries[$0[0]..<$0[$0.count - 1] + 1] }
    }

    /// Which of some sequences share each packed batch, in their order: enough rows for an efficient matrix product, few
    /// enough for the memory.
    func groups(_ sequences: [PackedSequence]) -> [[Int]] {
        MinibatchPacker.consecutiveGroups(
            sequences.map(\.tokens.count), size: plan.sequencesPerScoring, tokens: plan.tokensPerScoring)
    }

    /// What one pass over a query's packed candidates tells.
    private struct OwnPaths {
        /// Of each candidate.
        var likelihoods: [DocumentLikelihood]
        /// The beginning of the greedy decode, as far as the candidates' prefixes have it.
        var greedy: GreedyDecode
    }

    /// Packs the queries with their candidates and asks the decoder once for all of them.
    ///
    /// - Parameter trie: The docIDs that greedy decodes are compared with; nil where nobody asks for decodes.
    private func ownPaths(_ queries: ArraySlice<RankedQuery>, in trie: DocumentTrie?) -> [OwnPaths] {
        let packed = queries.map { PackedCandidates($0, prompt: prompt) }
        let groups = groups(packed.map(\.sequence)).map { $0.map { packed[$0] } }
        let batches = groups.map { PackedBatch($0.map(\.sequence)) }
        let asked = zip(groups, batches).map { group, batch in
            group.enumerated().flatMap { $1.paths.rowTokens(in: batch, sequence: $0) }
        }
        let answers = decoder.scores(batches, asked, pieces: trie.map { _ in prompt.pieceCount })
        return zip(groups, answers).flatMap { group, answers in
            var start = 0
            return group.map { query in
                let end = start + query.paths.tokens.count
                defer { start = end }
                return OwnPaths(
                    likelihoods: query.paths.likelihoods(answers.logProbabilities[start..<end]),
                    greedy: trie.map { query.greedy(answers.mostProbable[start..<end], in: $0) }
                        ?? GreedyDecode())
            }
        }
    }
}
