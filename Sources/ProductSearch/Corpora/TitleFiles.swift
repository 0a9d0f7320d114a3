import Options
import RankingData

extension SearchCorpus {
    /// Titles and queries of anybody's own, as JSON Lines.
    ///
    /// A title is `{"id": "B07", "text": "USB C hub", "keep": true}`, a query `{"id": "1", "text": "usb c"}`; ids are strings
    /// or integers, `keep` says whether the title may stand in lists and is true where it is missing. Other keys are not
    /// read. A text that is null or blank is dropped and counted.
    /// - Throws: `BadLine` with the first line that cannot be used; `CorpusError.empty`; `InputError`.
    public init(titles: String, queries: String) throws {
        try self.init(titles: titles, queries: queries, areIDsUnique: true)
    }

    /// - Parameter areIDsUnique: Whether a second title or query of the same id is an error; otherwise it is dropped.
    init(titles: String, queries: String, areIDsUnique: Bool) throws {
        var builder = SearchCorpusBuilder()
        try Self.forEachLine(of: titles, uniqueIDs: areIDsUnique) { id, text, row throws(BadLine) in
            builder.addTitle(id: id, text: text, isKept: try row.flag("keep") ?? true)
        }
        try Self.forEachLine(of: queries, uniqueIDs: areIDsUnique) { id, text, _ in
            builder.addQuery(id: id, text: text)
        }
        self = try builder.corpus()
    }

    /// Calls `body` with the id, the text and the object of each line. Empty lines are passed over.
    private static func forEachLine(
        of path: String, uniqueIDs: Bool, _ body: (String, String?, JSONLine) throws(BadLine) -> Void
    ) throws {
        var ids: Set<UTF8Text> = []
        for line in try InputFile(path).lines where !line.isBlank {
            let row = try JSONLine(line)
            let id = try row.id()
            guard row.has("text") else { throw row.bad(#"expected a "text""#) }
            guard !uniqueIDs || ids.insert(UTF8Text(id)).inserted else {
                throw row.bad("the id '\(id)' stands in the file twice")
            }
            try body(id, row.isNull("text") ? nil : row.string("text"), row)
        }
    }
}
