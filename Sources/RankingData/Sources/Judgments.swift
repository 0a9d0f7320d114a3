/// A collection's queries with their ranked relevant documents, as judged by its makers.
public struct Judgments: Codable, Sendable, Equatable {
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

    /// - Throws: `JudgmentsError.noNegative` where all documents are relevant to a query.
    init(entities: [Entity], queries: [Query], documents: [Int32]) throws(JudgmentsError) {
        guard !queries.isEmpty else { throw .empty }
        for query in queries where query.negatives.isEmpty {
            guard documents.count > query.documents.count else {
                throw .noNegative(query: entities[Int(query.query)].text)
            }
        }
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

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(entities, forKey: .entities)
        try container.encode(queries, forKey: .queries)
        try container.encode(documents, forKey: .documents)
    }
}

/// What can be wrong with the files of a collection.
public enum JudgmentsError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case malformed(file: String, line: Int, expected: String)
    case duplicate(file: String, line: Int, what: String)
    case unknown(file: String, line: Int, what: String)
    case empty
    case noNegative(query: String)
    case cycle(entity: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): \(reason)"
        case .malformed(let file, let line, let expected):
            "\(file):\(line): expected \(expected)"
        case .duplicate(let file, let line, let what):
            "\(file):\(line): \(what) stands in the file twice"
        case .unknown(let file, let line, let what):
            "\(file):\(line): \(what), which the other file does not have"
        case .empty:
            "the files hold no query with a relevant document"
        case .noNegative(let query):
            "everything else is relevant to the query '\(query)', so there is no negative to rank with it: "
                + "name more documents, or negatives of its own"
        case .cycle(let entity):
            "what stands above '\(entity)' leads back to it: a taxonomy has no cycles"
        }
    }
}
