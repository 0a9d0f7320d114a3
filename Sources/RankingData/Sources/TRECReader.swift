import Foundation

/// Reads a collection from TREC-style files.
///
/// - queries, documents: `id TAB text`. Without such a file the ids are the texts.
/// - relevant: qrels, `query iteration document relevance`, or a run, `query Q0 document rank score tag`; fields are
///   separated by blanks or tabs. In qrels, documents rank by falling relevance, equal ones in the order of the
///   file, and a relevance of 0 or less is a judged negative. In a run they rank by ascending rank.
/// - negatives: the same forms; every document in it is a negative of its query.
///
/// Texts are docIDs, so two documents may not have the same; nor may two queries.
struct TRECReader {
    private var entities: [Entity] = []
    private var queries = Identifiers()
    private var documents = Identifiers()

    /// What the ids of one kind stand for; a query and a document are two entities, whatever their ids and texts.
    private struct Identifiers {
        var entityOf: [String: Int32] = [:]
        /// Ids without a file are texts, and grow with the judgments.
        var isOpen = true
    }

    private struct Judged {
        var order: [Int32] = []
        var documents: [(document: Int32, key: Double, line: Int)] = []
        var negatives: [Int32] = []
    }

    mutating func judgments(
        relevant: String, queries queryFile: String?, documents documentFile: String?,
        negatives negativeFile: String?
    ) throws(JudgmentsError) -> (judgments: Judgments, unjudgedQueries: Int) {
        if let queryFile { queries = try identifiers(queryFile) }
        if let documentFile { documents = try identifiers(documentFile) }
        var judged: [Int32: Judged] = [:]
        var order: [Int32] = []
        for (file, allNegative) in [(relevant, false), (negativeFile, true)] {
            guard let file else { continue }
            for line in try judgmentLines(file) {
                let key = allNegative ? -1 : line.key
                if judged[line.query] == nil { order.append(line.query) }
                if key > 0 {
                    judged[line.query, default: Judged()].documents.append((line.document, key, line.number))
                } else {
                    judged[line.query, default: Judged()].negatives.append(line.document)
                }
            }
        }
        let ranked = order.compactMap { query -> Judgments.Query? in
            guard let own = judged[query], !own.documents.isEmpty else { return nil }
            let documents = own.documents.sorted { $0.key != $1.key ? $0.key > $1.key : $0.line < $1.line }
            let relevant = Set(documents.map(\.document))
            return Judgments.Query(
                query: query, documents: documents.map(\.document),
                negatives: own.negatives.filter { !relevant.contains($0) })
        }
        let judgments = try Judgments(
            entities: entities, queries: ranked, documents: documents.entityOf.values.sorted())
        return (judgments, queries.entityOf.count - ranked.count)
    }

    private mutating func identifiers(_ file: String) throws(JudgmentsError) -> Identifiers {
        var result = Identifiers(isOpen: false)
        var texts: Set<String> = []
        for line in try TextLines(file) {
            let parts = line.text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw .malformed(file: file, line: line.number, expected: "an id, a tab and a text")
            }
            let (id, text) = (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
            guard !text.isEmpty else {
                throw .malformed(file: file, line: line.number, expected: "a text after the tab")
            }
            guard result.entityOf.updateValue(Int32(entities.count), forKey: id) == nil else {
                throw .duplicate(file: file, line: line.number, what: "the id '\(id)'")
            }
            guard texts.insert(text).inserted else {
                throw .duplicate(file: file, line: line.number, what: "the text '\(text)'")
            }
            entities.append(Entity(id: id, text: text, docID: text))
        }
        return result
    }

    private typealias JudgmentLine = (number: Int, query: Int32, document: Int32, key: Double)

    /// - Returns: Lines with a key that falls with the rank; 0 or less for judged negatives.
    private mutating func judgmentLines(_ file: String) throws(JudgmentsError) -> [JudgmentLine] {
        var lines: [JudgmentLine] = []
        var seen: Set<Int> = []
        var fieldCount: Int?
        for line in try TextLines(file) {
            let fields = line.text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard fields.count == 4 || fields.count == 6, fields.count == fieldCount ?? fields.count else {
                let expected =
                    "four fields (query, iteration, document, relevance) or, in the whole file, six of a run"
                throw .malformed(file: file, line: line.number, expected: expected)
            }
            fieldCount = fields.count
            let isRun = fields.count == 6
            guard let number = Double(fields[3]), number.isFinite, !isRun || number >= 0 else {
                throw .malformed(
                    file: file, line: line.number,
                    expected: "a \(isRun ? "rank of at least 0" : "relevance") in place of '\(fields[3])'")
            }
            let query = try entity(fields[0], "the query '\(fields[0])'", in: \.queries, file, line.number)
            let document = try entity(
                fields[2], "the document '\(fields[2])'", in: \.documents, file, line.number)
            guard seen.insert(Int(query) << 32 | Int(document)).inserted else {
                throw .duplicate(
                    file: file, line: line.number, what: "the document '\(fields[2])' of query '\(fields[0])'"
                )
            }
            lines.append((line.number, query, document, isRun ? 1 / (1 + number) : number))
        }
        return lines
    }

    private mutating func entity(
        _ id: String, _ what: String, in kind: WritableKeyPath<TRECReader, Identifiers>, _ file: String,
        _ line: Int
    ) throws(JudgmentsError) -> Int32 {
        if let known = self[keyPath: kind].entityOf[id] { return known }
        guard self[keyPath: kind].isOpen else { throw .unknown(file: file, line: line, what: what) }
        self[keyPath: kind].entityOf[id] = Int32(entities.count)
        entities.append(Entity(named: id))
        return Int32(entities.count - 1)
    }
}

extension Judgments {
    /// Reads a collection from TREC-style files; `TRECReader` documents their form.
    ///
    /// - Returns: The judgments, and how many queries were left out because nothing is relevant to them.
    public static func read(
        relevant: String, queries: String? = nil, documents: String? = nil, negatives: String? = nil
    ) throws(JudgmentsError) -> (judgments: Judgments, unjudgedQueries: Int) {
        var reader = TRECReader()
        return try reader.judgments(
            relevant: relevant, queries: queries, documents: documents, negatives: negatives)
    }
}

extension Taxonomy {
    /// Reads an edge list: each line a child, a tab and a parent. A child's parents count in the order listed.
    public init(edges file: String) throws(JudgmentsError) {
        var names: [String] = []
        var parents: [[Int32]] = []
        var entityOf: [String: Int32] = [:]
        func entity(_ name: Substring) -> Int32 {
            let name = String(name)
            if let known = entityOf[name] { return known }
            entityOf[name] = Int32(names.count)
            names.append(name)
            parents.append([])
            return Int32(names.count - 1)
        }
        for line in try TextLines(file) {
            let parts = line.text.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, parts[0] != parts[1] else {
                throw .malformed(
                    file: file, line: line.number, expected: "a child, a tab and another entity, its parent")
            }
            let (child, parent) = (entity(parts[0]), entity(parts[1]))
            guard !parents[Int(child)].contains(parent) else {
                throw .duplicate(
                    file: file, line: line.number, what: "the edge from '\(parts[0])' to '\(parts[1])'")
            }
            parents[Int(child)].append(parent)
        }
        guard !names.isEmpty else { throw .empty }
        self.init(names: names, parents: parents)
        do { _ = try HypernymPaths(self) } catch {
            guard case .cycle(let entity) = error else { return }
            throw .cycle(entity: entity)
        }
    }
}

/// A UTF-8 file's lines that are not empty, numbered from 1; a carriage return at a line's end is dropped.
private struct TextLines: Sequence {
    private let lines: [(number: Int, text: String)]

    init(_ file: String) throws(JudgmentsError) {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
            throw .unreadable(file: file, reason: error.localizedDescription)
        }
        var lines: [(number: Int, text: String)] = []
        for (index, bytes) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .malformed(file: file, line: index + 1, expected: "text in UTF-8")
            }
            let trimmed = text.trimmingCharacters(in: CharacterSet(charactersIn: "\r"))
            if !trimmed.isEmpty { lines.append((index + 1, trimmed)) }
        }
        self.lines = lines
    }

    func makeIterator() -> IndexingIterator<[(number: Int, text: String)]> { lines.makeIterator() }
}
