/// Entities and what stands directly above each: WordNet's noun synsets and their hypernyms, or an edge list.
public struct Taxonomy: Codable, Sendable, Equatable {
    /// The style in which prompts over WordNet are written: synsets and hypernyms.
    public static let wordNetStyle = "wordnet"

    /// Unique; WordNet's as NLTK prints them: `even-toed_ungulate.n.01`.
    public let names: [String]
    /// The entities directly above each, in the order listed.
    public let parents: [[Int32]]
    /// The name of the style of prompts. It is not kept in files: imported taxonomies are neutral.
    let promptStyle: String

    private enum CodingKeys: String, CodingKey {
        case names, parents
    }

    /// The number of entities.
    public var count: Int { names.count }

    init(names: [String], parents: [[Int32]], promptStyle: String = Collection.neutralStyle) {
        self.names = names
        self.parents = parents
        self.promptStyle = promptStyle
    }

    /// Reads what `rankbridge data import` kept. `isConsistent` says whether it can be used.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            names: try container.decode([String].self, forKey: .names),
            parents: try container.decode([[Int32]].self, forKey: .parents))
    }
}

extension Taxonomy {
    /// Whether a name ends as a synset's does, in two dot-separated fields, the first one byte and the second two digits or
    /// more: `.n.01`. No such name needs a mark between it and the next.
    public static func endsInSense(_ name: String) -> Bool {
        let fields = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard fields.count >= 3, let last = fields.last, last.count >= 2 else { return false }
        return fields[fields.count - 2].count == 1 && last.allSatisfy { (0x30...0x39).contains($0) }
    }
}
