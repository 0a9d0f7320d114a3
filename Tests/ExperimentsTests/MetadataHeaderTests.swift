import Foundation
import Testing
import Yams

@testable import Experiments

@Suite("Metadata of run files")
struct MetadataHeaderTests {
    /// The YAML between the marks.
    private func parts(_ header: String) throws -> [String: Any] {
        let lines = header.split(separator: "\n")
        #expect(lines.first == "# ir_metadata.start" && lines.last == "# ir_metadata.end")
        #expect(lines.allSatisfy { $0.hasPrefix("# ") }, "every line is a comment")
        let yaml = lines.dropFirst().dropLast().map { $0.dropFirst(2) }.joined(separator: "\n")
        return try #require(try Yams.load(yaml: yaml) as? [String: Any])
    }

    private func value(_ parts: [String: Any], _ path: String...) -> Any? {
        path.reduce(parts as Any?) { ($0 as? [String: Any])?[$1] }
    }

    @Test("holds what the database knows of a run, and nothing else")
    func header() throws {
        let results = try TemporaryResults()
        let id = results.plan.runs[0]
        try results.finish(id)
        let record = try results.database.run(id)
        let bare = try parts(
            results.database.snapshot { try $0.metadataHeader(of: record, split: .evaluation) })
        #expect(bare["platform"] == nil, "no machine is known")
        try results.execute(
            "UPDATE run SET cpu = 'A \"B\": #1 é', blas = 'oneDNN 3', commit_hash = 'abc123' WHERE id = ?",
            [id])
        let header = try results.database.snapshot { try $0.metadataHeader(of: record, split: .evaluation) }
        let known = try parts(header)
        #expect(Set(known.keys) == ["tag", "platform", "research goal", "implementation", "method", "data"])
        #expect(known["tag"] as? String == String(id.prefix(12)))
        #expect(value(known, "platform", "hardware", "cpu", "model") as? String == "A \"B\": #1 é")
        #expect(value(known, "platform", "software", "libraries") as? [String] == ["oneDNN 3"])
        #expect(value(known, "research goal", "evaluation", "reported measures") as? [String] == ["R@1"])
        #expect(value(known, "implementation", "source", "commit") as? String == "abc123")
        let command = value(known, "implementation", "executable", "cmd") as? String
        #expect(command == record.configuration.command())
        #expect(value(known, "method", "automatic") as? Bool == true)
        let stages = try #require(value(known, "method", "retrieval") as? [[String: Any]])
        #expect(stages.count == 1 && stages[0]["name"] as? String == "dual-encoder")
        let options = try #require(stages[0]["params"] as? [String: String])
        #expect(options["steps"] == "5" && options["dimension"] == "4")
        var other = record.configuration
        try other.set("dimension", .scalar("8"))
        let changed = try parts(
            results.database.snapshot { try $0.metadataHeader(of: record, as: other, split: .evaluation) })
        let ranked = try #require(value(changed, "method", "retrieval") as? [[String: Any]])
        #expect((ranked[0]["params"] as? [String: String])?["dimension"] == "8")
        #expect(value(changed, "implementation", "executable", "cmd") as? String == command)
        let fingerprint = value(known, "data", "test collection", "fingerprint") as? String
        #expect(fingerprint == record.configuration.dataFingerprint)
    }
}
