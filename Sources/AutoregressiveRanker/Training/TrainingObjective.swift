import Options

/// What a minibatch's prompts are asked.
public enum TrainingObjective: String, Hashable, Sendable, CaseIterable {
    /// Each query for its documents, by the loss.
    case ranking
    /// Each of a prompt's documents for its docID, by words of its title or by a query that it is the first document of: see
    /// `MatchingQuestions`.
    case matching
}

/// Which prompts and questions `TrainingObjective.matching` has.
public struct MatchingConfiguration: Hashable, Sendable {
    /// What a document is asked for by.
    public enum Questions: String, Hashable, Sendable, CaseIterable {
        /// One to three words of its own title, so that nothing tells ranks.
        case words
        /// A training query whose first document it is, or words of its title where there is none. This tells of ranks
        /// what next-token prediction learns from: which document is the first.
        case queries
    }

    /// Which docIDs a prompt shows.
    public enum DocIDs: String, Hashable, Sendable, CaseIterable {
        /// Each document's own.
        case own
        /// Those of the prompt's documents, each beside the title of any of them, drawn anew for each prompt: what is asked for
        /// can be read in the prompt alone, and not be remembered.
        case exchanged
    }

    /// What a document is asked for by.
    public var questions = Questions.words
    /// Which docIDs a prompt shows.
    public var docIDs = DocIDs.own
    /// The most documents of a prompt.
    public var documents = 16
    /// How many steps at the end of the training have prompts of all of a query's documents.
    public var wholeSteps = 0

    /// Questions of words, prompts of at most 16 documents.
    public init() {}

    static func options<Root>(
        _ prefix: String, _ part: WritableKeyPath<Root, Self> & Sendable
    ) -> [OptionDeclaration<Root>] {
        [
            .word(
                prefix + "matchingQuestions",
                "By what a document is asked for: one to three words of its title (words), or a training query whose first "
                    + "document it is, and words where there is none (queries).",
                get: { $0[keyPath: part].questions }, set: { $0[keyPath: part].questions = $1 }),
            .word(
                prefix + "matchingDocIDs",
                "Which docIDs stand beside a prompt's titles: each document's own (own), or those of the prompt's documents in a random order "
                    + "(exchanged), so that they have to be read and cannot be remembered.",
                get: { $0[keyPath: part].docIDs }, set: { $0[keyPath: part].docIDs = $1 }),
            .integer(
                prefix + "matchingDocuments", in: 1...1_000,
                "The most documents of a prompt that asks for each of them.",
                get: { $0[keyPath: part].documents }, set: { $0[keyPath: part].documents = $1 }),
            .integer(
                prefix + "matchingWholeSteps", in: 0...AutoregressiveTrainer.mostSteps,
                "The number of the last steps, in which a prompt that asks for each of its documents has all of a query's.",
                get: { $0[keyPath: part].wholeSteps }, set: { $0[keyPath: part].wholeSteps = $1 }),
        ]
    }
}
