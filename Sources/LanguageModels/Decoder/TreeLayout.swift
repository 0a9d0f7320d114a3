import CRankKernels

/// What the nodes of a sequence's tree see of it, as attention's kernels read it: lists of ancestors where paths are short,
/// and ranges of nodes where a path is long, whose lists would grow with its square. Node 0 is the root.
struct TreeLayout: Sendable {
    /// The longest path below the root whose ancestors are listed. A list is read node by node, which is quicker for the few
    /// tokens of a name; ranges go through matrix products, which is quicker for a text.
    static let deepestListed = 127

    private var ancestorStart: [Int32] = [0]
    private var ancestors: [Int32] = []
    private var runStart: [Int32] = []
    private var rangeStart: [Int32] = []
    private var ranges: [rk_node_range] = []

    /// No tree.
    init() {}

    /// - Parameter parents: The parents of nodes 1, 2, ..., each an earlier node.
    init(parents: [Int]) {
        var depths = [0]
        depths.reserveCapacity(parents.count + 1)
        for parent in parents { depths.append(depths[parent] + 1) }
        if depths.allSatisfy({ $0 <= Self.deepestListed }) {
            list(parents)
        } else {
            divide(parents, depths)
        }
    }

    private mutating func list(_ parents: [Int]) {
        ancestorStart.append(0)
        for (index, parent) in parents.enumerated() {
            // A parent is an earlier node, so its list is complete.
            for place in ancestorStart[parent]..<ancestorStart[parent + 1] {
                ancestors.append(ancestors[Int(place)])
            }
            ancestors.append(Int32(index + 1))
            ancestorStart.append(Int32(ancestors.count))
        }
    }

    /// A node that does not follow its parent begins a run, which sees of the parent's run what stands up to the parent.
    private mutating func divide(_ parents: [Int], _ depths: [Int]) {
        var runs = [0]
        for (index, parent) in parents.enumerated() {
            // This is node index + 1, so it follows its parent directly. The root is in no run.
            if parent > 0, parent == index {
                runs.append(runs[parent])
                continue
            }
            rangeStart.append(Int32(ranges.count))
            if parent > 0 {
                let run = runs[parent]
                for place in rangeStart[run]..<rangeStart[run + 1] { ranges.append(ranges[Int(place)]) }
                let first = runStart[run]
                ranges.append(
                    rk_node_range(first: first, limit: Int32(parent + 1), depth: Int32(depths[Int(first)])))
            }
            runs.append(runStart.count)
            runStart.append(Int32(index + 1))
        }
        rangeStart.append(Int32(ranges.count))
        runStart.append(Int32(parents.count + 1))
    }

    /// Calls `body` with pointers that live as long as the call, in a description that has the tree's part alone.
    func withC<Result>(_ body: (rk_sequence) -> Result) -> Result {
        ancestorStart.withUnsafeBufferPointer { ancestorStart in
            ancestors.withUnsafeBufferPointer { ancestors in
                runStart.withUnsafeBufferPointer { runStart in
                    rangeStart.withUnsafeBufferPointer { rangeStart in
                        ranges.withUnsafeBufferPointer { ranges in
                            body(
                                rk_sequence(
                                    shared: 0, prompt: 0, tree: 0, shared_row: 0, prompt_row: 0, tree_row: 0,
                                    ancestor_start: ancestorStart.baseAddress,
                                    ancestors: ancestors.baseAddress, runs: Int32(max(0, runStart.count - 1)),
                                    run_start: runStart.baseAddress, range_start: rangeStart.baseAddress,
                                    ranges: ranges.baseAddress, blocks: 0, block_start: nil))
                        }
                    }
                }
            }
        }
    }
}
