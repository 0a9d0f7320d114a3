import Foundation
import LanguageModels

/// The complete ranking task as a decoder sees it: a query's prompt names the documents in its order, a token each,
/// and docIDs of digits hang off the prompt's end.
///
/// Tokens: the m digits, one that ends the prompt, the k names. So what a query wants stands in its prompt, as in
/// in-context ranking (appendix B.1), and no k! queries need be remembered.
struct OrderPrompts: Sendable {
    /// A prompt with all docIDs, and for each document where its tokens are predicted.
    struct Packed: Sendable {
        var sequence: PackedSequence
        var asked: [[(place: Int, token: Int32)]] = []
    }

    let docIDs: DigitDocIDs

    var vocabulary: Int { docIDs.alphabet + 1 + docIDs.documents }

    func pack(_ order: [Int]) -> Packed {
        let names = order.map { Int32(docIDs.alphabet + 1 + $0) }
        var packed = Packed(sequence: PackedSequence(prompt: names + [Int32(docIDs.alphabet)]))
        var places: [[Int]: Int] = [[]: packed.sequence.root]
        for document in 0..<docIDs.documents {
            let tokens = docIDs.tokens(document)
            var place = packed.sequence.root
            var asked = [(place: place, token: Int32(tokens[0]))]
            for length in 1..<tokens.count {
                let prefix = Array(tokens[..<length])
                place =
                    places[prefix]
                    ?? packed.sequence.append(token: Int32(tokens[length - 1]), parent: place)
                places[prefix] = place
                asked.append((place, Int32(tokens[length])))
            }
            packed.asked.append(asked)
        }
        return packed
    }

    /// SToICaL's targets (equation 11) with lambda(r) = 1 / r^alpha, which every token of the document at rank r has as
    /// its weight.
    func targets(_ packed: Packed, _ order: [Int], alpha: Double) -> [TokenTarget] {
        order.enumerated().flatMap { index, document in
            packed.asked[document].map {
                TokenTarget(
                    place: $0.place, token: $0.token, weight: Float(pow(Double(index + 1), -alpha)))
            }
        }
    }
}
