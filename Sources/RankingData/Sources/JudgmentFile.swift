import Options

/// A line of qrels or of a run.
struct JudgmentLine {
    /// The forms of a file, by the number of a line's fields; all lines of a file have one.
    enum Form: Int {
        /// `query document relevance`, as BEIR has it.
        case short = 3
        /// `query iteration document relevance`, as TREC has it.
        case qrels = 4
        /// `query Q0 document rank score tag`.
        case run = 6
    }

    let form: Form
    let query: String
    let document: String
    /// Falls with the gold rank: the relevance in qrels, the rank's negative in a run.
    let grade: Double
    /// Decides between equal ranks of a run; 0 in qrels.
    let score: Double
    /// Counted from 1.
    let number: Int

    /// Whether the document is relevant: it stands in a run, or its relevance is above 0.
    var isRelevant: Bool { form == .run || grade > 0 }

    /// The columns of each form.
    private static let columns: [Form: ColumnNames] = {
        let query: Set = ["query-id", "query_id", "qid", "query", "topic", "topic_id"]
        let document: Set = [
            "corpus-id", "corpus_id", "doc_id", "doc-id", "docid", "docno", "document", "did", "pid",
        ]
        let iteration: Set = ["iteration", "iter", "q0"]
        let relevance: Set = ["score", "relevance", "rel", "label", "grade", "judgment", "judgement"]
        return [
            .short: ColumnNames(query, document, relevance),
            .qrels: ColumnNames(query, iteration, document, relevance),
            .run: ColumnNames(query, iteration, document, ["rank"], ["score"], ["tag", "run"]),
        ]
    }()

    /// A line's fields: what stands between tabs, where that makes a whole line, or else between blanks and tabs.
    ///
    /// Between tabs ids may have blanks.
    private static func fields(_ line: InputLine) -> [String] {
        let byTabs = line.tabFields
        let isWhole = Form(rawValue: byTabs.count) != nil && byTabs.allSatisfy { !$0.isEmpty }
        return (isWhole ? byTabs : line.blankFields).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a line names columns.
    ///
    /// - Throws: `BadLine` where they have another order than is read.
    static func isHeader(_ line: InputLine) throws(BadLine) -> Bool {
        let fields = fields(line)
        guard let columns = Form(rawValue: fields.count).flatMap({ columns[$0] }) else { return false }
        return try columns.name(fields, line)
    }

    /// - Parameter form: That of the file's earlier lines, if there were any.
    init(_ line: InputLine, form expected: Form?) throws(BadLine) {
        let fields = Self.fields(line)
        guard let form = Form(rawValue: fields.count), form == expected ?? form else {
            throw BadLine(
                line,
                expected.map { "expected \($0.rawValue) fields, as the lines before have" }
                    ?? "expected three or four fields (query, iteration, document, relevance), or the six of a run"
            )
        }
        let isRun = form == .run
        let text = fields[form == .short ? 2 : 3]
        guard let number = Self.number(text), !isRun || number >= 0 else {
            throw BadLine(
                line, "expected a \(isRun ? "rank of at least 0" : "relevance") in place of '\(text)'")
        }
        guard let score = isRun ? Self.number(fields[4]) : 0 else {
            throw BadLine(line, "expected a score in place of '\(fields[4])'")
        }
        (self.form, self.number, self.score) = (form, line.number, score)
        grade = isRun ? -number : number
        query = fields[0]
        document = fields[form == .short ? 1 : 2]
        for id in [query, document] { try EntityFile.checkID(id, line) }
    }

    /// A finite decimal number; nil for any other text, hexadecimal ones among them.
    private static func number(_ text: String) -> Double? {
        // Double's initialiser reads `inf`, `nan` and hexadecimal numbers too.
        let legal = Set("0123456789+-.eE".utf8)
        guard text.utf8.allSatisfy(legal.contains), let value = Double(text), value.isFinite else {
            return nil
        }
        return value
    }
}
