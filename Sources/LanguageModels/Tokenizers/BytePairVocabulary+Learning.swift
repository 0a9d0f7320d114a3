import HeapModule

extension BytePairVocabulary {
    /// Learns a vocabulary of at most `size` ids from `names`, each counted as often as `counts` says.
    ///
    /// The most frequent pair is merged first; of equally frequent pairs the one with the smaller
    /// left, then right id. Fewer ids come out where every word is one piece already. Names of n bytes in all take
    /// n log n steps.
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
///
/// All words lie behind each other in one list of symbols that is linked within each word, so that a merge touches the
/// places where its pair stands and nothing else.
private struct BytePairLearner {
    typealias Pair = BytePairVocabulary.Pair

    let bytes: [UInt8]
    private(set) var merges: [Pair] = []
    private let specialTokens: Int
    /// The symbol at each place; -1 where it has become part of the one on its left.
    private var symbols: [Int32] = []
    /// The places before and behind in the same word; -1 where there is none.
    private var previous: [Int] = []
    private var next: [Int] = []
    /// How often the word that a place belongs to occurs.
    private var weights: [Int] = []
    private var counts: [Pair: Int] = [:]
    /// Places where the pair stood at some time; a stale one costs a look, no more.
    private var places: [Pair: [Int]] = [:]
    /// Pairs by their counts. A count may have fallen since; it never grows once all of a symbol's places are known.
    private var open = Heap<Candidate>()

    private struct Candidate: Comparable {
        var count: Int
        var pair: Pair

        /// The most frequent first, of equally frequent ones the one with the smaller ids.
        static func < (a: Candidate, b: Candidate) -> Bool {
            (b.count, a.pair.left, a.pair.right) < (a.count, b.pair.left, b.pair.right)
        }
    }

    var size: Int { specialTokens + bytes.count + merges.count }

    init(names: [String], counts nameCounts: [Int], specialTokens: Int) {
        self.specialTokens = specialTokens
        var wordCounts: [ArraySlice<UInt8>: Int] = [:]
        for (index, name) in names.enumerated() {
            let count = nameCounts.isEmpty ? 1 : nameCounts[index]
            for word in BytePairVocabulary.words(Array(name.utf8)) { wordCounts[word, default: 0] += count }
        }
        bytes = Set(wordCounts.keys.joined()).sorted()
        var ids = [Int32](repeating: 0, count: 256)
        for (index, byte) in bytes.enumerated() { ids[Int(byte)] = Int32(specialTokens + index) }
        // A dictionary's order is another each time, and changes nothing: what is learned
        // follows from counts and ids.
        for (word, count) in wordCounts { append(word.map { ids[Int($0)] }, weight: count) }
        for (pair, count) in counts { open.insert(Candidate(count: count, pair: pair)) }
    }

    private mutating func append(_ word: [Int32], weight: Int) {
        let start = symbols.count
        for (index, symbol) in word.enumerated() {
            symbols.append(symbol)
            weights.append(weight)
            previous.append(index == 0 ? -1 : start + index - 1)
            next.append(index + 1 == word.count ? -1 : start + index + 1)
        }
        for place in start..<(start + word.count) { count(place, sign: 1) }
    }

    /// Counts the pair of a place and the one behind it in (1) or out (-1).
    private mutating func count(_ place: Int, sign: Int) {
        guard place >= 0, next[place] >= 0 else { return }
        let pair = Pair(left: symbols[place], right: symbols[next[place]])
        counts[pair, default: 0] += sign * weights[place]
        if sign > 0 { places[pair, default: []].append(place) }
    }

    /// Merges the most frequent pair everywhere; false when no pair is left.
    mutating func mergeMostFrequent() -> Bool {
        while let candidate = open.popMin() {
            let count = counts[candidate.pair] ?? 0
            if count == candidate.count, count > 0 {
                merge(candidate.pair)
                return true
            }
            // The count has fallen since the candidate was entered: it waits for its turn at the new one.
            if count > 0 { open.insert(Candidate(count: count, pair: candidate.pair)) }
        }
        return false
    }

    private mutating func merge(_ pair: Pair) {
        let id = Int32(size)
        merges.append(pair)
        // From left to right: of three equal symbols in a row the first two become one.
        var made: Set<Pair> = []
        for place in (places[pair] ?? []).sorted() where isPair(pair, at: place) {
            merge(at: place, to: id)
            for start in [previous[place], place] where start >= 0 && next[start] >= 0 {
                made.insert(Pair(left: symbols[start], right: symbols[next[start]]))
            }
        }
        counts[pair] = nil
        places[pair] = nil
        for pair in made {
            if let count = counts[pair], count > 0 { open.insert(Candidate(count: count, pair: pair)) }
        }
    }

    private func isPair(_ pair: Pair, at place: Int) -> Bool {
        symbols[place] == pair.left && next[place] >= 0 && symbols[next[place]] == pair.right
    }

    private mutating func merge(at place: Int, to id: Int32) {
        let (before, right) = (previous[place], next[place])
        // The pairs on both sides end with the merge, too.
        for start in [before, place, right] { count(start, sign: -1) }
        symbols[place] = id
        symbols[right] = -1
        next[place] = next[right]
        if next[place] >= 0 { previous[next[place]] = place }
        for start in [before, place] { count(start, sign: 1) }
    }
}
