import Foundation

/// A run's configuration with dotted names, `loss.alpha`: its model's own options without the model's
/// key in front, the rest (`data.protocol`, `evaluation.scoring`) under theirs.
struct RunOptions: Equatable {
    let values: [String: String]
    /// The model's part of the configuration as JSON.
    let modelJSON: Data

    init(json: String, run: String) throws(ReportError) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else {
            throw .malformedConfiguration(run: run, reason: "it is no JSON object")
        }
        var values: [String: String] = [:]
        var modelPart: [String: Any] = [:]
        for (key, value) in object {
            if RunOptions.modelKeys.contains(key), let part = value as? [String: Any] {
                RunOptions.flatten(part, prefix: "", into: &values)
                modelPart = part
            } else {
                RunOptions.flatten(value, prefix: key, into: &values)
            }
        }
        self.values = values
        modelJSON = (try? JSONSerialization.data(withJSONObject: modelPart)) ?? Data()
    }

    private static let modelKeys: Set<String> = ["autoregressive", "dualEncoder", "crossEncoder"]

    private static func flatten(_ value: Any, prefix: String, into values: inout [String: String]) {
        if let object = value as? [String: Any] {
            for (key, inner) in object {
                flatten(inner, prefix: prefix.isEmpty ? key : "\(prefix).\(key)", into: &values)
            }
        } else {
            values[prefix] = spelled("\(value)")
        }
    }

    /// 2.0 as 2: the same number in JSON.
    private static func spelled(_ text: String) -> String {
        text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    subscript(name: String) -> String? { values[name] }

    /// Whether option `name` has the value that `text` spells; 2 and 2.0 are one value.
    func agrees(_ name: String, with text: String) -> Bool {
        guard let value = values[name] else { return false }
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
