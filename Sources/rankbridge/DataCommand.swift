import ArgumentParser
import RankingData

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Reads and checks data.", subcommands: [WordNetData.self])
}

struct WordNetData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wordnet", abstract: "Prints WordNet's statistics and checks them against WordNet 3.0's."
    )

    @OptionGroup var wordNet: WordNetOptions

    func run() throws {
        let loaded = try WordNet(folder: wordNet.folder)
        let statistics = try WordNetStatistics(loaded, HypernymPaths(loaded))
        print("folder              \(wordNet.folder)")
        print("noun synsets        \(statistics.synsets)")
        print("queries             \(statistics.queries)")
        print("query-document pairs \(statistics.pairs)")
        print("distinct documents  \(statistics.distinctDocuments)")
        print("path lengths        \(statistics.shortestPath) to \(statistics.longestPath)")
        try statistics.verify()
        print("verified: these are WordNet 3.0's")
    }
}
