import ArgumentParser
import Experiments
import Foundation
import RankingData

struct ImportData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Imports data of your own: TREC-style judgments, or a taxonomy as an edge list.",
        discussion: """
            Afterwards `--set data.source=NAME` (in a spec `data: {source: NAME}`) trains any ranker on them. Queries \
            and documents are files of `id TAB text`, or JSON Lines with the keys id, text and, where what a ranker is to \
            write is not the text, docid; without them the ids are the texts. Judgments are qrels \
            (query, iteration, document, relevance, or as BEIR has them without the iteration: documents rank by \
            falling relevance, 0 or less is a negative) or a TREC run (query, Q0, document, rank, score, tag: documents \
            rank by rank, those of equal rank by falling score). A taxonomy's lines are `child TAB parent`; its queries \
            are all that have a parent, their documents the longest path to the root, as in WordNet.

            Files are UTF-8, plain or pipes; ids are the same where their bytes are. Headers and repeated lines are \
            skipped. Whatever is left out, and whatever the files leave open, is counted and said.
            """)

    @Argument(help: "The name that the data get, for `data.source`.")
    var name: String

    @Option(help: "The edge list of a taxonomy: lines of `child TAB parent`.")
    var taxonomy: String?

    @Option(help: "The file of judgments: qrels, or a TREC run.")
    var relevant: String?

    @Option(help: "The file of the queries' texts.")
    var queries: String?

    @Option(
        help:
            "The file of the documents' texts, which are their docIDs too, unless the file has docIDs of its own."
    )
    var documents: String?

    @Option(help: "A file of judged negatives, in the form of the judgments.")
    var negatives: String?

    @Flag(
        help:
            "Leave out the lines that cannot be used, and count them. Without this flag, one such line stops the import."
    )
    var skipBadLines = false

    @Option(
        help:
            "How documents of equal relevance rank: in the order of their lines (lines), or by their ids (ids)."
    )
    var ties: TieOrder = .lines

    @OptionGroup var results: ResultsOptions

    func validate() throws {
        guard (taxonomy == nil) != (relevant == nil) else {
            throw ValidationError("give either --taxonomy EDGES or --relevant JUDGMENTS")
        }
        guard taxonomy == nil || (queries == nil && documents == nil && negatives == nil) else {
            throw ValidationError(
                "--queries, --documents and --negatives go with --relevant, not with --taxonomy")
        }
    }

    func run() throws {
        let options = ImportOptions(skipsBadLines: skipBadLines, ties: ties)
        if let taxonomy {
            let (read, findings) = try Taxonomy.read(edges: taxonomy, options: options)
            // What no ranker could be given must not take the place of data that are there.
            _ = try TaxonomySource(read)
            try ImportedData.write(read, as: name, in: results.folder)
            try TaxonomyStatistics(read, HypernymPaths(read)).print()
            findings.print()
        } else if let relevant {
            let (judgments, findings) = try Judgments.read(
                relevant: relevant, queries: queries, documents: documents, negatives: negatives,
                options: options)
            try ImportedData.write(judgments, as: name, in: results.folder)
            report(judgments)
            findings.print()
        }
        print("imported as '\(name)': train with --set data.source=\(name)")
    }

    private func report(_ judgments: Judgments) {
        let lengths = judgments.queries.map(\.documents.count)
        print("queries             \(judgments.queries.count)")
        print("query-document pairs \(lengths.reduce(0, +))")
        print("documents           \(judgments.documents.count)")
        print("documents a query   \(lengths.min() ?? 0) to \(lengths.max() ?? 0)")
        print("with own negatives  \(judgments.queries.count { !$0.negatives.isEmpty })")
    }
}

extension TieOrder: ExpressibleByArgument {}

extension ImportFindings {
    /// A line for each thing that was found.
    func print() {
        for sentence in sentences { Swift.print("note: \(sentence)") }
    }
}

extension TaxonomyStatistics {
    func print() {
        Swift.print("entities            \(synsets)")
        Swift.print("queries             \(queries)")
        Swift.print("query-document pairs \(pairs)")
        Swift.print("distinct documents  \(distinctDocuments)")
        Swift.print("path lengths        \(shortestPath) to \(longestPath)")
    }
}
