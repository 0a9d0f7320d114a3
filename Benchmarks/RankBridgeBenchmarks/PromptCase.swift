import AutoregressiveRanker
import LanguageModels
import RankingData
import Tensors

/// A training step of a compact decoder over long prompts.
struct PromptCase: Hashable {
    /// What prompts are made of.
    enum Content: Hashable {
        /// A number of tokens, in documents of `LongPrompts.document` tokens.
        case tokens(Int)
        /// A number of documents with titles and docIDs, as product search has them.
        case documents(Int)
    }

    let content: Content
    let attention: PromptAttention
    let precision: Precision

    /// Tokens or documents.
    var size: Int {
        switch content {
        case .tokens(let count), .documents(let count): count
        }
    }

    /// All cases of both attentions and of `precisions`, sizes ascending.
    static func all(_ contents: [Content], _ precisions: [Precision]) -> [PromptCase] {
        contents.flatMap { content in
            precisions.flatMap { precision in
                PromptAttention.allCases.map {
                    PromptCase(content: content, attention: $0, precision: precision)
                }
            }
        }
    }
}

/// What a step is made of, before any of it is timed.
struct PromptStep {
    let configuration: AutoregressiveConfiguration
    /// The minibatch; every call gives the same.
    let pack: @Sendable (WorkerPool) -> [MinibatchPacker.PackedQuery]
    /// Whether each query is a packed batch of its own, rather than as the decoder's plan has it.
    let separatesQueries: Bool

    init(_ measured: PromptCase) throws {
        switch measured.content {
        case .tokens(let length): self = LongPrompts.step(length, measured.attention)
        case .documents(let count): self = try TitledDocuments(count).step(measured.attention)
        }
    }

    init(
        configuration: AutoregressiveConfiguration, separatesQueries: Bool,
        pack: @escaping @Sendable (WorkerPool) -> [MinibatchPacker.PackedQuery]
    ) {
        self.configuration = configuration
        self.separatesQueries = separatesQueries
        self.pack = pack
    }

    func batches(_ queries: [MinibatchPacker.PackedQuery], _ workers: WorkerPool) -> [PackedBatch] {
        separatesQueries
            ? queries.map { PackedBatch([$0.sequence], targets: [$0.targets]) }
            : MinibatchPacker.batches(queries, for: configuration.decoder, workers)
    }
}

/// Prompts of random tokens, cut into documents.
enum LongPrompts {
    static let lengths = [250, 500, 1000, 2000, 4000]
    /// Queries of a step, tokens of a document and of a query's answers.
    static let queries = 2
    static let document = 20
    static let answer = 12

    static func step(_ length: Int, _ attention: PromptAttention) -> PromptStep {
        var stream = RandomStream(seed: 1, name: "long prompts")
        let packed = (0..<queries).map { _ in query(length, attention, &stream) }
        return PromptStep(configuration: AutoregressiveConfiguration(), separatesQueries: true) { _ in packed
        }
    }

    private static func query(
        _ length: Int, _ attention: PromptAttention, _ stream: inout RandomStream
    ) -> MinibatchPacker.PackedQuery {
        func token() -> Int32 { Int32(stream.uniform(below: DecoderConfiguration.compact.vocabulary)) }
        let starts = Array(stride(from: document, to: length - 1, by: document))
        var sequence = PackedSequence(
            prompt: (0..<length).map { _ in token() },
            blocks: attention == .blocks ? zip(starts, starts.dropFirst()).map { $0..<$1 } : [])
        var targets: [TokenTarget] = []
        for _ in 0..<answer {
            let place = sequence.tokens.count - 1
            targets.append(TokenTarget(place: place, token: token(), weight: 1))
            _ = sequence.append(token: token(), parent: place)
        }
        return MinibatchPacker.PackedQuery(
            sequence: sequence, targets: targets, points: answer, terms: answer)
    }
}
