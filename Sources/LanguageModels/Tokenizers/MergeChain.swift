import HeapModule

/// What a pair of adjacent symbols becomes, and how early it does.
struct BytePairMerge: Sendable, Equatable {
    /// Merges of lower rank are applied first.
    var rank: Int32
    /// The symbol that the two become.
    var result: Int32

    /// Two symbols as one key of a dictionary of merges.
    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}

/// A word's symbols as a linked list, and the merges that apply to it.
///
/// A word of n symbols takes n log n steps: every merge makes the list shorter by one symbol, and puts at most two
/// candidates on the heap.
struct MergeChain {
    private var ids: [Int32]
    private var next: [Int32]
    private var previous: [Int32]
    private var open = Heap<Candidate>()

    private struct Candidate: Comparable {
        var rank: Int32
        var place: Int32

        static func < (left: Candidate, right: Candidate) -> Bool {
            (left.rank, left.place) < (right.rank, right.place)
        }
    }

    init(_ symbols: [Int32]) {
        ids = symbols
        next = (0..<Int32(symbols.count)).map { $0 + 1 }
        previous = (0..<Int32(symbols.count)).map { $0 - 1 }
        if !symbols.isEmpty { next[symbols.count - 1] = -1 }
    }

    /// Applies the merge of lowest rank, of several the leftmost, until none applies.
    mutating func merge(_ merges: [UInt64: BytePairMerge]) {
        guard ids.count > 1 else { return }
        for place in 0..<Int32(ids.count - 1) { consider(place, merges) }
        while let candidate = open.popMin() {
            let left = candidate.place
            // A candidate whose symbols have merged with others since is stale.
            guard ids[Int(left)] >= 0, next[Int(left)] >= 0,
                let merge = merges[BytePairMerge.key(ids[Int(left)], ids[Int(next[Int(left)])])],
                merge.rank == candidate.rank
            else { continue }
            let right = next[Int(left)]
            ids[Int(left)] = merge.result
            // Candidates that begin here are stale from now on.
            ids[Int(right)] = -1
            next[Int(left)] = next[Int(right)]
            if next[Int(left)] >= 0 { previous[Int(next[Int(left)])] = left }
            if previous[Int(left)] >= 0 { consider(previous[Int(left)], merges) }
            consider(left, merges)
        }
    }

    private mutating func consider(_ left: Int32, _ merges: [UInt64: BytePairMerge]) {
        let right = next[Int(left)]
        guard right >= 0, let merge = merges[BytePairMerge.key(ids[Int(left)], ids[Int(right)])] else {
            return
        }
        open.insert(Candidate(rank: merge.rank, place: left))
    }

    /// Appends the symbols that are left, in their order.
    func append(to target: inout [Int32]) {
        var place: Int32 = ids.isEmpty ? -1 : 0
        while place >= 0 {
            target.append(ids[Int(place)])
            place = next[Int(place)]
        }
    }
}
