/// Entities and what stands directly above each: WordNet's noun synsets and their hypernyms, or an edge list.
public struct Taxonomy: Codable, Sendable, Equatable {
    /// Unique; WordNet's as NLTK prints them: `even-toed_ungulate.n.01`.
    public let names: [String]
    /// The entities directly above each, in the order listed.
    public let parents: [[Int32]]

    public var count: Int { names.count }

    init(names: [String], parents: [[Int32]]) {
        self.names = names
        self.parents = parents
    }
}
