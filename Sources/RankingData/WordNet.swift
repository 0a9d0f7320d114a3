/// The noun synsets of a WordNet database and their hypernyms.
///
/// Synsets are numbered 0..<count in data.noun's order.
public struct WordNet: Sendable {
    /// Names as NLTK prints them: `even-toed_ungulate.n.01`.
    public let names: [String]
    /// The hypernyms (`@`, `@i`) of each synset, in the order listed.
    public let hypernyms: [[Int32]]

    public var count: Int { names.count }

    init(names: [String], hypernyms: [[Int32]]) {
        self.names = names
        self.hypernyms = hypernyms
    }
}
