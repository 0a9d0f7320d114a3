import Foundation

/// Embeddings that another program made: two files, a row for each title and for each query.
public struct OwnEmbeddings: Sendable {
    /// A row for each title, in the corpus's order.
    public let titles: NPYFile
    /// A row for each query, in the corpus's order, as wide as the titles'.
    public let queries: NPYFile

    /// - Parameters:
    ///   - option: As on the command line: `titles.npy,queries.npy`.
    ///   - titles: How many titles there are; likewise `queries`.
    /// - Throws: `EmbeddingError` where the text does not name two files, a file is no array of one row a text, or the two
    ///   have rows of different widths; `FileFailure`.
    public init(_ option: String, titles: Int, queries: Int) throws {
        let files = option.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard files.count == 2, files.allSatisfy({ !$0.isEmpty }) else {
            throw EmbeddingError.option(option)
        }
        self.titles = try Self.opened(files[0], rows: titles, kind: "titles")
        self.queries = try Self.opened(files[1], rows: queries, kind: "queries")
        guard self.titles.width == self.queries.width else {
            throw EmbeddingError.widths(titles: self.titles.width, queries: self.queries.width)
        }
    }

    private static func opened(_ path: String, rows: Int, kind: String) throws -> NPYFile {
        let file = try NPYFile(path)
        guard file.count == rows else {
            throw EmbeddingError.count(file: path, found: file.count, texts: rows, kind: kind)
        }
        return file
    }
}

/// Why embeddings cannot be used.
public enum EmbeddingError: Error, Equatable, CustomStringConvertible {
    case notAFile(String)
    case malformed(file: String, reason: String)
    case type(file: String, String)
    case fortranOrder(file: String)
    case shape(file: String, found: [Int], expected: String)
    case noDirection(file: String, row: Int)
    case widths(titles: Int, queries: Int)
    case count(file: String, found: Int, texts: Int, kind: String)
    case option(String)
    case notFinite(text: String)

    public var description: String {
        switch self {
        case .notAFile(let path): "\(path) is no file that can be read in any order: a folder, or a pipe"
        case .malformed(let file, let reason): "\(file) is damaged or cut short: \(reason)"
        case .type(let file, let type):
            "\(file) holds numbers of type '\(type)'; '<f4' and '<f8' are read: "
                + "numpy.save(file, array.astype('<f4'))"
        case .fortranOrder(let file):
            "\(file) is in Fortran order: save numpy.ascontiguousarray(array)"
        case .shape(let file, let found, let expected):
            "\(file) has shape \(found), it must be \(expected)"
        case .noDirection(let file, let row):
            "row \(row) of \(file), counted from 0, has no direction: it is NaN, infinite or all zeros"
        case .count(let file, let found, let texts, let kind):
            "\(file) has \(found) rows, the collection has \(texts) \(kind) once empty and repeated ones are dropped: "
                + "a row for each, in their order (with --every of those that are left)"
        case .notFinite(let text):
            "the encoder's embedding of '\(text.prefix(60))' has a number that is not finite: are its weights damaged?"
        case .option(let text):
            "'\(text)' does not name two files: titles.npy,queries.npy"
        case .widths(let titles, let queries):
            "titles have embeddings of \(titles) numbers, queries of \(queries): one model must make both"
        }
    }
}
