import Foundation
import Rankers
import RankingData

/// Scores documents by the words that they share with the query: BM25 (Robertson and Zaragoza 2009, DOI
/// 10.1561/1500000019, equation 3.15), over all documents of the collection.
///
/// Words are runs of letters and digits in lower case; nothing is stemmed, and no word is left out. A word that occurs f times in
/// a document of length l (L on average) counts idf f (k1 + 1) / (f + k1 (1 - b + b l / L)), as often as the query has it, with
/// idf = ln(1 + (N - n + 1/2) / (n + 1/2)) for a word that n of the N documents have, which is never negative.
public struct BM25Ranker: Ranker {
    private let collection: Collection
    private let saturation: Double
    private let lengthShare: Double
    private let meanLength: Double
    /// The number of documents that have each word.
    private let holders: [String: Int]

    /// - Parameters:
    ///   - saturation: k1, at least 0.
    ///   - lengthShare: b, in 0...1.
    public init(_ collection: Collection, saturation: Double, lengthShare: Double) {
        self.collection = collection
        self.saturation = saturation
        self.lengthShare = lengthShare
        var (holders, words) = ([String: Int](), 0)
        for document in collection.documents {
            let own = Self.words(collection.text(document))
            words += own.count
            for word in Set(own) { holders[word, default: 0] += 1 }
        }
        self.holders = holders
        meanLength = Double(max(1, words)) / Double(max(1, collection.documents.count))
    }

    /// Equal scores, of documents without any of the query's words say, leave the order to chance.
    public var tiesAreChance: Bool { true }

    public func scores(for queries: [RankedQuery]) -> [[Float]] {
        queries.map { query in
            let words = Self.words(collection.text(query.query))
            return query.candidates.map { Float(score(words, collection.text($0.entity))) }
        }
    }

    private func score(_ query: [String], _ text: String) -> Double {
        let words = Self.words(text)
        var counts: [String: Double] = [:]
        for word in words { counts[word, default: 0] += 1 }
        let length = 1 - lengthShare + lengthShare * Double(words.count) / meanLength
        return query.reduce(0) { sum, word in
            guard let count = counts[word] else { return sum }
            return sum + weight(word) * count * (saturation + 1) / (count + saturation * length)
        }
    }

    private func weight(_ word: String) -> Double {
        let (all, own) = (Double(collection.documents.count), Double(holders[word] ?? 0))
        return log(1 + (all - own + 0.5) / (own + 0.5))
    }

    static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
