import Experiments

/// The options that count in a run, by their dotted names: the ranker's own (`loss.alpha`), the data's and the
/// evaluation's (`data.protocol`), and what identifies the data and the pretrained model.
struct RunOptions: Equatable {
    let configuration: RunConfiguration
    let values: [String: String]

    init(json: String, run: String) throws(ReportError) {
        do { configuration = try RunConfiguration(canonicalJSON: json) } catch {
            throw .malformedConfiguration(run: run, reason: "\(error)")
        }
        var values = ["dataFingerprint": configuration.dataFingerprint]
        values["modelFingerprint"] = configuration.modelFingerprint
        for (name, value) in configuration.options() { values[name] = value }
        self.values = values
    }

    subscript(name: String) -> String? { values[name] }

    /// Whether option `name` has the value that `text` spells; 2 and 2.0 are one value.
    func agrees(_ name: String, with text: String) -> Bool {
        guard let value = values[name] else { return false }
        // The paper's tables write 2 where an option may be recorded as 2.0, or the other way round.
        if let left = Double(value), let right = Double(text) { return left == right }
        return value == text
    }

    /// The names whose values are not the same in all of `options`, sorted.
    static func varying(_ options: [RunOptions]) -> [String] {
        Set(options.flatMap(\.values.keys)).filter { name in
            Set(options.map { $0.values[name] }).count > 1
        }.sorted()
    }
}
