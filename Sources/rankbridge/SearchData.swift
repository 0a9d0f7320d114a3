import ArgumentParser
import Experiments
import Foundation
import ProductSearch
import RankingData
import RankingMetrics
import ReferenceRanker
import Tensors

struct GlossData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "glosses", abstract: "Makes product search's stand-in of WordNet's glosses.",
        discussion: """
            Titles are "lemmas: gloss", the filter keeps nouns; queries are words and phrases, or example sentences. \
            Embeddings and lists are kept in the results folder: the same with other docIDs costs little.
            """)

    @Option(help: "The name to import under.")
    var name = "glosses"

    @Option(
        help: "What queries are: words and phrases that name a noun, all words, or example sentences."
    )
    var queries = GlossQueries.nouns

    @Option(
        parsing: .unconditional, help: "The distance between ranks. (default: 10)",
        transform: TypedNumber("step", in: 1...1_000_000).read)
    var step = 10

    @OptionGroup var search: SearchOptions
    @OptionGroup var wordNet: WordNetOptions

    func run() throws {
        try search.make(description: "glosses, \(queries.rawValue)", step: step, name: name) {
            let corpus = try SearchCorpus(glosses: wordNet.folder, queries: queries)
            try GlossStatistics(corpus).verify(against: .wordNet30(queries))
            return corpus
        }
    }
}

struct TitleData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "titles", abstract: "Makes product search of your own titles and queries.",
        discussion: """
            Both files are JSON Lines: {"id": "B07", "text": "USB C hub", "keep": true} and {"id": "1", "text": "usb c"}. \
            Lists are made over all titles and hold those whose "keep" is not false.
            """)

    @Option(help: "The name to import under.")
    var name = "titles"

    @Option(help: "The titles' file.")
    var titles: String

    @Option(help: "The queries' file.")
    var queries: String

    @Option(
        parsing: .unconditional, help: "The distance between ranks. (default: 100)",
        transform: TypedNumber("step", in: 1...1_000_000).read)
    var step = 100

    @OptionGroup var search: SearchOptions

    func run() throws {
        try search.make(description: "titles", step: step, name: name) {
            try SearchCorpus(titles: titles, queries: queries)
        }
    }
}

struct ShoppingData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "esci", abstract: "Makes product search of the Shopping Queries data, as downloaded.",
        discussion: """
            The folder holds shopping_queries_dataset_products.parquet and shopping_queries_dataset_examples.parquet of \
            https://github.com/amazon-science/esci-data. They are read by DuckDB's program: \
            `rankbridge model fetch duckdb`, or any that is in PATH.
            """)

    @Argument(help: "The folder of the two Parquet files.")
    var folder: String

    @Option(help: "The name to import under.")
    var name = "esci"

    @Option(
        help: "DuckDB's command-line program; if not given, the one in PATH, or the one that was fetched.")
    var duckdb: String?

    @Option(
        parsing: .unconditional, help: "The distance between ranks. (default: 100)",
        transform: TypedNumber("step", in: 1...1_000_000).read)
    var step = 100

    @OptionGroup var search: SearchOptions

    func run() throws {
        try search.make(description: "esci", step: step, name: name) {
            try ShoppingQueries(folder, duckDB: program).corpus()
        }
    }

    private var program: String {
        let known = KnownModel.duckDB.name
        return duckdb ?? Program(known)?.path ?? (try? search.models.store.path(of: known)) ?? known
    }
}

extension DocIDConfiguration.Kind: ExpressibleByArgument {}
extension DocIDCollisions: ExpressibleByArgument {}
extension GlossQueries: ExpressibleByArgument {}

extension SearchCorpus {
    func report() {
        for (name, items) in [("titles", titles), ("queries", queries)] {
            let statistics = TextStatistics(items)
            print(
                "\(Format.column(name, 20)) \(statistics.count), \(statistics.count - statistics.distinct) of them as another, "
                    + String(format: "%.1f characters, at most %d", statistics.meanLength, statistics.longest)
            )
        }
        let kept = isKept.count { $0 }
        print(
            "kept by the filter   \(kept), "
                + String(format: "%.1f %%", 100 * Double(kept) / Double(titles.count)))
        print(
            """
            dropped              \(dropped.emptyTitles) titles and \(dropped.emptyQueries) queries without text, \
            \(dropped.repeatedTitles) titles whose id an earlier one has,
                                 \(dropped.repeatedQueries) queries that have the id of an earlier one or say what it does
            cleaned              \(dropped.cleanedTexts) texts with control characters
            """)
    }
}

extension SearchTask {
    func report() {
        let lengths = lists.map(\.count)
        let mean = Double(lengths.reduce(0, +)) / Double(lengths.count)
        print(
            "queries with lists   \(queries.count); the filter left nothing of \(origin.queriesWithoutList)")
        print(
            "documents a query    \(lengths.min() ?? 0) to \(lengths.max() ?? 0), "
                + String(format: "%.1f on average", mean))
        print("titles in lists      \(titles.count), \(origin.cutTitles) of them cut")
        let docIDs = origin.docIDStatistics
        print(
            "docIDs               \(docIDs.distinct) of \(docIDs.titles) titles; \(docIDs.sharing) titles share one, "
                + "\(docIDs.largest) the commonest")
        let prefixes = prefixRelevance
        print(
            String(
                format: "prefix and relevance correlation %.3f, mean over %d queries", prefixes.correlation,
                prefixes.queries))
        reportReferences()
    }

    /// What chance does on these lists, and the gold order of docIDs, over at most 5,000 queries.
    private func reportReferences() {
        let metrics = [Metric.ndcg] + [1, 2, 5, 10, 25, 50].map(Metric.rAt)
        let source = SearchTaskSource(self)
        let places = source.queries
        let asked = stride(from: 0, to: places.count, by: (places.count + 4_999) / 5_000).map {
            source.ranked(places[$0], seed: 0)
        }
        print(Format.column("without a model", 20) + metrics.map { Format.column("\($0)", 8) }.joined())
        for order in ReferenceOrder.allCases {
            let scores = ReferenceRanker(order, collection: source.collection).scores(for: asked)
            let scored = zip(asked, scores).map { query, scores in
                ScoredQuery(
                    zip(query.candidates, scores).map { ScoredCandidate(score: $1, rank: $0.rank) })
            }
            let cells = metrics.map { metric in
                let values = scored.compactMap { $0.value(metric) }
                let mean = values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
                return Format.column(Format.percent(mean), 8)
            }
            print(Format.column("  \(order.rawValue)", 20) + cells.joined())
        }
    }
}
