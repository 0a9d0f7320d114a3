import Options

/// What a collection's files say that their reader should know: lines left out, and choices made where they leave one.
///
/// Nothing is dropped or decided without a count here.
public struct ImportFindings: Sendable, Equatable {
    /// A kind of thing that is found.
    public enum Kind: Int, Sendable, CaseIterable {
        /// A file's first line names its columns.
        case header
        /// A line cannot be used, and is left out.
        case badLine
        /// A judgment, edge, query or document stands there again, word for word the same.
        case repeated
        /// A document's docID, which is its text where a file gives no other, is another document's too.
        case sharedDocID
        /// A query's text is an earlier query's too, but for case and blanks.
        case repeatedQuery
        /// A query has relevant documents of one grade, whose order the grades do not say.
        case equalGrades
        /// A run gives documents of a query the same rank; their scores say the order.
        case equalRanks
        /// A run's ranks order a query's documents otherwise than its scores do.
        case ranksAgainstScores
        /// A document is judged relevant to a query and is among its negatives.
        case relevantNegative
        /// A query has no relevant document.
        case unjudgedQuery
        /// A query has no document that is not relevant to it.
        case noNegative
    }

    /// How often each kind was found.
    public private(set) var counts: [Kind: Int] = [:]
    /// Where the first of each kind was found, for kinds that a line shows: `FILE:LINE`, or with what was expected.
    public private(set) var firstPlaces: [Kind: String] = [:]

    /// The rule by which documents of equal grades were ordered.
    public let ties: TieOrder

    /// - Parameter ties: The rule by which documents of equal grades are ordered.
    init(ties: TieOrder = .lines) { self.ties = ties }

    mutating func add(_ kind: Kind, _ count: Int = 1, at place: String? = nil) {
        guard count > 0 else { return }
        counts[kind, default: 0] += count
        if firstPlaces[kind] == nil { firstPlaces[kind] = place }
    }

    /// A sentence for each kind that was found, with its count and the first place.
    public var sentences: [String] {
        Kind.allCases.compactMap { kind in
            guard let count = counts[kind] else { return nil }
            let place = firstPlaces[kind].map { " (first: \($0))" } ?? ""
            return sentence(kind, count) + place
        }
    }

    private func sentence(_ kind: Kind, _ count: Int) -> String {
        func counted(_ one: String, _ more: String) -> String { count == 1 ? "1 \(one)" : "\(count) \(more)" }
        return switch kind {
        case .header: counted("header line was", "header lines were") + " skipped"
        case .badLine: counted("line that cannot be used was", "lines that cannot be used were") + " left out"
        case .repeated: counted("line stands", "lines stand") + " there again, the same; each counts once"
        case .sharedDocID:
            counted("document has", "documents have")
                + " the docID of another, which is its text where the file gives no other: a ranker that scores docIDs scores them equal"
        case .repeatedQuery:
            counted("query was", "queries were")
                + " left out, whose text an earlier one has: no text may be both trained on and evaluated"
        case .equalGrades:
            counted("query has", "queries have")
                + " relevant documents of equal grades: these rank \(ties.clause)"
        case .equalRanks:
            counted("query has", "queries have")
                + " documents of equal rank in the run: these rank by falling score"
        case .ranksAgainstScores:
            counted("query has", "queries have")
                + " ranks in the run that contradict the scores: the ranks count"
        case .relevantNegative:
            counted("negative is", "negatives are") + " relevant to the same query, and left out as negatives"
        case .unjudgedQuery:
            counted("query was", "queries were") + " left out, to which nothing is relevant"
        case .noNegative:
            counted("query has", "queries have")
                + " no document to draw that is not relevant and has a docID of its own: there is no negative, and no CVR"
        }
    }
}

/// In which order documents of equal grades rank.
public enum TieOrder: String, Sendable, CaseIterable {
    /// As their lines stand in the file.
    case lines
    /// By id, ascending by bytes: then the order of a file's lines does not matter.
    case ids

    var clause: String {
        switch self {
        case .lines: "in the order of their lines"
        case .ids: "by id"
        }
    }
}

/// Takes note of what the lines of files show, and decides what becomes of those that cannot be used.
struct LineLog {
    private let skipsBadLines: Bool
    var findings: ImportFindings

    init(skipsBadLines: Bool, ties: TieOrder = .lines) {
        self.skipsBadLines = skipsBadLines
        findings = ImportFindings(ties: ties)
    }

    /// Calls `body` with each line of a file that is not blank; what it throws makes the line a bad one.
    mutating func forEachLine(
        of path: String, _ body: (InputLine, inout ImportFindings) throws(BadLine) -> Void
    ) throws(JudgmentsError) {
        let file: InputFile
        do { file = try InputFile(path) } catch { throw .input(error) }
        var (first, bad) = (BadLine?.none, 0)
        for line in file.lines where !line.isBlank {
            do throws(BadLine) {
                do { _ = try line.text() } catch { throw BadLine(error, line) }
                try body(line, &findings)
            } catch {
                // The file is read to its end all the same, to say how many such lines there are.
                first = first ?? error
                bad += 1
                if skipsBadLines { findings.add(.badLine, at: error.description) }
            }
        }
        if !skipsBadLines, let first { throw .badLines(first: first, count: bad) }
    }
}

extension BadLine {
    init(_ error: InputError, _ line: InputLine) {
        var reason = error.description
        if case .notText(_, _, let text) = error { reason = text }
        self.init(file: line.file, line: line.number, reason: reason)
    }

    init(_ line: InputLine, _ reason: String) {
        self.init(file: line.file, line: line.number, reason: reason)
    }
}
