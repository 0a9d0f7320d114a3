/// What a corpus's texts are like: printed before anything is made of them.
public struct TextStatistics: Codable, Hashable, Sendable {
    /// Texts, repeated ones too.
    public let count: Int
    /// Different texts, byte for byte.
    public let distinct: Int
    /// Characters of the longest text.
    public let longest: Int
    /// Characters of a text on average.
    public let meanLength: Double

    /// Goes through all texts once; of no texts every number is 0.
    public init(_ items: [SearchCorpus.Item]) {
        count = items.count
        distinct = Set(items.map { Array($0.text.utf8) }).count
        var (longest, sum) = (0, 0)
        for item in items {
            let length = item.text.count
            longest = max(longest, length)
            sum += length
        }
        self.longest = longest
        meanLength = items.isEmpty ? 0 : Double(sum) / Double(items.count)
    }
}
