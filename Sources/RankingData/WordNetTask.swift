import Crypto
import Foundation
import Tensors

extension RankingTask {
    /// The paper's WordNet task (section 5.1): each synset's hypernyms ranked, nearest first.
    ///
    /// The evaluation split depends on `splitSeed` and `evaluationQueries` alone, the development
    /// split on those and its own size: protocols and limits change what is trained on, no more.
    public init(_ wordNet: WordNet, _ configuration: DataConfiguration) throws {
        let paths = try HypernymPaths(wordNet)
        let queries = (0..<Int32(wordNet.count)).filter { paths.lengths[Int($0)] > 0 }
        try configuration.validate(available: queries.count)
        var order = queries
        var stream = RandomStream(seed: configuration.splitSeed, name: "wordnet.splits")
        stream.shuffle(&order)
        let ranked = order.map { wordNet.rankedQuery($0, paths, seed: configuration.splitSeed) }
        let development = configuration.evaluationQueries + configuration.developmentQueries
        var training = configuration.splitProtocol == .all ? ranked : Array(ranked[development...])
        if configuration.trainingQueries > 0 {
            training = Array(training.prefix(configuration.trainingQueries))
        }
        let evaluated = Array(ranked[..<configuration.evaluationQueries])
        let tuned = Array(ranked[configuration.evaluationQueries..<development])
        self.init(
            names: wordNet.names, training: training, development: tuned, evaluation: evaluated,
            fingerprint: RankingTask.fingerprint(wordNet.names, [training, tuned, evaluated]))
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
        return SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }
}

extension WordNet {
    /// The negative is uniform among the synsets that are neither the query nor above it on any path.
    func rankedQuery(_ query: Int32, _ paths: HypernymPaths, seed: UInt64) -> RankedQuery {
        let excluded = ancestors(of: query)
        var stream = RandomStream(seed: seed, name: "wordnet.negatives", index: UInt64(query))
        var negative = Int32(stream.uniform(below: count))
        while negative == query || excluded.contains(negative) {
            negative = Int32(stream.uniform(below: count))
        }
        return RankedQuery(query: query, documents: paths.documents(of: query), negative: negative)
    }
}
