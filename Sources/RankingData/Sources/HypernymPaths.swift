/// Each entity's longest path to the root: the ranked documents of a query (section 5.1).
public struct HypernymPaths: Sendable {
    /// The next synset on the longest path, or -1 at a root. Of equally long paths the one listed first.
    public let next: [Int32]
    /// Number of synsets above, along the longest path.
    public let lengths: [Int32]

    public init(_ taxonomy: Taxonomy) throws(WordNetError) {
        var next = [Int32](repeating: -1, count: taxonomy.count)
        var lengths = [Int32](repeating: -1, count: taxonomy.count)
        for synset in 0..<taxonomy.count {
            try HypernymPaths.resolve(Int32(synset), taxonomy, &next, &lengths, depth: 0)
        }
        self.next = next
        self.lengths = lengths
    }

    private static func resolve(
        _ synset: Int32, _ taxonomy: Taxonomy, _ next: inout [Int32], _ lengths: inout [Int32], depth: Int
    ) throws(WordNetError) {
        guard lengths[Int(synset)] < 0 else { return }
        guard depth < 1_000 else { throw .cycle(synset: taxonomy.names[Int(synset)]) }
        var best: (length: Int32, hypernym: Int32) = (0, -1)
        for hypernym in taxonomy.parents[Int(synset)] {
            try resolve(hypernym, taxonomy, &next, &lengths, depth: depth + 1)
            if lengths[Int(hypernym)] + 1 > best.length { best = (lengths[Int(hypernym)] + 1, hypernym) }
        }
        lengths[Int(synset)] = best.length
        next[Int(synset)] = best.hypernym
    }

    /// The synsets on the longest path from `synset` to the root, nearest first; empty at a root.
    public func documents(of synset: Int32) -> [Int32] {
        var path: [Int32] = []
        var place = next[Int(synset)]
        while place >= 0 {
            path.append(place)
            place = next[Int(place)]
        }
        return path
    }
}

extension Taxonomy {
    /// All synsets above `synset`, on any path.
    public func ancestors(of synset: Int32) -> Set<Int32> {
        var found: Set<Int32> = []
        var open = parents[Int(synset)]
        while let node = open.popLast() {
            if found.insert(node).inserted { open += parents[Int(node)] }
        }
        return found
    }
}
