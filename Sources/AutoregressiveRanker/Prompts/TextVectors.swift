import LanguageModels
import Options
import Rankers
import RankingData
import Tensors

/// The vectors that prompts hold in the place of texts' tokens: a text encoder's embedding of each query and title, in as many
/// principal components as the decoder is wide, scaled to length 1.
///
/// So a listwise ranker reads passages as one vector each (PE-Rank, arXiv 2406.14848). The components are those of all texts
/// of the collection that training saw, and a part of the model.
struct TextVectors {
    let components: PrincipalComponents
    let vectors: InputVectors

    /// The names of the components' tensors in a model's file.
    private static let meanName = "text_vectors.mean"
    private static let directionsName = "text_vectors.directions"

    /// Vectors of a model that is yet to be trained.
    ///
    /// - Parameter width: The decoder's.
    /// - Throws: `ConfigurationError.outOfRange` for a decoder that is wider than the encoder, and for an encoder with embeddings
    ///   that are no numbers; what the encoder throws.
    init(_ collection: Collection, by encoder: any TextEmbedder, width: Int) throws {
        try ConfigurationError.require(
            width <= encoder.width, "decoder.width", width,
            "at most \(encoder.width), the encoder's, with textVectors")
        let embeddings = try encoder.finiteEmbeddings(of: collection, option: "textVectors")
        self.init(
            embeddings, PrincipalComponents(of: embeddings, width: encoder.width, components: width))
    }

    /// Vectors in the components that a model's file holds.
    ///
    /// - Throws: `TensorArchiveError` where it holds none that fit; otherwise as `init(_:by:width:)`.
    init(_ collection: Collection, by encoder: any TextEmbedder, width: Int, archive: TensorArchive) throws {
        let components = PrincipalComponents(
            mean: try archive.values(Self.meanName, shape: [encoder.width]),
            directions: try archive.values(Self.directionsName, shape: [width, encoder.width]))
        self.init(try encoder.finiteEmbeddings(of: collection, option: "textVectors"), components)
    }

    private init(_ embeddings: FloatBuffer, _ components: PrincipalComponents) {
        self.components = components
        vectors = InputVectors(components.projectToUnitLength(embeddings), width: components.components)
    }

    /// The components as a model's file holds them.
    var tensors: [String: TensorArchive.Tensor] {
        [
            Self.meanName: TensorArchive.Tensor(shape: [components.width], values: components.mean),
            Self.directionsName: TensorArchive.Tensor(
                shape: [components.components, components.width], values: components.directions),
        ]
    }
}

extension AutoregressiveConfiguration {
    /// The vectors of a collection's texts where prompts hold vectors, or nil.
    ///
    /// - Parameters:
    ///   - encoder: The one that `textVectors` names.
    ///   - model: The trained model or the base that fixes the components; nil makes them.
    /// - Throws: `ConfigurationError`, for documents without titles and without an encoder; otherwise as `TextVectors`.
    func textVectors(
        of collection: Collection, by encoder: (any TextEmbedder)?, model: TensorArchive?
    ) throws -> TextVectors? {
        guard let textVectors else { return nil }
        // Said before a collection is embedded, which takes minutes to hours.
        guard try PromptStyle.named(collection.promptStyle).showsTitles else {
            throw ConfigurationError.outOfRange(
                option: "textVectors", value: textVectors, legal: "empty where documents have no titles")
        }
        guard let encoder else { throw ConfigurationError.missingInput("the text encoder \(textVectors)") }
        return try model.map {
            try TextVectors(collection, by: encoder, width: decoder.width, archive: $0)
        } ?? TextVectors(collection, by: encoder, width: decoder.width)
    }
}
