extension BytePairVocabulary {
    /// Learns a vocabulary of at most `size` ids from `names`, each counted as often as `counts` says.
    ///
    /// The most frequent pair is merged first; of equally frequent pairs the one with the smaller
    /// left, then right id. Fewer ids come out where every word is one piece already.
    /// - Parameter counts: How often each name occurs; once each where it is empty.
    public static func learn(
        from names: [String], counts: [Int] = [], size: Int, specialTokens: Int
    ) -> BytePairVocabulary {
        precondition(counts.isEmpty || counts.count == names.count, "one count a name")
        var learner = BytePairLearner(names: names, counts: counts, specialTokens: specialTokens)
        while learner.size < size, learner.mergeMostFrequent() {}
        return BytePairVocabulary(specialTokens: specialTokens, bytes: learner.bytes, merges: learner.merges)
    }
}

/// Counts of adjacent pairs over distinct words, kept up to date merge by merge.
private struct BytePairLearner {
    typealias Pair = BytePairVocabulary.Pair

    let bytes: [UInt8]
    private(set) var merges: [Pair] = []
    private let specialTokens: Int
    private var words: [[Int32]] = []
    private var wordCounts: [Int] = []
    private var pairCounts: [Pair: Int] = [:]
    /// Words that held the pair at some time; stale entries cost a look, no more.
    private var wordsOfPair: [Pair: [Int32]] = [:]

    var size: Int { specialTokens + bytes.count + merges.count }

    init(names: [String], counts nameCounts: [Int], specialTokens: Int) {
        self.specialTokens = specialTokens
        var counts: [ArraySlice<UInt8>: Int] = [:]
        for (index, name) in names.enumerated() {
            let count = nameCounts.isEmpty ? 1 : nameCounts[index]
            for word in BytePairVocabulary.words(Array(name.utf8)) { counts[word, default: 0] += count }
        }
        bytes = Set(counts.keys.joined()).sorted()
        var ids = [Int32](repeating: 0, count: 256)
        for (index, byte) in bytes.enumerated() { ids[Int(byte)] = Int32(specialTokens + index) }
        for (word, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            words.append(word.map { ids[Int($0)] })
            wordCounts.append(count)
        }
        for index in words.indices { add(pairsOf: index, sign: 1) }
    }

    private mutating func add(pairsOf index: Int, sign: Int) {
        let word = words[index]
        guard word.count > 1 else { return }
        for place in 0..<(word.count - 1) {
            let pair = Pair(left: word[place], right: word[place + 1])
            pairCounts[pair, default: 0] += sign * wordCounts[index]
            if sign > 0 { wordsOfPair[pair, default: []].append(Int32(index)) }
        }
    }

    /// Merges the most frequent pair everywhere; false when no pair is left.
    mutating func mergeMostFrequent() -> Bool {
        var best: Pair?
        var bestCount = 0
        for (pair, count) in pairCounts where count > 0 && count >= bestCount {
            let first = best.map { (pair.left, pair.right) < ($0.left, $0.right) } ?? true
            if count > bestCount || first { (best, bestCount) = (pair, count) }
        }
        guard let pair = best else { return false }
        let id = Int32(size)
        merges.append(pair)
        for index in Set(wordsOfPair[pair] ?? []).sorted() {
            add(pairsOf: Int(index), sign: -1)
            words[Int(index)] = BytePairLearner.merged(words[Int(index)], pair, id)
            add(pairsOf: Int(index), sign: 1)
        }
        pairCounts[pair] = nil
        wordsOfPair[pair] = nil
        return true
    }

    private static func merged(_ word: [Int32], _ pair: Pair, _ id: Int32) -> [Int32] {
        var result: [Int32] = []
        var place = 0
        while place < word.count {
            if place + 1 < word.count, word[place] == pair.left, word[place + 1] == pair.right {
                result.append(id)
                place += 2
            } else {
                result.append(word[place])
                place += 1
            }
        }
        return result
    }
}
