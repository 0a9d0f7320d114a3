import Foundation
import Options

extension SearchCorpus {
    /// Titles and queries of anybody's own, as JSON Lines.
    ///
    /// A title is `{"id": "B07", "text": "USB C hub", "keep": true}`, a query `{"id": "1", "text": "usb c"}`; ids are strings
    /// or integers, `keep` says whether the title may stand in lists and is true where it is missing. Other keys are not
    /// read. A text that is null or blank is dropped and counted.
    /// - Throws: `CorpusError`; `InputError`.
    public init(titles: String, queries: String) throws {
        try self.init(titles: titles, queries: queries, areIDsUnique: true)
    }

    /// - Parameter areIDsUnique: Whether a second title or query of the same id is an error; otherwise it is dropped.
    init(titles: String, queries: String, areIDsUnique: Bool) throws {
        var builder = SearchCorpusBuilder()
        try JSONLines.forEach(titles, uniqueIDs: areIDsUnique) { row in
            builder.addTitle(id: row.id, text: row.text, isKept: row.keep ?? true)
        }
        try JSONLines.forEach(queries, uniqueIDs: areIDsUnique) { row in
            builder.addQuery(id: row.id, text: row.text)
        }
        self = try builder.corpus()
    }
}

/// A file of one JSON object a line.
private enum JSONLines {
    struct Row: Decodable {
        let id: String
        let text: String?
        let keep: Bool?

        private enum Keys: String, CodingKey {
            case id, text, keep
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            if let number = try? container.decode(Int.self, forKey: .id) {
                id = String(number)
            } else {
                id = try container.decode(String.self, forKey: .id)
            }
            guard container.contains(.text) else {
                throw DecodingError.keyNotFound(
                    Keys.text, .init(codingPath: [], debugDescription: "no text"))
            }
            text = try container.decodeIfPresent(String.self, forKey: .text)
            keep = try container.decodeIfPresent(Bool.self, forKey: .keep)
        }
    }

    /// Calls `body` with each line's row. Empty lines are passed over.
    static func forEach(_ path: String, uniqueIDs: Bool, _ body: (Row) -> Void) throws {
        let decoder = JSONDecoder()
        var ids: Set<[UInt8]> = []
        for line in try InputFile(path).lines where !line.isBlank {
            guard (try? line.text()) != nil,
                let row = try? decoder.decode(Row.self, from: Data(line.bytes))
            else {
                throw CorpusError.malformed(
                    file: path, line: line.number,
                    expected: #"an object with an "id" and a "text", say {"id": "B07", "text": "USB C hub"}"#)
            }
            guard !uniqueIDs || ids.insert(Array(row.id.utf8)).inserted else {
                throw CorpusError.duplicate(file: path, line: line.number, id: row.id)
            }
            body(row)
        }
    }
}
