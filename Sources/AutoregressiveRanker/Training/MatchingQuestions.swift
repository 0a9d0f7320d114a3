import LanguageModels
import RankingData
import Tensors

/// Prompts that ask for each of their documents.
///
/// A decoder that is to answer a query from its prompt must first learn to find the title that goes with the query, and to
/// copy the docID beside it. A query's best document alone teaches that slowly: one answer a prompt. Here every document
/// of a prompt is asked for, each in a branch of its own behind the same documents.
struct MatchingQuestions: Sendable {
    private let configuration: MatchingConfiguration
    /// Writes the documents.
    private let prompt: RankingPrompt
    /// The first step whose prompts have all of a query's documents.
    private let firstWholeStep: Int
    /// For each document that is some training query's first, those queries; empty where questions are words.
    private let queriesOf: [Int32: [Int32]]
    /// The most words that a question has.
    private static let mostWords = 3

    /// - Parameter steps: The steps of the whole training.
    init(_ configuration: MatchingConfiguration, _ prompt: RankingPrompt, _ task: RankingTask, steps: Int) {
        self.configuration = configuration
        self.prompt = prompt
        firstWholeStep = steps - configuration.wholeSteps
        var queriesOf: [Int32: [Int32]] = [:]
        if configuration.questions == .queries {
            for query in task.training {
                if let first = query.documents.first { queriesOf[first, default: []].append(query.query) }
            }
        }
        self.queriesOf = queriesOf
    }

    /// A query's documents in a random order, as many of them as is drawn, and a question for each.
    ///
    /// Two, four, eight ... documents are equally likely: few teach sooner, many are what is asked in the end. Words that
    /// another of the documents has too are not asked for, so that each question of words has one answer; a document without
    /// a word of its own, and without a query, is not asked for.
    func pack(_ query: RankedQuery, _ parts: TitledParts, step: Int, stream: inout RandomStream)
        -> MinibatchPacker.PackedQuery
    {
        var documents = query.documents
        stream.shuffle(&documents)
        if step < firstWholeStep {
            let limit = min(configuration.documents, documents.count)
            // The last size reaches the limit, and stands for as many documents as there may be.
            let sizes = Array(sequence(first: 2) { $0 < limit ? 2 * $0 : nil })
            documents = Array(documents.prefix(sizes[stream.uniform(below: sizes.count)]).prefix(limit))
        }

        var docIDs = documents.map { prompt.tokens[Int($0)] }
        if configuration.docIDs == .exchanged { stream.shuffle(&docIDs) }
        var sequence = parts.parts(documents, docIDs: docIDs).sequence(prompt.attention)
        var targets: [TokenTarget] = []
        var asked = 0
        for ((document, docID), words) in zip(zip(documents, docIDs), ownWords(documents, parts)) {
            guard let question = question(for: document, words, parts, stream: &stream) else { continue }
            var place = sequence.root
            for token in question + [MarkedParts.answerMark] {
                place = sequence.append(token: token, parent: place)
            }
            for (index, token) in docID.enumerated() {
                targets.append(TokenTarget(place: place, token: token, weight: 1))
                // The last token is predicted, never read.
                if index + 1 < docID.count { place = sequence.append(token: token, parent: place) }
            }
            asked += 1
        }
        return MinibatchPacker.PackedQuery(sequence: sequence, targets: targets, points: asked, terms: asked)
    }

    /// The tokens that ask for a document; nil where nothing does.
    private func question(
        for document: Int32, _ words: [[Int32]], _ parts: TitledParts, stream: inout RandomStream
    ) -> [Int32]? {
        if let queries = queriesOf[document] {
            return parts.text(of: queries[stream.uniform(below: queries.count)])
        }
        guard !words.isEmpty else { return nil }
        var words = words
        stream.shuffle(&words)
        return Array(words.prefix(1 + stream.uniform(below: Self.mostWords)).joined())
    }

    /// The words of each document's title that no other of the documents has, each once.
    private func ownWords(_ documents: [Int32], _ parts: TitledParts) -> [[[Int32]]] {
        let words = documents.map { parts.words(of: $0) }
        var holders: [[Int32]: Int] = [:]
        for own in words { for word in Set(own) { holders[word, default: 0] += 1 } }
        return words.map { own in
            var seen: Set<[Int32]> = []
            return own.filter { holders[$0] == 1 && seen.insert($0).inserted }
        }
    }
}
