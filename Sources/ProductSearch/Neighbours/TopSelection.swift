/// The largest of many scores that come in blocks, with their places; ties by place.
///
/// A score and its place are one 64-bit key, smaller for a larger score and then for a smaller place. Keys that may be
/// among the best collect in a buffer; when it is full, all but the best `count` go, by quickselect (Hoare 1961, DOI
/// 10.1145/366622.366647), and the worst of those is the bar for what comes next.
final class TopSelection: @unchecked Sendable {
    private let count: Int
    private let capacity: Int
    private let keys: UnsafeMutablePointer<UInt64>
    private var held = 0
    /// Keys from this on are not among the best.
    private var bar = UInt64.max
    /// No score below this is among the best; compared first, for that is cheaper than making a key.
    private var floor = -Float.infinity

    /// - Parameter slack: The most scores that one call of `add` has.
    init(count: Int, slack: Int) {
        precondition(count >= 1 && slack >= 1, "there is nothing to select")
        self.count = count
        capacity = Self.capacity(count: count, slack: slack)
        keys = .allocate(capacity: capacity)
    }

    deinit { keys.deallocate() }

    /// The keys that a selection has room for.
    static func capacity(count: Int, slack: Int) -> Int {
        // After pruning, at most `count` keys are held, so that one more call's scores always fit. And between two
        // prunings come at least `count` keys, which makes the work of one linear in the keys that caused it.
        2 * count + slack
    }

    /// A key whose order is falling score, then rising place. NaN comes last.
    @inline(__always)
    static func key(_ score: Float, _ place: Int) -> UInt64 {
        // Adding 0 makes -0 equal to 0.
        let bits = (score + 0).bitPattern
        // Ascending as unsigned: negative floats reversed, then positive ones; inverted for falling order.
        let ascending = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
        return UInt64(score.isNaN ? UInt32.max : ~ascending) << 32 | UInt64(UInt32(place))
    }

    /// The score that a key was made of; minus infinity for NaN's.
    private static func score(_ key: UInt64) -> Float {
        let ascending = ~UInt32(truncatingIfNeeded: key >> 32)
        guard ascending != 0 else { return -.infinity }
        return Float(bitPattern: ascending >> 31 == 1 ? ascending & 0x7FFF_FFFF : ~ascending)
    }

    /// The scores of places first..<first + count.
    func add(_ scores: UnsafePointer<Float>, count added: Int, first: Int) {
        if held + added > capacity { prune() }
        // Not `>=`, which would drop a NaN: it has a place too, behind all others.
        for index in 0..<added where !(scores[index] < floor) {
            let key = Self.key(scores[index], first + index)
            if key < bar {
                keys[held] = key
                held += 1
            }
        }
        if held >= 2 * count { prune() }
    }

    /// The best places, best first; fewer than `count` where fewer were added.
    func sorted() -> [Int32] {
        prune()
        var best = UnsafeMutableBufferPointer(start: keys, count: held)
        best.sort()
        return best.map { Int32(truncatingIfNeeded: $0) }
    }

    private func prune() {
        guard held > count else { return }
        select()
        held = count
        bar = 0
        for index in 0..<count where keys[index] >= bar { bar = keys[index] }
        floor = Self.score(bar)
        // The worst key that is kept is below the bar itself. Keys have different places, so none comes twice.
        bar += 1
    }

    /// Moves the smallest `count` keys to the front.
    private func select() {
        var (low, high) = (0, held - 1)
        while low < high {
            let middle = low + (high - low) / 2
            // The median of three: scores that come in order, as they may, would make the first key the worst pivot of
            // all.
            let pivot = max(
                min(keys[low], keys[middle]), min(max(keys[low], keys[middle]), keys[high]))
            var (i, j) = (low, high)
            while i <= j {
                while keys[i] < pivot { i += 1 }
                while keys[j] > pivot { j -= 1 }
                guard i <= j else { break }
                (keys[i], keys[j]) = (keys[j], keys[i])
                i += 1
                j -= 1
            }
            // Keys up to j are at most the pivot, those from i on at least: only the side with the boundary needs
            // another round.
            if count - 1 <= j { high = j } else if count - 1 >= i { low = i } else { return }
        }
    }
}
