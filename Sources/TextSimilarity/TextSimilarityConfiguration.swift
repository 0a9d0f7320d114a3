import Options
import Rankers
import RankingData
import Tensors

/// Every option of a ranker by the likeness of texts: there is nothing to train.
public struct TextSimilarityConfiguration: Hashable, Sendable {
    /// What likeness is.
    public var measure = TextSimilarityMeasure.bm25
    /// BM25's saturation: the larger, the more a word's further occurrences count.
    public var saturation = 1.2
    /// How far BM25 divides by a document's length: 0 not at all, 1 in full.
    public var lengthShare = 0.75
    /// The text encoder, a name or a folder.
    public var encoder = "minilm"
    /// Principal components in which embeddings are compared; 0 compares them as they are.
    public var components = 0

    /// BM25 at its usual parameters.
    public init() {}
}

/// What the likeness of a query's and a document's texts is.
public enum TextSimilarityMeasure: String, Hashable, Sendable, CaseIterable {
    /// The words that they share, as BM25 weighs them.
    case bm25
    /// The inner product of a text encoder's embeddings.
    case encoder
}

extension TextSimilarityConfiguration: UntrainedKind {
    /// `text-similarity`.
    public static let name = "text-similarity"
    /// What lists of kinds say of this one.
    public static let summary =
        "Nothing trained here: documents by the likeness of their texts to the query's, by BM25 or a text encoder."
    /// False: the encoder would embed the whole corpus for each batch of queries.
    public static let ranksCorpus = false
    /// BM25.
    public static let defaults = TextSimilarityConfiguration()

    /// Measure, BM25's parameters, encoder and its components.
    public static var options: [OptionDeclaration<Self>] {
        [
            .word(
                "measure", \.measure,
                "What documents are ordered by: the words that they share with the query, as BM25 weighs them (bm25), or the inner "
                    + "product of a text encoder's embeddings (encoder)."),
            .number(
                "bm25.k1", .in(0...100), \.saturation,
                "BM25's saturation: the larger it is, the more a word's further occurrences in a document count."
            ).when("measure is bm25") { $0.measure == .bm25 },
            .number(
                "bm25.b", .in(0...1), \.lengthShare,
                "How far BM25 divides by a document's length: not at all (0), or in full (1)."
            ).when("measure is bm25") { $0.measure == .bm25 },
            .name(
                "encoder", "a text encoder's name or folder", \.encoder,
                "The text encoder whose embeddings are compared."
            ).when("measure is encoder") { $0.measure == .encoder },
            .integer(
                "components", in: 0...65_536, \.components,
                "In how many principal components of the collection's embeddings they are compared, scaled to length 1, which are the "
                    + "vectors that prompts hold with textVectors. With 0, embeddings are compared as they are."
            ).when("measure is encoder") { $0.measure == .encoder }.leftOutAtDefault(),
        ]
    }

    /// The encoder, where it is what documents are ordered by.
    public var textEncoder: String? { measure == .encoder ? encoder : nil }

    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) throws -> any Ranker {
        switch measure {
        case .bm25:
            return BM25Ranker(inputs.task.collection, saturation: saturation, lengthShare: lengthShare)
        case .encoder:
            guard let embedder = inputs.textEmbedder else {
                throw ConfigurationError.missingInput("the text encoder \(encoder)")
            }
            let collection = inputs.task.collection
            return EncoderRanker(
                embedder, collection, components: try principalComponents(of: collection, by: embedder))
        }
    }

    private func principalComponents(
        of collection: Collection, by embedder: any TextEmbedder
    ) throws -> PrincipalComponents? {
        guard components > 0 else { return nil }
        try ConfigurationError.require(
            components <= embedder.width, "components", components, "at most \(embedder.width), the encoder's"
        )
        return PrincipalComponents(
            of: try embedder.finiteEmbeddings(of: collection, option: "encoder"), width: embedder.width,
            components: components)
    }
}
