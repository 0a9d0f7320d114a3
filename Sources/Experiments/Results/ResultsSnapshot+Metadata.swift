import GRDB
import Yams

extension ResultsSnapshot {
    /// What results.db knows of a finished run in the words of ir_metadata (DOI 10.1145/3477495.3531738): a header for TREC run
    /// files, YAML in comments, by platform, research goal, implementation, method and data. The schema's sixth part, the
    /// actor, is nothing that the database knows.
    ///
    /// - Parameters:
    ///   - record: The run.
    ///   - configuration: The run's options as the file was made with them, where some are not the run's own.
    ///   - split: The split that the run file ranks.
    /// - Throws: `ResultsError.unknownRun`, and what the database throws.
    public func metadataHeader(
        of record: RunRecord, as configuration: RunConfiguration? = nil, split: EvaluationConfiguration.Split
    ) throws -> String {
        let facts = Dictionary(try facts(of: record.id).map { ($0.name, $0.value) }) { first, _ in first }
        let measures = try metrics(of: record.id).filter { $0.split == split.rawValue && $0.score == nil }
        let options = (configuration ?? record.configuration).options()
        func option(_ name: String) -> String? { options.first { $0.name == name }?.value }
        let platform = mapping([
            ("hardware", mapping([("cpu", mapping([("model", facts["cpu"].map(text))]))])),
            ("software", mapping([("libraries", facts["blas"].map { Node([text($0)]) })])),
        ])
        let implementation = mapping([
            ("executable", mapping([("cmd", text(record.configuration.command()))])),
            ("source", mapping([("commit", facts["commit_hash"].map(text))])),
        ])
        let goal =
            measures.isEmpty
            ? nil
            : mapping([("evaluation", mapping([("reported measures", Node(measures.map { text($0.name) }))]))]
            )
        let stage = mapping([
            ("name", text(record.model.rawValue)),
            ("params", mapping(options.filter { $0.name != "model" }.map { ($0.name, text($0.value)) })),
        ])
        let collection = mapping([
            ("name", text(option("data.source") ?? "wordnet")), ("split", text(split.rawValue)),
            ("fingerprint", text(record.configuration.dataFingerprint)),
        ])
        let header = mapping([
            ("tag", text(String(record.id.prefix(12)))), ("platform", platform), ("research goal", goal),
            ("implementation", implementation),
            ("method", mapping([("automatic", Node("true")), ("retrieval", stage.map { Node([$0]) })])),
            ("data", mapping([("test collection", collection)])),
        ])
        // A width of -1 keeps each value on its line, however long it is.
        let yaml = try header.map { try Yams.serialize(node: $0, width: -1, allowUnicode: true) } ?? ""
        let lines = ["ir_metadata.start"] + yaml.split(separator: "\n").map(String.init) + ["ir_metadata.end"]
        return lines.map { "# \($0)\n" }.joined()
    }
}

/// The pairs that have a value; nil where none has.
private func mapping(_ pairs: [(String, Node?)]) -> Node? {
    let known = pairs.compactMap { key, value in value.map { (Node(key), $0) } }
    return known.isEmpty ? nil : Node(known)
}

/// A string, whatever it looks like.
private func text(_ value: String) -> Node { Node(value, .implicit, .doubleQuoted) }
