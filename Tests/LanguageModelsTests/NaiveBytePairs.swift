@testable import LanguageModels

/// Byte-pair encoding by its definition: every count is made anew, every merge scans the whole word.
enum NaiveBytePairs {
    typealias Pair = BytePairVocabulary.Pair

    static func words(_ names: [String]) -> [[UInt8]] {
        names.flatMap { BytePairVocabulary.words(Array($0.utf8)).map(Array.init) }
    }

    /// The merges that `BytePairVocabulary.learn` should learn.
    static func merges(of names: [String], size: Int, specialTokens: Int) -> [Pair] {
        let bytes = Set(names.flatMap { Array($0.utf8) }).sorted()
        var words = words(names).map { word in
            word.map { byte in Int32(specialTokens + (bytes.firstIndex(of: byte) ?? 0)) }
        }
        var merges: [Pair] = []
        while specialTokens + bytes.count + merges.count < size {
            var counts: [Pair: Int] = [:]
            for word in words {
                for (left, right) in zip(word, word.dropFirst()) {
                    counts[Pair(left: left, right: right), default: 0] += 1
                }
            }
            let best = counts.max { a, b in
                (a.value, -a.key.left, -a.key.right) < (b.value, -b.key.left, -b.key.right)
            }
            guard let pair = best?.key else { return merges }
            let id = Int32(specialTokens + bytes.count + merges.count)
            merges.append(pair)
            words = words.map { merged($0, pair, id) }
        }
        return merges
    }

    static func merged(_ word: [Int32], _ pair: Pair, _ id: Int32) -> [Int32] {
        var result: [Int32] = []
        var place = 0
        while place < word.count {
            let isPair = place + 1 < word.count && word[place] == pair.left && word[place + 1] == pair.right
            result.append(isPair ? id : word[place])
            place += isPair ? 2 : 1
        }
        return result
    }

    /// The ids of a text: the earliest learned merge that applies, of several places the leftmost, until none applies.
    static func encode(_ text: String, _ vocabulary: BytePairVocabulary) -> [Int32] {
        words([text]).flatMap { word in
            var ids = word.map { byte in Int32(vocabulary.pieces.firstIndex(of: [byte]) ?? -1) }
            let first = Int32(vocabulary.count - vocabulary.merges.count)
            while true {
                let ranked = zip(ids, ids.dropFirst()).enumerated().compactMap { place, pair in
                    vocabulary.merges.firstIndex(of: Pair(left: pair.0, right: pair.1)).map { ($0, place) }
                }
                guard let (rank, place) = ranked.min(by: <) else { return ids }
                ids[place] = first + Int32(rank)
                ids.remove(at: place + 1)
            }
        }
    }
}
