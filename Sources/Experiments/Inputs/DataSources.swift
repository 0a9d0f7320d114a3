import ProductSearch
import RankingData

/// The kinds of data that runs can be made on: a line each.
public enum DataSources {
    /// Sources that `data.source` names without an import.
    public static let builtIn: [BuiltInSource] = [.wordNet]

    /// Their names, for messages.
    static var builtInNames: String { builtIn.map { "'\($0.name)'" }.joined(separator: ", ") }

    /// Kinds of data that `rankbridge data import` keeps in the results folder.
    static let imported: [any KeptData.Type] = [Taxonomy.self, Judgments.self, SearchTask.self]
}

/// A data set that is there without an import.
public struct BuiltInSource: Sendable {
    /// Where such data are looked for.
    public struct Folders: Sendable {
        /// The folder of WordNet's data.noun and index.noun.
        public let wordNet: String
    }

    /// What `data.source` calls it.
    public let name: String
    /// Reads it, and checks that it is the data set that results are published on.
    let load: @Sendable (Folders) throws -> any RankingSource

    /// WordNet's noun synsets and their hypernyms (section 5.1); its statistics are checked before any training.
    public static let wordNet = BuiltInSource(name: DataConfiguration.wordNet) { folders in
        let wordNet = try Taxonomy(wordNet: folders.wordNet)
        try TaxonomyStatistics(wordNet, HypernymPaths(wordNet)).verify()
        return try TaxonomySource(wordNet)
    }
}
