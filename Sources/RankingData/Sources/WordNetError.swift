/// What can be wrong with a WordNet database.
public enum WordNetError: Error, Equatable, CustomStringConvertible {
    case missing(file: String)
    case malformed(file: String, line: Int, expected: String)
    case unknownOffset(file: String, line: Int, offset: String)
    case noSense(lemma: String, offset: String, index: String)
    case cycle(synset: String)
    case unexpected(statistic: String, expected: Int, found: Int)

    public var description: String {
        switch self {
        case .missing(let file):
            "\(file) is not there: install WordNet 3.0 (apt-get install wordnet-base) or name its folder with --wordnet DIR"
        case .malformed(let file, let line, let expected):
            "\(file):\(line): expected \(expected); the file is truncated or not a WordNet 3.0 database"
        case .unknownOffset(let file, let line, let offset):
            "\(file):\(line): a hypernym points to \(offset), where no synset begins"
        case .noSense(let lemma, let offset, let index):
            "\(index) lists no sense of '\(lemma)' at \(offset): the two files are of different versions"
        case .cycle(let synset):
            "the hypernyms of \(synset) lead back to it"
        case .unexpected(let statistic, let expected, let found):
            "this WordNet has \(found) \(statistic), WordNet 3.0 has \(expected): results would not compare with the paper's"
        }
    }
}

extension WordNetError {
    /// Throws `.unexpected` at the first of the named counts in which `found` is not as `expected`.
    public static func requireEqual<Statistics>(
        _ found: Statistics, _ expected: Statistics, _ counts: [(name: String, KeyPath<Statistics, Int>)]
    ) throws(WordNetError) {
        for (name, count) in counts where found[keyPath: count] != expected[keyPath: count] {
            throw .unexpected(
                statistic: name, expected: expected[keyPath: count], found: found[keyPath: count])
        }
    }
}
