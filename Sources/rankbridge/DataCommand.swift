import ArgumentParser
import RankingData

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Reads and checks data, and makes product search of titles.",
        subcommands: [WordNetData.self, ImportData.self, GlossData.self, TitleData.self, ShoppingData.self])
}

struct WordNetData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wordnet", abstract: "Prints WordNet's statistics and checks them against WordNet 3.0's."
    )

    @OptionGroup var wordNet: WordNetOptions

    func run() throws {
        let loaded = try Taxonomy(wordNet: wordNet.folder)
        let statistics = try TaxonomyStatistics(loaded, HypernymPaths(loaded))
        print("folder              \(wordNet.folder)")
        statistics.print()
        try statistics.verify()
        print("verified: these are WordNet 3.0's")
    }
}
