import RankingData

/// DocIDs that are lists of numbers, `25,36,39` say: the codes of a dictionary's atoms or of clusters.
struct NumberedDocIDs: Sendable {
    /// The numbers that occur, ascending.
    let numbers: [Int]
    private let placeOf: [Int: Int]

    /// nil where some document's docID is no such list.
    init?(_ collection: Collection) {
        var numbers: Set<Int> = []
        for document in collection.documents {
            guard let own = Self.numbers(of: collection.docID(document)) else { return nil }
            numbers.formUnion(own)
        }
        // More would leave no room for words; `BytePairVocabulary` has fewer than 1,000 special tokens.
        guard !numbers.isEmpty, numbers.count < 900 else { return nil }
        self.numbers = numbers.sorted()
        placeOf = Dictionary(uniqueKeysWithValues: zip(self.numbers, 0...))
    }

    /// The places in `numbers` of a docID's numbers; nil for one that is no list of numbers that occur.
    func places(of docID: String) -> [Int]? {
        guard let numbers = Self.numbers(of: docID) else { return nil }
        let places = numbers.compactMap { placeOf[$0] }
        return places.count == numbers.count ? places : nil
    }

    /// The numbers of a docID, each written in the one way that gives it back: `07` is none.
    private static func numbers(of docID: String) -> [Int]? {
        let fields = docID.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let numbers = fields.compactMap { field -> Int? in
            let text = String(Substring(field))
            return Int(text).flatMap { $0 >= 0 && $0 < 10_000 && String($0) == text ? $0 : nil }
        }
        return numbers.count == fields.count ? numbers : nil
    }
}
