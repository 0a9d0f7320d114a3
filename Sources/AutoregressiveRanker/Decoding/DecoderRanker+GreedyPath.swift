import LanguageModels
import RankingData

extension DecoderRanker {
    /// The other reading of section 5.1: one greedy decode of as many steps as the longest candidate has
    /// tokens; score(d) is made of the log-probabilities of d's tokens, each at the same step of that decode.
    ///
    /// A candidate that leaves the greedy path is therefore scored after a prefix that is not its own. Every step computes
    /// all prompts again: this reading is there to be compared with the other, and is not made to be fast.
    func likelihoodsAlongGreedyPath(_ queries: ArraySlice<RankedQuery>) -> [[DocumentLikelihood]] {
        let candidates = queries.map { query in query.candidates.map { prompt.tokens[Int($0.entity)] } }
        var decodes = queries.map { prompt.evaluationSequence(for: $0) }
        var sums = candidates.map { $0.map { _ in Float(0) } }
        let steps = candidates.joined().map(\.count).max() ?? 0
        for step in 0..<steps {
            for group in groups(decodes) {
                let next = nextLogProbabilities(group.map { decodes[$0] })
                for (index, row) in zip(group, next) {
                    for (number, tokens) in candidates[index].enumerated() where step < tokens.count {
                        sums[index][number] += row[Int(tokens[step])]
                    }
                    // Shorter candidates are done; the decode goes on for the longest.
                    let best = row.indices.prefix(prompt.pieceCount).reduce(0) { row[$1] > row[$0] ? $1 : $0 }
                    let last = decodes[index].tokens.count - 1
                    _ = decodes[index].append(token: Int32(best), parent: last)
                }
            }
        }
        return zip(queries, sums).map { query, sums in
            zip(query.candidates, sums).map { candidate, sum in
                DocumentLikelihood(
                    sum: sum, tokens: prompt.tokens[Int(candidate.entity)].count,
                    countedLength: prompt.countedLength(of: candidate.entity))
            }
        }
    }

    /// log p of every token after each sequence's last; [sequences, vocabulary].
    private func nextLogProbabilities(_ sequences: [PackedSequence]) -> [[Float]] {
        let batch = PackedBatch(sequences)
        let rows = sequences.indices.map { batch.row(sequence: $0, place: sequences[$0].tokens.count - 1) }
        let vocabulary = decoder.parameters.configuration.vocabulary
        let values = decoder.logProbabilities(batch, rows: rows)
        return sequences.indices.map { Array(values[$0 * vocabulary..<($0 + 1) * vocabulary]) }
    }
}
