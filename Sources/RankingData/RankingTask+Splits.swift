import Foundation
import Tensors

extension RankingTask {
    /// The paper's WordNet task (section 5.1): each entity's longest path to the root ranked, nearest first.
    public init(_ taxonomy: Taxonomy, _ configuration: DataConfiguration) throws {
        try self.init(TaxonomySource(taxonomy), configuration)
    }

    /// Judged queries, split like WordNet's.
    public init(_ judgments: Judgments, _ configuration: DataConfiguration) throws {
        try self.init(JudgmentsSource(judgments), configuration)
    }

    /// The queries of a source, split.
    ///
    /// The evaluation split depends on `splitSeed` and `evaluationQueries` alone, the development
    /// split on those and its own size: protocols and limits change what is trained on, no more. The
    /// stream is named after WordNet, whose splits it drew first.
    public init(_ source: some RankingSource, _ configuration: DataConfiguration) throws {
        var order = source.queries
        try configuration.validate(available: order.count)
        var stream = RandomStream(seed: configuration.splitSeed, name: "wordnet.splits")
        stream.shuffle(&order)
        let ranked = order.map { source.ranked($0, seed: configuration.splitSeed) }
        let development = configuration.evaluationQueries + configuration.developmentQueries
        var training = Array(ranked[development...])
        // Behind the others, so that a limit does not leave the evaluated queries alone.
        if configuration.splitProtocol == .all {
            training = configuration.trainingQueries > 0 ? training + ranked[..<development] : ranked
        }
        if configuration.trainingQueries > 0 {
            training = Array(training.prefix(configuration.trainingQueries))
        }
        self.init(
            collection: source.collection, training: training,
            development: Array(ranked[configuration.evaluationQueries..<development]),
            evaluation: Array(ranked[..<configuration.evaluationQueries]))
    }

    /// SHA-256 over entities and splits, each number as four little-endian bytes: the query, its negative, the
    /// number of its documents and these. Where there is not one negative, -1 less their number and all of them
    /// stand in its place.
    static func fingerprint(_ collection: Collection, _ splits: [[RankedQuery]]) -> String {
        var bytes = collection.fingerprintedBytes
        func append(_ number: Int32) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for split in splits {
            append(Int32(split.count))
            for query in split {
                append(query.query)
                // No entity has a negative number, so this is never taken for a lone negative.
                if query.negatives.count != 1 { append(-1 - Int32(query.negatives.count)) }
                query.negatives.forEach(append)
                append(Int32(query.documents.count))
                query.documents.forEach(append)
            }
        }
        return Fingerprint.of(bytes)
    }
}
