import RankingData

/// A search task as data to rank: titles are the documents, and queries have lists and no negatives.
public struct SearchTaskSource: RankingSource {
    private let task: SearchTask
    /// The titles, which are the documents, then the queries.
    public let collection: Collection

    /// The titles come first among the collection's entities, then the queries, whose docIDs are their texts.
    public init(_ task: SearchTask) {
        self.task = task
        collection = Collection(
            entities: task.titles
                + task.queries.map { Entity(id: $0.id, text: $0.text, docID: $0.text) },
            documents: Array(0..<Int32(task.titles.count)), promptStyle: SearchTask.promptStyle)
    }

    public var queries: [Int32] {
        let first = Int32(task.titles.count)
        return task.queries.indices.map { first + Int32($0) }
    }

    public func ranked(_ query: Int32, seed: UInt64) -> RankedQuery {
        RankedQuery(query: query, documents: task.lists[Int(query) - task.titles.count])
    }
}

extension SearchTask: KeptData {
    public static let kind = "search"

    public func source() -> any RankingSource { SearchTaskSource(self) }
}
