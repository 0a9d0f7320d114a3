import Foundation
import Testing

@testable import Experiments

@Suite("Column dictionary")
struct ColumnDictionaryTests {
    private static let readme =
        (try? String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("README.md"), encoding: .utf8)) ?? ""
    private static let header = "| table | column | type | meaning |\n"

    @Test("every table and column of the schema has a meaning, and no other has one")
    func isComplete() throws {
        let schema = try ResultsDatabase.schemaColumns().mapValues { $0.map(\.name) }
        let described = Dictionary(
            uniqueKeysWithValues: ResultsDatabase.described.map { ($0.name, $0.columns.map(\.name)) })
        #expect(schema == described)
        #expect(ResultsDatabase.described.flatMap(\.columns).allSatisfy { !$0.meaning.isEmpty })
    }

    @Test("README shows it as the migrations make it", .enabled(if: readme.contains(header)))
    func standsInTheReadme() throws {
        #expect(Self.readme.contains(try ResultsDatabase.columnDictionary()))
    }
}
