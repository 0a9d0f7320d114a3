import Foundation
import Tensors

extension RankingTask {
    /// The paper's WordNet task (section 5.1): each entity's longest path to the root ranked, nearest first.
    ///
    /// The evaluation split depends on `splitSeed` and `evaluationQueries` alone, the development
    /// split on those and its own size: protocols and limits change what is trained on, no more.
    public init(_ taxonomy: Taxonomy, _ configuration: DataConfiguration) throws {
        let paths = try HypernymPaths(taxonomy)
        let queries = (0..<Int32(taxonomy.count)).filter { paths.lengths[Int($0)] > 0 }
        try self.init(names: taxonomy.names, queries: queries, configuration) { query in
            try taxonomy.rankedQuery(query, paths, seed: configuration.splitSeed)
        }
    }

    /// Judged queries, split like WordNet's.
    ///
    /// A query's negative is drawn from its own judged negatives, or, where it has none, from the documents of all
    /// queries that are not relevant to it.
    public init(_ judgments: Judgments, _ configuration: DataConfiguration) throws {
        let pool = judgments.documents
        let place = Dictionary(uniqueKeysWithValues: judgments.queries.enumerated().map { ($1.query, $0) })
        try self.init(
            names: judgments.names, documents: pool, queries: judgments.queries.map(\.query), configuration
        ) { query in
            judgments.queries[place[query] ?? 0].ranked(pool: pool, seed: configuration.splitSeed)
        }
    }

    /// Streams are named after WordNet, whose splits and negatives they drew first.
    private init(
        names: [String], documents: [Int32]? = nil, queries: [Int32], _ configuration: DataConfiguration,
        ranked: (Int32) throws -> RankedQuery
    ) throws {
        try configuration.validate(available: queries.count)
        var order = queries
        var stream = RandomStream(seed: configuration.splitSeed, name: "wordnet.splits")
        stream.shuffle(&order)
        let ranked = try order.map(ranked)
        let development = configuration.evaluationQueries + configuration.developmentQueries
        var training = configuration.splitProtocol == .all ? ranked : Array(ranked[development...])
        if configuration.trainingQueries > 0 {
            training = Array(training.prefix(configuration.trainingQueries))
        }
        let evaluated = Array(ranked[..<configuration.evaluationQueries])
        let tuned = Array(ranked[configuration.evaluationQueries..<development])
        self.init(
            names: names, training: training, development: tuned, evaluation: evaluated,
            fingerprint: RankingTask.fingerprint(names, [training, tuned, evaluated]), documents: documents)
    }

    /// SHA-256 over names and splits, each number as four little-endian bytes.
    static func fingerprint(_ names: [String], _ splits: [[RankedQuery]]) -> String {
        var bytes = Data(names.joined(separator: "\n").utf8)
        func append(_ number: Int32) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for split in splits {
            append(Int32(split.count))
            for query in split {
                append(query.query)
                append(query.negative)
                append(Int32(query.documents.count))
                query.documents.forEach(append)
            }
        }
        return Fingerprint.of(bytes)
    }
}

extension Taxonomy {
    /// The negative is uniform among the entities that are neither the query nor above it on any path.
    func rankedQuery(
        _ query: Int32, _ paths: HypernymPaths, seed: UInt64
    ) throws(JudgmentsError) -> RankedQuery {
        let excluded = ancestors(of: query)
        guard excluded.count + 1 < count else { throw .noNegative(query: names[Int(query)]) }
        var stream = RandomStream(seed: seed, name: "wordnet.negatives", index: UInt64(query))
        var negative = Int32(stream.uniform(below: count))
        while negative == query || excluded.contains(negative) {
            negative = Int32(stream.uniform(below: count))
        }
        return RankedQuery(query: query, documents: paths.documents(of: query), negative: negative)
    }
}

extension Judgments.Query {
    func ranked(pool: [Int32], seed: UInt64) -> RankedQuery {
        var stream = RandomStream(seed: seed, name: "judgments.negatives", index: UInt64(query))
        let excluded = Set(documents)
        let source = negatives.isEmpty ? pool : negatives
        var negative = source[stream.uniform(below: source.count)]
        while excluded.contains(negative) { negative = source[stream.uniform(below: source.count)] }
        return RankedQuery(query: query, documents: documents, negative: negative)
    }
}
