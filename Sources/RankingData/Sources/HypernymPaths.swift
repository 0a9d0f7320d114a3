/// Each entity's longest path to the root: the ranked documents of a query (section 5.1).
public struct HypernymPaths: Sendable {
    /// The next synset on the longest path, or -1 at a root. Of equally long paths the one listed first.
    public let next: [Int32]
    /// Number of synsets above, along the longest path.
    public let lengths: [Int32]

    /// Goes through every edge once.
    /// - Throws: `WordNetError.cycle` where what stands above an entity leads back to it.
    public init(_ taxonomy: Taxonomy) throws(WordNetError) {
        var next = [Int32](repeating: -1, count: taxonomy.count)
        var lengths = [Int32](repeating: -1, count: taxonomy.count)
        // Entities whose paths are being found, each with how many of its parents are done: no recursion, since a
        // taxonomy may be as deep as it is large.
        var open: [(entity: Int, parents: Int)] = []
        var isOpen = [Bool](repeating: false, count: taxonomy.count)
        for start in 0..<taxonomy.count where lengths[start] < 0 {
            open.append((start, 0))
            isOpen[start] = true
            while let (entity, done) = open.last {
                guard done < taxonomy.parents[entity].count else {
                    (lengths[entity], next[entity]) = Self.longest(taxonomy.parents[entity], lengths)
                    isOpen[entity] = false
                    open.removeLast()
                    continue
                }
                open[open.count - 1].parents += 1
                let parent = Int(taxonomy.parents[entity][done])
                guard lengths[parent] < 0 else { continue }
                guard !isOpen[parent] else { throw .cycle(synset: taxonomy.names[parent]) }
                open.append((parent, 0))
                isOpen[parent] = true
            }
        }
        self.next = next
        self.lengths = lengths
    }

    /// The length of the longest path by way of one of `parents`, and that parent: the first of the longest.
    private static func longest(_ parents: [Int32], _ lengths: [Int32]) -> (length: Int32, parent: Int32) {
        parents.reduce((0, -1)) { best, parent in
            lengths[Int(parent)] + 1 > best.0 ? (lengths[Int(parent)] + 1, parent) : best
        }
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
