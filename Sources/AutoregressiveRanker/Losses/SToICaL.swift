import Foundation
import LanguageModels
import Rankers

/// The Simple Token-Item Calibrated Loss (equation 11): lambda(r) times the cross entropy between y(r, t) and the model, over
/// the documents of a query and the tokens of their docIDs.
struct SToICaL: TokenLoss {
    let weighting: RankWeighting
    let targets: TokenTargets
    /// The power of the trie's masses (section 4.3).
    let beta: Double

    init(_ configuration: LossConfiguration) {
        weighting = configuration.weighting
        targets = configuration.targets
        beta = configuration.beta
    }

    func points(of count: Int) -> Int { weighting.points(of: count) }

    /// y(r, t): the distribution over next tokens after the first `length` tokens of document `rank`.
    ///
    /// - Parameters:
    ///   - documents: Token ids of d_1, d_2, ... in rank order.
    ///   - rank: r, from 1 to the number of documents.
    ///   - length: t - 1, below the number of d_r's tokens.
    /// - Returns: Tokens in the order in which documents name them, with masses that sum to 1. With `.trie`, documents
    ///   d_r ... d_n that have the prefix and go on share the mass by 1 / r'^beta; one that ends at the prefix gives none.
    func distribution(
        documents: [[Int32]], rank: Int, length: Int
    ) -> [(token: Int32, mass: Double)] {
        let own = documents[rank - 1]
        guard targets == .trie else { return [(own[length], 1)] }
        var children: [(token: Int32, mass: Double)] = []
        var total = 0.0
        let prefix = own[..<length]
        // Masses count by their ratios. Where even the own document's is too small for a double, take them by its rank.
        let unit = pow(Double(rank), -beta).isNormal ? 1 : Double(rank)
        for other in rank...documents.count {
            let document = documents[other - 1]
            guard document.count > length, document[..<length] == prefix else { continue }
            let mass = pow(Double(other) / unit, -beta)
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
    /// Prefixes that documents share are computed once; a document's last token is predicted, never read. Documents of
    /// weight 0 add nothing.
    func pack(documents: [[Int32]], into sequence: inout PackedSequence) -> [TokenTarget] {
        var tree = BranchTree(root: sequence.root)
        var weights = TargetWeights()
        for (index, document) in documents.enumerated() {
            let lambda = weighting.weight(rank: index + 1, of: documents.count)
            guard lambda > 0 else { continue }
            var place = sequence.root
            for (length, token) in document.enumerated() {
                for child in distribution(documents: documents, rank: index + 1, length: length) {
                    weights.add(place: place, token: child.token, lambda * child.mass)
                }
                // The last token is a target alone: nothing follows it, so it need not be read.
                guard length + 1 < document.count else { break }
                place = tree.child(of: place, token: token, in: &sequence)
            }
        }
        return weights.targets
    }
}
