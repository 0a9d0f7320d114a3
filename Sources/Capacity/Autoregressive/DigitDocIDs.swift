/// docIDs that are numbers: 0..<k in base m, all with as many digits as k - 1 needs.
public struct DigitDocIDs: Hashable, Sendable {
    /// m, the number of tokens that docIDs are made of.
    public let alphabet: Int
    /// k.
    public let documents: Int
    /// Tokens of a docID: the smallest L >= 1 with m^L >= k, so it grows with log k.
    public let length: Int

    /// - Parameters:
    ///   - alphabet: At least 2.
    ///   - documents: At least 1.
    public init(alphabet: Int, documents: Int) {
        precondition(alphabet >= 2 && documents >= 1, "two tokens and a document at least")
        self.alphabet = alphabet
        self.documents = documents
        var (length, reach) = (1, alphabet)
        while reach < documents {
            length += 1
            reach *= alphabet
        }
        self.length = length
    }

    /// m^L, docIDs that are not used among them.
    public var sequences: Int { (0..<length).reduce(1) { product, _ in product * alphabet } }

    /// The tokens of a document, the most significant digit first.
    public func tokens(_ document: Int) -> [Int] {
        var (rest, digits) = (document, [Int](repeating: 0, count: length))
        for place in stride(from: length - 1, through: 0, by: -1) {
            digits[place] = rest % alphabet
            rest /= alphabet
        }
        return digits
    }
}
