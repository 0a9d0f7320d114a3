import Foundation
import RankingData
import Tensors

/// The Shopping Queries data (Reddy et al. 2022, arXiv 2206.06588) as published: two Parquet files, read by DuckDB's
/// command-line program.
///
/// Titles are the products of all locales, known by locale and id; the filter keeps those of `us`. Queries are those of `us`,
/// whatever their split: a text may stand in both, so ours is made anew.
public struct ShoppingQueries: Sendable {
    /// A published file.
    struct File: Sendable {
        let name: String
        let bytes: Int
        /// SHA-256 in hexadecimal.
        let digest: String
    }

    static let products = File(
        name: "shopping_queries_dataset_products.parquet", bytes: 1_108_857_465,
        digest: "25124442d064d64b26f74082d6fa09438d679efc0c183cf28d19064a2b65a265")
    static let examples = File(
        name: "shopping_queries_dataset_examples.parquet", bytes: 51_286_808,
        digest: "4a735b693b4a424a6fc67f5be6e4c811495c488bbf66d02a602d308b2744263a")

    let products: String
    let examples: String
    let duckDB: String

    /// Finds the two files in `folder`, or in the folder that the download has them in.
    ///
    /// - Parameter duckDB: The program: a name to find in PATH, or a path.
    /// - Throws: `CorpusError.missing`, `.pointer`, `.damaged`; `FileFailure`.
    public init(_ folder: String, duckDB: String = "duckdb") throws {
        self.duckDB = duckDB
        products = try Self.path(of: Self.products, in: folder)
        examples = try Self.path(of: Self.examples, in: folder)
    }

    private static func path(of file: File, in folder: String) throws -> String {
        let candidates = [folder, folder + "/shopping_queries_dataset"].map { $0 + "/" + file.name }
        guard let path = candidates.first(where: FileManager.default.fileExists) else {
            throw CorpusError.missing(
                file: candidates[0],
                hint: "git clone https://github.com/amazon-science/esci-data, with Git LFS")
        }
        let url = URL(fileURLWithPath: path)
        let data = try FileFailure.naming(url) { try Data(contentsOf: url, options: .alwaysMapped) }
        // A clone without Git LFS holds a small text file in the place of each large one.
        if data.starts(with: Array("version https://git-lfs".utf8)) { throw CorpusError.pointer(file: path) }
        // Part of the data, or a later version, is as good; a file of this size is this one or a damaged one.
        if data.count == file.bytes {
            let digest = Fingerprint.of(data)
            guard digest == file.digest else { throw CorpusError.damaged(file: path, found: digest) }
        }
        return path
    }

    /// Reads the files by way of JSON Lines in a temporary folder, which goes afterwards.
    ///
    /// - Throws: `CorpusError.notDuckDB` without the program, `.duckDB` with its words where a file is damaged or lacks a
    ///   column, `.badRow` for a row without an id, or with a control character in it; `CorpusError.empty`.
    public func corpus() throws -> SearchCorpus {
        let work = try TemporaryFile.folder("rankbridge-esci", in: FileManager.default.temporaryDirectory)
        defer { try? FileManager.default.removeItem(at: work) }
        let titles = work.appendingPathComponent("titles.jsonl").path
        let queries = work.appendingPathComponent("queries.jsonl").path
        // Product ids are unique within a locale alone. A query has a row for each product that was judged for it, and
        // is taken once, where it first appears.
        try run(
            """
            COPY (SELECT product_locale || ' ' || product_id AS id, product_title AS text,
                product_locale = 'us' AS keep FROM read_parquet(\(Self.quoted(products))))
            TO \(Self.quoted(titles)) (FORMAT json);
            COPY (SELECT CAST(query_id AS VARCHAR) AS id, query AS text FROM read_parquet(\(Self.quoted(examples)))
                WHERE product_locale = 'us' GROUP BY query_id, query ORDER BY min(example_id))
            TO \(Self.quoted(queries)) (FORMAT json);
            """)
        // Another program of that name may end well and have written nothing.
        for file in [titles, queries] where !FileManager.default.fileExists(atPath: file) {
            throw CorpusError.duckDB(
                command: duckDB, reason: "it wrote nothing: is it DuckDB's command-line program?")
        }
        do {
            return try SearchCorpus(titles: titles, queries: queries, areIDsUnique: false)
        } catch let error as BadLine {
            // The line's own file is gone by the time that anybody could look.
            throw CorpusError.badRow(file: error.file == titles ? products : examples, reason: error.reason)
        }
    }

    /// A text as SQL writes it.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }

    private func run(_ statements: String) throws {
        guard let program = Program(duckDB) else { throw CorpusError.notDuckDB(command: duckDB) }
        // Neither the user's start file nor what the program prints matters.
        let said = try program.run(["-init", "/dev/null", "-bail", "-c", statements])
        guard said.succeeded else {
            let lines = said.errors.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            throw CorpusError.duckDB(
                command: duckDB, reason: lines.first { !$0.isEmpty } ?? "status \(said.status)")
        }
    }
}
