import Tensors

/// A minibatch of pairs in terms of its distinct entities, each of which has one slot.
///
/// Slots are ordered: entities that are documents only, then those that are both document and query,
/// then those that are queries only. So `documentSlots` and `querySlots` are both ranges, they overlap
/// where the entities do, and rows gathered by slot serve as a matrix of either without a copy.
public struct PairBatch: Sendable {
    /// The entity in each slot.
    public private(set) var entities: [Int32] = []
    /// The slots of the entities that are a document of some pair.
    public private(set) var documentSlots = 0..<0
    /// The slots of the entities that are the query of some pair.
    public private(set) var querySlots = 0..<0
    /// For each pair its query's slot.
    public private(set) var queries: [Int32] = []
    /// For each pair its document's slot.
    public private(set) var documents: [Int32] = []
    /// For each pair the weight lambda(r) of its document's rank.
    public private(set) var weights: [Float] = []

    /// The number of pairs.
    public var count: Int { queries.count }

    // What is known of each entity of the task while a batch is indexed; blank between batches.
    private var roles: [UInt8]
    private var slots: [Int32]
    private static let document: UInt8 = 1
    private static let query: UInt8 = 2

    /// An empty batch of pairs of entities in `0..<entities`. It keeps five bytes for each entity.
    public init(entities: Int) {
        roles = [UInt8](repeating: 0, count: entities)
        slots = [Int32](repeating: -1, count: entities)
    }

    /// Takes up the pairs at `indices`, in place of what was there. Linear in the size of the batch.
    public mutating func assign(_ indices: [Int32], of pairs: TrainingPairs) {
        queries.removeAll(keepingCapacity: true)
        documents.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        for index in indices {
            let pair = pairs[index]
            queries.append(pair.query)
            documents.append(pair.document)
            weights.append(pair.weight)
        }
        for document in documents { roles[Int(document)] |= PairBatch.document }
        for query in queries { roles[Int(query)] |= PairBatch.query }

        entities.removeAll(keepingCapacity: true)
        place(documents, withRole: PairBatch.document)
        let both = entities.count
        place(documents, withRole: PairBatch.document | PairBatch.query)
        documentSlots = 0..<entities.count
        place(queries, withRole: PairBatch.query)
        querySlots = both..<entities.count

        for index in queries.indices {
            queries[index] = slots[Int(queries[index])]
            documents[index] = slots[Int(documents[index])]
        }
        // What this batch has touched alone: a pass over all entities would cost more than the batch.
        for entity in entities {
            roles[Int(entity)] = 0
            slots[Int(entity)] = -1
        }
    }

    private mutating func place(_ candidates: [Int32], withRole role: UInt8) {
        for entity in candidates where roles[Int(entity)] == role && slots[Int(entity)] < 0 {
            slots[Int(entity)] = Int32(entities.count)
            entities.append(entity)
        }
    }
}

extension PairBatch {
    /// Slots that one task goes through.
    private static let chunk = 256

    /// Calls `body` with all slots, chunk by chunk, and one worker calls `meanwhile`.
    public func eachChunk(
        _ workers: WorkerPool, meanwhile: @Sendable () -> Void = {}, _ body: @Sendable (Range<Int>) -> Void
    ) {
        let count = entities.count
        workers.runAscending((count + Self.chunk - 1) / Self.chunk + 1) { _, index in
            // Tasks start in ascending order: begun last, the other work would keep everybody waiting.
            guard index > 0 else { return meanwhile() }
            body((index - 1) * Self.chunk..<min(index * Self.chunk, count))
        }
    }
}

/// Which members have each key: the members of key k are `members[starts[k]..<starts[k + 1]]`, ascending.
public struct MembersByKey: Sendable {
    /// For each key where its members begin in `members`, and at the end how many members there are.
    public private(set) var starts: [Int32] = [0]
    /// The members, by key and then ascending.
    public private(set) var members: [Int32] = []

    /// The members of no keys.
    public init() {}

    /// - Parameter keys: The key of each member; each minus `offset` must lie in `0..<count`.
    public mutating func assign(keys: [Int32], offset: Int = 0, count: Int) {
        // A counting sort: linear, and members of a key keep their order, so that sums over them do too.
        starts = [Int32](repeating: 0, count: count + 1)
        for key in keys { starts[Int(key) - offset + 1] += 1 }
        for key in 0..<count { starts[key + 1] += starts[key] }
        var next = starts
        members = [Int32](repeating: 0, count: keys.count)
        for (member, key) in keys.enumerated() {
            let slot = Int(key) - offset
            members[Int(next[slot])] = Int32(member)
            next[slot] += 1
        }
    }

    /// The members of a key, ascending; empty for a key that none has.
    public subscript(key: Int) -> ArraySlice<Int32> { members[Int(starts[key])..<Int(starts[key + 1])] }
}
