import Foundation
import LanguageModels
import Tensors

/// The targets of SToICaL (equation 11) for one query.
///
/// `targets` lists, for each document d_r with lambda(r) > 0 and each of its tokens, the prefix that
/// the model has seen and the distribution y(r, t) times lambda(r).
public struct SToICaLTargets {
    /// y(r, t): the distribution over next tokens after the first `length` tokens of document `rank`.
    ///
    /// - Parameter documents: Token ids of d_1, d_2, ... in rank order.
    /// - Returns: Tokens in the order in which documents name them, with masses that sum to 1.
    ///   With `.trie`, documents d_r ... d_n that have the prefix and go on share the mass by
    ///   1 / r'^beta; one that ends at the prefix gives none.
    public static func distribution(
        _ loss: SToICaLConfiguration, documents: [[Int32]], rank: Int, length: Int
    ) -> [(token: Int32, mass: Double)] {
        let own = documents[rank - 1]
        guard loss.targets == .trie else { return [(own[length], 1)] }
        var children: [(token: Int32, mass: Double)] = []
        var total = 0.0
        let prefix = own[..<length]
        // Masses count by their ratios. Where even the own document's is too small for a double, take them by its rank.
        let unit = pow(Double(rank), -loss.beta).isNormal ? 1 : Double(rank)
        for other in rank...documents.count {
            let document = documents[other - 1]
            guard document.count > length, document[..<length] == prefix else { continue }
            let mass = pow(Double(other) / unit, -loss.beta)
            total += mass
            if let index = children.firstIndex(where: { $0.token == document[length] }) {
                children[index].mass += mass
            } else {
                children.append((document[length], mass))
            }
        }
        return children.map { ($0.token, $0.mass / total) }
    }

    /// Adds a query's documents as branches of `sequence` and returns their targets, merged by prefix.
    ///
    /// Prefixes that documents share are computed once; a document's last token is predicted, never
    /// read. Documents of weight 0 add nothing.
    /// - Returns: The targets, and how many (query, document) points carry weight.
    public static func pack(
        _ loss: SToICaLConfiguration, documents: [[Int32]], into sequence: inout PackedSequence
    ) -> (targets: [TokenTarget], points: Int) {
        var tree = BranchTree(root: sequence.root)
        var weights = TargetWeights()
        for rank in 1...max(1, documents.count) where rank <= documents.count {
            let lambda = loss.weighting.weight(rank: rank, of: documents.count)
            guard lambda > 0 else { continue }
            var place = sequence.root
            for (length, token) in documents[rank - 1].enumerated() {
                for child in distribution(loss, documents: documents, rank: rank, length: length) {
                    weights.add(place: place, token: child.token, lambda * child.mass)
                }
                guard length + 1 < documents[rank - 1].count else { break }
                place = tree.child(of: place, token: token, in: &sequence)
            }
        }
        return (weights.targets, loss.weighting.points(of: documents.count))
    }
}

/// The prefix tree of a sequence's branches: finds the node of a prefix, or adds it.
struct BranchTree {
    private let root: Int
    private var children: [[(token: Int32, place: Int)]] = [[]]

    init(root: Int) { self.root = root }

    mutating func child(of place: Int, token: Int32, in sequence: inout PackedSequence) -> Int {
        if let known = children[place - root].first(where: { $0.token == token }) { return known.place }
        let added = sequence.append(token: token, parent: place)
        children[place - root].append((token, added))
        children.append([])
        return added
    }
}

/// Sums of weights by (place, token), in the order of first use.
private struct TargetWeights {
    private var order: [(place: Int, token: Int32, weight: Double)] = []
    private var indexOf: [Int: Int] = [:]

    mutating func add(place: Int, token: Int32, _ weight: Double) {
        let key = place << 32 | Int(token)
        if let index = indexOf[key] {
            order[index].weight += weight
        } else {
            indexOf[key] = order.count
            order.append((place, token, weight))
        }
    }

    var targets: [TokenTarget] {
        order.map { TokenTarget(place: $0.place, token: $0.token, weight: Float($0.weight)) }
    }
}
