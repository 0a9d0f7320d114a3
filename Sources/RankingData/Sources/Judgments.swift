import Options

/// A collection's queries with their ranked relevant documents, as judged by its makers.
public struct Judgments: Codable, Sendable, Equatable {
    /// A query and what was judged for it.
    public struct Query: Codable, Sendable, Equatable {
        /// Index of the query in `entities`.
        public var query: Int32
        /// Indices of the relevant documents, the most relevant first; at least one.
        public var documents: [Int32]
        /// Indices of documents judged not relevant; may be empty.
        public var negatives: [Int32]
    }

    /// Every query and every document; a query and a document are two entities, whatever their ids and texts.
    public let entities: [Entity]
    /// Each with a relevant document, in the order of the files.
    public let queries: [Query]
    /// Indices of all documents, ascending: negatives of queries that have none of their own come from here.
    public let documents: [Int32]

    private enum CodingKeys: String, CodingKey {
        case entities, names, queries, documents
    }

    /// - Throws: `JudgmentsError.empty` where there is no query.
    init(entities: [Entity], queries: [Query], documents: [Int32]) throws(JudgmentsError) {
        guard !queries.isEmpty else { throw .empty }
        self.entities = entities
        self.queries = queries
        self.documents = documents
    }

    /// Files of earlier versions kept the texts alone, as `names`: there they are ids and docIDs too.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let names = try container.decodeIfPresent([String].self, forKey: .names) {
            entities = names.map(Entity.init(named:))
        } else {
            entities = try container.decode([Entity].self, forKey: .entities)
        }
        queries = try container.decode([Query].self, forKey: .queries)
        documents = try container.decode([Int32].self, forKey: .documents)
    }

    /// Writes the entities with ids, texts and docIDs.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(entities, forKey: .entities)
        try container.encode(queries, forKey: .queries)
        try container.encode(documents, forKey: .documents)
    }

    /// What a query's negative is drawn from: its own judged ones, or all documents where it has none.
    func pool(_ query: Query) -> [Int32] { query.negatives.isEmpty ? documents : query.negatives }

    /// Whether a document may be a query's negative: it is not relevant, and no relevant one has its docID.
    func drawable(_ query: Query) -> (Int32) -> Bool {
        // Relevant documents are among these by their own docIDs.
        let taken = Set(query.documents.map { UTF8Text(entities[Int($0)].docID) })
        return { !taken.contains(UTF8Text(self.entities[Int($0)].docID)) }
    }

    /// Whether a query has a negative, of its own or drawn.
    func hasNegative(_ query: Query) -> Bool { pool(query).contains(where: drawable(query)) }
}

/// What can be wrong with the files of a collection.
public enum JudgmentsError: Error, Equatable, CustomStringConvertible {
    /// A file cannot be read, or is no text.
    case input(InputError)
    /// Lines say nothing that can be used; `first` is one of `count`.
    case badLines(first: BadLine, count: Int)
    /// There is no query with a relevant document, or no edge.
    case empty
    /// What stands above an entity leads back to it.
    case cycle(entity: String)
    /// A taxonomy's paths are too long together to be listed.
    case tooDeep(pairs: Int)

    public var description: String {
        switch self {
        case .input(let error):
            error.description
        case .badLines(let first, 1):
            "\(first) (--skip-bad-lines leaves such lines out, and counts them)"
        case .badLines(let first, let count):
            "\(first) (\(count) lines cannot be used; --skip-bad-lines leaves them out, and counts them)"
        case .empty:
            "the files hold no query with a relevant document"
        case .cycle(let entity):
            "what stands above '\(entity)' leads back to it: a taxonomy has no cycles"
        case .tooDeep(let pairs):
            "the taxonomy's paths to the root have \(pairs) entities together, which no memory holds: it is too deep"
        }
    }
}

/// A line that cannot be used: where it stands, and what was expected of it.
public struct BadLine: Error, Equatable, CustomStringConvertible, Sendable {
    /// The file's path as it was given.
    public var file: String
    /// Counted from 1.
    public var line: Int
    /// What is wrong with it, or what was expected.
    public var reason: String

    public var description: String { "\(file):\(line): \(reason)" }
}
