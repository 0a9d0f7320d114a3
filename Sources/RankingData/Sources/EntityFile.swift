import Options

/// The queries or the documents of a file, `id TAB text` a line, or JSON Lines; a text is the docID too, unless the file
/// says another.
struct EntityFile {
    /// In the file's order; no two ids are the same.
    private(set) var entities: [Entity] = []
    private var placeOf: [UTF8Text: Int] = [:]

    private static let columns = ColumnNames(
        [
            "id", "_id", "qid", "query_id", "query-id", "pid", "did", "doc_id", "doc-id", "docid", "docno",
            "corpus-id",
            "corpus_id", "product_id", "query", "document",
        ],
        ["text", "query", "document", "title", "passage", "contents", "name"])

    /// - Throws: `JudgmentsError` where the file cannot be read, or has a bad line and `log` skips none.
    init(_ path: String, _ log: inout LineLog) throws(JudgmentsError) {
        var (isFirst, isJSON) = (true, false)
        try log.forEachLine(of: path) { line, findings throws(BadLine) in
            defer { isFirst = false }
            if isFirst { isJSON = Entity.isJSON(line) }
            let entity = try isJSON ? Entity(json: line) : Self.entity(line)
            if isFirst, try Self.columns.name([entity.id, entity.text], line) {
                findings.add(.header, at: "\(line.file):\(line.number)")
                return
            }
            try add(entity, line, &findings)
        }
    }

    private mutating func add(
        _ entity: Entity, _ line: InputLine, _ findings: inout ImportFindings
    ) throws(BadLine) {
        // One look-up for an id that is new, as nearly all are; a known one's place is put back.
        guard let known = placeOf.updateValue(entities.count, forKey: UTF8Text(entity.id)) else {
            entities.append(entity)
            return
        }
        placeOf[UTF8Text(entity.id)] = known
        guard entities[known] == entity else {
            throw BadLine(line, "the id '\(entity.id)' stands in the file twice, with another text or docID")
        }
        findings.add(.repeated, at: "\(line.file):\(line.number)")
    }

    private static func entity(_ line: InputLine) throws(BadLine) -> Entity {
        guard let tab = line.bytes.firstIndex(of: UInt8(ascii: "\t")) else {
            throw BadLine(line, "expected an id, a tab and a text")
        }
        let id = trimmed(line.bytes[..<tab])
        let text = trimmed(line.bytes[(tab + 1)...])
        guard !text.isEmpty else { throw BadLine(line, "expected a text after the tab") }
        try checkID(id, line)
        return Entity(id: id, text: text, docID: text)
    }

    /// - Throws: `BadLine` for an id that is empty or has a control character, which no line of a run could hold.
    static func checkID(_ id: String, _ line: InputLine) throws(BadLine) {
        guard !id.isEmpty else { throw BadLine(line, "expected an id") }
        guard id.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw BadLine(line, "the id has a control character")
        }
    }

    /// Without the blanks and tabs around it. A character that goes on after a blank, by a combining mark, stays.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let rest = bytes.drop(while: isBlank)
        let last = rest.lastIndex { !isBlank($0) } ?? rest.startIndex - 1
        return String(decoding: rest[..<(last + 1)], as: UTF8.self)
    }
}
