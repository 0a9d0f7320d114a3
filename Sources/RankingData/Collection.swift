import Foundation

/// A query or a document: what it is called in files, what a ranker reads of it, and what a ranker writes for it.
public struct Entity: Codable, Hashable, Sendable {
    /// Its name in files and on the command line; within queries, and within documents, no two are the same.
    public var id: String
    /// What prompts hold of it.
    public var text: String
    /// What is decoded and scored. Documents may share one: then they score equal.
    public var docID: String

    /// An entity as given: nothing is checked here.
    public init(id: String, text: String, docID: String) {
        self.id = id
        self.text = text
        self.docID = docID
    }

    /// An entity whose name is all there is of it.
    public init(named name: String) { self.init(id: name, text: name, docID: name) }

    /// What a prompt lists of a document: its docID, and its text where that says more.
    public var listed: String {
        UTF8Text(text) == UTF8Text(docID) ? docID : "\(docID): \(text)"
    }

    public static func == (left: Entity, right: Entity) -> Bool {
        UTF8Text(left.id) == UTF8Text(right.id) && UTF8Text(left.text) == UTF8Text(right.text)
            && UTF8Text(left.docID) == UTF8Text(right.docID)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(UTF8Text(id)) }
}

/// Queries and documents in one list; elsewhere each is known by its place in it.
public struct Collection: Sendable {
    /// The name of the style of a collection that says nothing of its own.
    public static let neutralStyle = "neutral"

    /// Queries and documents, in an order that their places depend on.
    public let entities: [Entity]
    /// Places of the entities that may be documents, ascending.
    public let documents: [Int32]
    /// The name of the style in which prompts over this collection are written.
    public let promptStyle: String

    /// - Parameter documents: Places in `entities`, ascending; all of them, if not given.
    public init(
        entities: [Entity], documents: [Int32]? = nil, promptStyle: String = Collection.neutralStyle
    ) {
        self.entities = entities
        self.documents = documents ?? Array(0..<Int32(entities.count))
        self.promptStyle = promptStyle
    }

    /// A collection whose entities' names are their texts and docIDs too, as WordNet's are.
    public init(
        names: [String], documents: [Int32]? = nil, promptStyle: String = Collection.neutralStyle
    ) {
        self.init(
            entities: names.map(Entity.init(named:)), documents: documents, promptStyle: promptStyle)
    }

    /// The number of entities.
    public var count: Int { entities.count }

    /// The id of the entity at a place of `entities`; the place must be one.
    public func id(_ entity: Int32) -> String { entities[Int(entity)].id }
    /// The text of the entity at a place of `entities`; the place must be one.
    public func text(_ entity: Int32) -> String { entities[Int(entity)].text }
    /// The docID of the entity at a place of `entities`; the place must be one.
    public func docID(_ entity: Int32) -> String { entities[Int(entity)].docID }

    /// Every entity's id, in the list's order.
    public var ids: [String] { entities.map(\.id) }
    /// Every entity's docID, in the list's order.
    public var docIDs: [String] { entities.map(\.docID) }

    /// For each entity a number of its docID, the same for those that share one; nil where no two documents share one.
    public var sharedDocIDs: [Int]? {
        var numbers: [UTF8Text: Int] = [:]
        let found = entities.map { entity in
            let docID = UTF8Text(entity.docID)
            let number = numbers[docID] ?? numbers.count
            numbers[docID] = number
            return number
        }
        let distinct = Set(documents.lazy.map { found[Int($0)] })
        return distinct.count < documents.count ? found : nil
    }

    /// The ids, a line each; then, where those are not the ids, the texts and docIDs, each after a zero byte and its
    /// length as eight little-endian bytes.
    var fingerprintedBytes: Data {
        var bytes = Data(entities.map(\.id).joined(separator: "\n").utf8)
        // Where names say all, they alone are hashed: that hash is part of the identity of every run on WordNet.
        guard entities.contains(where: { $0 != Entity(named: $0.id) }) else { return bytes }
        for part in [\Entity.text, \.docID] {
            for entity in entities {
                let text = entity[keyPath: part].utf8
                // With its length before it, no text can be taken for the end of one and the beginning of another.
                bytes.append(0)
                withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
                bytes.append(contentsOf: text)
            }
        }
        return bytes
    }
}
