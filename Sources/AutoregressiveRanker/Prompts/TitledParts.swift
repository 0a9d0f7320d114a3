import LanguageModels
import RankingData

/// The parts of prompts over documents that have a title beside their docID, in a vocabulary that was learned from the
/// collection, each encoded once:
/// `<documents> title <answer> docID <documents> title <answer> docID ... <query> query <answer>`.
///
/// Documents stand in the form in which the query is answered: a text, the mark, a docID. To answer is so to find the title
/// that goes with the query and to copy what stands behind its mark. Texts are encoded with a blank before them, so that a
/// word has the same tokens wherever it stands, but for one with dots at a text's end, whose last parts are cut off as a sense
/// suffix is (`3.5.1`, `U.S.`). A docID that lists numbers has a token for each of them.
struct TitledParts: Sendable {
    /// The special token that stands before the query; the first two are those of `MarkedParts`.
    static let queryMark: Int32 = 2
    /// How a tokenizer.json calls these three, by their ids.
    private static let marks = MarkedParts.names + ["<query>"]

    /// Token ids of every entity's text, or the one id of its vector.
    private let texts: [[Int32]]
    /// The id of the first entity's vector where texts are vectors; nil where they are tokens.
    private let firstVector: Int32?
    private let collection: Collection
    /// Token ids of every entity's docID; a query's is its text.
    let docIDs: [[Int32]]
    /// `RankingPrompt.countedLength(of:)` of every entity.
    let countedLengths: [Int]
    /// Whether a token of the vocabulary is the first of a word.
    private let beginsWord: [Bool]
    /// What `specialNames(_:)` gives for the collection.
    private let names: [String]

    /// - Parameters:
    ///   - names: What `specialNames(_:)` gives for the collection.
    ///   - firstVector: The id of the first entity's vector where texts are vectors (`TextVectors`); nil where they are tokens.
    /// - Throws: `TokenizerError` where the collection has a text that the vocabulary cannot write.
    init(
        _ vocabulary: BytePairVocabulary, _ collection: Collection, names: [String],
        firstVector: Int32? = nil
    ) throws(TokenizerError) {
        self.names = names
        self.firstVector = firstVector
        self.collection = collection
        let numbered = NumberedDocIDs(collection)
        var (texts, docIDs, countedLengths): ([[Int32]], [[Int32]], [Int]) = ([], [], [])
        for (place, entity) in collection.entities.enumerated() {
            if let firstVector {
                texts.append([firstVector + Int32(place)])
            } else {
                texts.append(try vocabulary.encode(" " + entity.text))
            }
            if let numbers = numbered?.places(of: entity.docID) {
                docIDs.append(numbers.map { Int32(Self.marks.count + $0) })
                // Language models' tokenizers cut numbers into digits.
                countedLengths.append(entity.docID.utf8.count)
            } else {
                docIDs.append(try vocabulary.encode(entity.docID))
                countedLengths.append(docIDs[docIDs.count - 1].count)
            }
        }
        self.texts = texts
        self.docIDs = docIDs
        self.countedLengths = countedLengths
        beginsWord = vocabulary.pieces.map { $0.first == UInt8(ascii: " ") }
    }

    /// The names of the vocabulary's special tokens: the marks, then the numbers that docIDs are made of.
    static func specialNames(_ collection: Collection) -> [String] {
        marks + (NumberedDocIDs(collection)?.numbers ?? []).map(String.init)
    }

    /// What the vocabulary is learned from, of an entity: its text, and a docID that is no list of numbers.
    static func learnedTexts(_ collection: Collection) -> (Entity) -> [String] {
        let numbered = NumberedDocIDs(collection)
        return { entity in
            numbered?.places(of: entity.docID) == nil
                ? [" " + entity.text, entity.docID] : [" " + entity.text]
        }
    }

    /// A prompt with documents in this order.
    func parts(_ query: Int32, _ list: [Int32]) -> PromptParts {
        var parts = parts(list, docIDs: list.map { docIDs[Int($0)] })
        parts.after += texts[Int(query)] + [MarkedParts.answerMark]
        return parts
    }

    /// The prompt as far as the query's mark, with these docIDs beside the documents' titles.
    func parts(_ list: [Int32], docIDs: [[Int32]]) -> PromptParts {
        PromptParts(
            before: [],
            documents: zip(list, docIDs).map { document, docID in
                [MarkedParts.documentsMark] + texts[Int(document)] + [MarkedParts.answerMark] + docID
            }, after: [Self.queryMark])
    }

    /// The tokens of an entity's text.
    func text(of entity: Int32) -> [Int32] { texts[Int(entity)] }

    /// The tokens of each word of an entity's text; of a vector none.
    func words(of entity: Int32) -> [[Int32]] {
        guard firstVector == nil else { return [] }
        var words: [[Int32]] = []
        for token in texts[Int(entity)] {
            if words.isEmpty || beginsWord[Int(token)] { words.append([]) }
            words[words.count - 1].append(token)
        }
        return words
    }

    /// Tokens as a person reads them: the marks by their names, the numbers of a docID with commas between them, vectors as the
    /// texts that they are of.
    func text(_ ids: [Int32], _ tokenizer: any Tokenizer) -> String {
        var (text, run, numbers): (String, [Int32], [String]) = ("", [], [])
        // A character may be several tokens, so that what lies between marks is decoded at once.
        func flush() {
            text += tokenizer.decode(run) + numbers.joined(separator: ",")
            (run, numbers) = ([], [])
        }
        for id in ids {
            if let firstVector, id >= firstVector {
                flush()
                text += (text.isEmpty ? "" : " ") + collection.text(id - firstVector)
                continue
            }
            let isSpecial = names.indices.contains(Int(id))
            let isNumber = isSpecial && Int(id) >= Self.marks.count
            if isNumber {
                if numbers.isEmpty { flush() }
                numbers.append(names[Int(id)])
                continue
            }
            if isSpecial || !numbers.isEmpty { flush() }
            if isSpecial {
                text += (text.isEmpty ? "" : " ") + names[Int(id)] + (id == MarkedParts.answerMark ? " " : "")
            } else {
                run.append(id)
            }
        }
        flush()
        return text.hasSuffix(" ") ? String(text.dropLast()) : text
    }
}
