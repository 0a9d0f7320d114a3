import Options

/// How a collection's files are read.
public struct ImportOptions: Sendable {
    /// Whether lines that cannot be used are left out and counted; otherwise the first is an error.
    public var skipsBadLines: Bool
    /// In which order documents of equal grades rank.
    public var ties: TieOrder

    /// Bad lines are errors, and ties stand as their lines do, if nothing else is said.
    public init(skipsBadLines: Bool = false, ties: TieOrder = .lines) {
        self.skipsBadLines = skipsBadLines
        self.ties = ties
    }
}

extension Judgments {
    /// Reads a collection from TREC-style files.
    ///
    /// - Parameters:
    ///   - relevant: qrels, `query iteration document relevance` or `query document relevance`, or a run,
    ///     `query Q0 document rank score tag`; fields are separated by tabs or by blanks. In qrels, documents rank by
    ///     falling relevance, equal ones as `options` say, and a relevance of 0 or less is a judged negative. In a run
    ///     they rank by ascending rank, those of equal rank by falling score.
    ///   - queries: `id TAB text`. Without such a file the ids are the texts.
    ///   - documents: The same. A document's text is its docID, unless the file says another.
    ///   - negatives: In the forms of `relevant`; every document in it is a negative of its query.
    ///   - options: What becomes of bad lines and of ties.
    /// - Returns: The judgments, and what was found in the files.
    /// - Throws: `JudgmentsError`.
    public static func read(
        relevant: String, queries: String? = nil, documents: String? = nil, negatives: String? = nil,
        options: ImportOptions = ImportOptions()
    ) throws(JudgmentsError) -> (judgments: Judgments, findings: ImportFindings) {
        var reader = TRECReader(options)
        if let queries { try reader.readQueries(queries) }
        if let documents { try reader.readDocuments(documents) }
        try reader.readJudgments(relevant, allNegative: false)
        if let negatives { try reader.readJudgments(negatives, allNegative: true) }
        return try reader.judgments()
    }
}

/// Puts a collection together from its files; `Judgments.read` documents their form.
struct TRECReader {
    private var log: LineLog
    private var entities: [Entity] = []
    private var queries = Identifiers(kind: "query")
    private var documents = Identifiers(kind: "document")
    private var judged: [Int32: Judged] = [:]
    /// The judged queries in the order of the files.
    private var order: [Int32] = []

    /// What the ids of one kind stand for; a query and a document are two entities, whatever their ids and texts.
    private struct Identifiers {
        /// For messages.
        let kind: String
        var entityOf: [UTF8Text: Int32] = [:]
        /// The file that lists them; without one ids are texts, and grow with the judgments.
        var file: String?
    }

    private struct Judged {
        var documents: [(document: Int32, line: JudgmentLine)] = []
        var negatives: [Int32] = []
    }

    init(_ options: ImportOptions) {
        log = LineLog(skipsBadLines: options.skipsBadLines, ties: options.ties)
    }

    mutating func readQueries(_ file: String) throws(JudgmentsError) {
        let listed = try EntityFile(file, &log)
        list(listed.entities, of: file, as: \.queries)
    }

    mutating func readDocuments(_ file: String) throws(JudgmentsError) {
        let listed = try EntityFile(file, &log)
        list(listed.entities, of: file, as: \.documents)
        var seen: Set<UTF8Text> = []
        // The documents have just been added, behind all other entities.
        let shared = entities.suffix(documents.entityOf.count).count {
            !seen.insert(UTF8Text($0.docID)).inserted
        }
        log.findings.add(.sharedDocID, shared)
    }

    private mutating func list(
        _ listed: [Entity], of file: String, as kind: WritableKeyPath<TRECReader, Identifiers>
    ) {
        self[keyPath: kind].file = file
        for entity in listed {
            self[keyPath: kind].entityOf[UTF8Text(entity.id)] = Int32(entities.count)
            entities.append(entity)
        }
    }

    mutating func readJudgments(_ file: String, allNegative: Bool) throws(JudgmentsError) {
        var form: JudgmentLine.Form?
        var seen: [Int: JudgmentLine] = [:]
        var isFirst = true
        // The log is lent to the loop and cannot be part of what the loop changes.
        var log = log
        defer { self.log = log }
        try log.forEachLine(of: file) { line, findings throws(BadLine) in
            defer { isFirst = false }
            if isFirst, try JudgmentLine.isHeader(line) {
                findings.add(.header, at: "\(file):\(line.number)")
                return
            }
            let judgment = try JudgmentLine(line, form: form)
            form = judgment.form
            let (query, document) = try self.pair(judgment, line)
            // Both are at least 0 and below 2^31, so that the pair is one number.
            let key = Int(query) << 32 | Int(document)
            if let earlier = seen[key] {
                try Self.checkAgain(judgment, earlier, line)
                findings.add(.repeated, at: "\(file):\(line.number)")
                return
            }
            seen[key] = judgment
            self.add(judgment, query, document, allNegative: allNegative)
        }
    }

    private mutating func add(
        _ judgment: JudgmentLine, _ query: Int32, _ document: Int32, allNegative: Bool
    ) {
        if judged[query] == nil { order.append(query) }
        if judgment.isRelevant, !allNegative {
            judged[query, default: Judged()].documents.append((document, judgment))
        } else {
            judged[query, default: Judged()].negatives.append(document)
        }
    }

    /// A judgment that stands there again must say the same.
    private static func checkAgain(
        _ judgment: JudgmentLine, _ earlier: JudgmentLine, _ line: InputLine
    ) throws(BadLine) {
        guard judgment.grade == earlier.grade, judgment.score == earlier.score else {
            throw BadLine(
                line,
                "the document '\(judgment.document)' of query '\(judgment.query)' stands in the file twice, "
                    + "and otherwise in line \(earlier.number)")
        }
    }

    /// The entities of a line's query and document. Both are known, or made, or neither is.
    private mutating func pair(
        _ judgment: JudgmentLine, _ line: InputLine
    ) throws(BadLine) -> (query: Int32, document: Int32) {
        // Both are asked for before either is made: a line that is left out must leave no entity behind.
        for (id, kind) in [(judgment.query, queries), (judgment.document, documents)] {
            guard let file = kind.file, kind.entityOf[UTF8Text(id)] == nil else { continue }
            throw BadLine(line, "the \(kind.kind) '\(id)' is not in \(file)")
        }
        return (entity(judgment.query, \.queries), entity(judgment.document, \.documents))
    }

    private mutating func entity(
        _ id: String, _ kind: WritableKeyPath<TRECReader, Identifiers>
    ) -> Int32 {
        if let known = self[keyPath: kind].entityOf[UTF8Text(id)] { return known }
        self[keyPath: kind].entityOf[UTF8Text(id)] = Int32(entities.count)
        entities.append(Entity(named: id))
        return Int32(entities.count - 1)
    }

    /// What has been read, in order.
    mutating func judgments() throws(JudgmentsError) -> (judgments: Judgments, findings: ImportFindings) {
        var ranked: [Judgments.Query] = []
        var texts: Set<String> = []
        var repeated = 0
        for query in order {
            guard let own = judged[query], !own.documents.isEmpty else { continue }
            // An id that stands for itself is its own query, however it is written.
            if queries.file != nil, !texts.insert(QueryText.normalised(entities[Int(query)].text)).inserted {
                repeated += 1
                continue
            }
            ranked.append(ranking(query, own))
        }
        // Sorted, because the order of a dictionary changes with each process.
        let judgments = try Judgments(
            entities: entities, queries: ranked, documents: documents.entityOf.values.sorted())
        log.findings.add(.repeatedQuery, repeated)
        log.findings.add(.unjudgedQuery, queries.entityOf.count - ranked.count - repeated)
        log.findings.add(.noNegative, ranked.count { !judgments.hasNegative($0) })
        return (judgments, log.findings)
    }

    private mutating func ranking(_ query: Int32, _ own: Judged) -> Judgments.Query {
        let sorted = own.documents.sorted { precedes($0.line, $1.line) }
        note(sorted.map(\.line))
        let relevant = Set(own.documents.map(\.document))
        var seen: Set<Int32> = []
        let negatives = own.negatives.filter { !relevant.contains($0) && seen.insert($0).inserted }
        log.findings.add(.relevantNegative, own.negatives.count { relevant.contains($0) })
        return Judgments.Query(query: query, documents: sorted.map(\.document), negatives: negatives)
    }

    private func precedes(_ left: JudgmentLine, _ right: JudgmentLine) -> Bool {
        if left.grade != right.grade { return left.grade > right.grade }
        if left.score != right.score { return left.score > right.score }
        return switch log.findings.ties {
        case .lines: left.number < right.number
        case .ids: UTF8Text(left.document) < UTF8Text(right.document)
        }
    }

    /// Counts what a query's grades, ranks and scores leave open.
    private mutating func note(_ sorted: [JudgmentLine]) {
        // In sorted lines equal grades, and among them equal scores, stand side by side.
        let neighbours = zip(sorted, sorted.dropFirst())
        let equal = neighbours.filter { $0.grade == $1.grade }
        if equal.contains(where: { $0.score == $1.score }) { log.findings.add(.equalGrades) }
        if equal.contains(where: { $0.score != $1.score }) { log.findings.add(.equalRanks) }
        if neighbours.contains(where: { $0.score < $1.score }) { log.findings.add(.ranksAgainstScores) }
    }
}
