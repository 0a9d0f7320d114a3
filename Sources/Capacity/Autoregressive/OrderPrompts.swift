import Foundation
import LanguageModels

/// The complete ranking task as a decoder sees it: a query's prompt names the documents in its order, a token each,
/// and docIDs of digits hang off the prompt's end.
///
/// Tokens: the m digits, one that ends the prompt, the k names. So what a query wants stands in its prompt, as in
/// in-context ranking (appendix B.1), and no k! queries need be remembered.
struct OrderPrompts: Sendable {
    let docIDs: DigitDocIDs
    /// For each document where its tokens are predicted, which no order changes.
    let asked: [[(place: Int, token: Int32)]]
    /// The prompt of the order 0, 1, 2, ... with all docIDs.
    private let template: PackedSequence

    init(docIDs: DigitDocIDs) {
        self.docIDs = docIDs
        var sequence = PackedSequence(
            prompt: (0..<docIDs.documents).map { Self.name($0, docIDs) } + [Int32(docIDs.alphabet)])
        var places: [[Int]: Int] = [:]
        asked = (0..<docIDs.documents).map { document in
            let tokens = docIDs.tokens(document)
            var place = sequence.root
            return tokens.indices.map { index in
                // docIDs with a common prefix share its places, so the tree has a node for each prefix.
                if index > 0 {
                    let prefix = Array(tokens[..<index])
                    place =
                        places[prefix]
                        ?? sequence.append(token: Int32(tokens[index - 1]), parent: place)
                    places[prefix] = place
                }
                return (place: place, token: Int32(tokens[index]))
            }
        }
        template = sequence
    }

    var vocabulary: Int { docIDs.alphabet + 1 + docIDs.documents }

    /// The token that names a document.
    private static func name(_ document: Int, _ docIDs: DigitDocIDs) -> Int32 {
        Int32(docIDs.alphabet + 1 + document)
    }

    /// The prompt that asks for `order`, with all docIDs.
    func sequence(_ order: [Int]) -> PackedSequence {
        // An order changes the names in the prompt alone; the tree is the same for all.
        var sequence = template
        for (place, document) in order.enumerated() {
            sequence.tokens[place] = Self.name(document, docIDs)
        }
        return sequence
    }

    /// SToICaL's targets (equation 11) with lambda(r) = 1 / r^alpha, which every token of the document at rank r has as
    /// its weight.
    func targets(_ order: [Int], alpha: Double) -> [TokenTarget] {
        order.enumerated().flatMap { index, document in
            asked[document].map {
                TokenTarget(
                    place: $0.place, token: $0.token, weight: Float(pow(Double(index + 1), -alpha)))
            }
        }
    }
}
