/// The prefix tree of docIDs: which tokens may follow a prefix, and which prefixes are docIDs themselves.
///
/// A docID that is a prefix of another ends at an inner node (section 4.3).
public struct DocumentTrie: Sendable {
    struct Node: Sendable {
        var children: [Int32: Int] = [:]
        /// The document whose docID ends here.
        var document: Int32?
    }

    private(set) var nodes = [Node()]
    /// Tokens of the longest docID.
    public private(set) var depth = 0

    /// The node of the empty prefix.
    public static let root = 0

    /// The trie of some documents' docIDs.
    ///
    /// - Parameters:
    ///   - documents: Places of the documents. Of several with the same docID the first one is found; one without tokens is
    ///     never found.
    ///   - tokens: The tokens of every entity's docID.
    public init(_ documents: [Int32], tokens: [[Int32]]) {
        for document in documents {
            let path = tokens[Int(document)]
            guard !path.isEmpty else { continue }
            var node = Self.root
            for token in path { node = child(of: node, token) ?? add(token, below: node) }
            // Documents may share a docID, which then stands for the first of them.
            if nodes[node].document == nil { nodes[node].document = document }
            depth = max(depth, path.count)
        }
    }

    private mutating func add(_ token: Int32, below node: Int) -> Int {
        nodes[node].children[token] = nodes.count
        nodes.append(Node())
        return nodes.count - 1
    }

    /// The node that `token` leads to; nil where no docID goes on with it.
    public func child(of node: Int, _ token: Int32) -> Int? { nodes[node].children[token] }
    /// The document whose docID ends at a node; nil where none does.
    public func document(at node: Int) -> Int32? { nodes[node].document }
    /// Whether no docID goes on from a node.
    public func isLeaf(_ node: Int) -> Bool { nodes[node].children.isEmpty }
}
