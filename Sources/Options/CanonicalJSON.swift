import Foundation

/// Dotted names with values as JSON text, and back.
///
/// `loss.alpha` is member `alpha` of member `loss`. Members are sorted by their bytes and nothing is spaced, so equal
/// values give equal bytes.
public enum CanonicalJSON {
    /// - Parameter values: No name may be the beginning of another up to one of that one's dots.
    public static func text(_ values: [String: OptionValue]) -> String {
        var root = Branch()
        for (key, value) in values { root.insert(value, key.split(separator: ".").map(String.init)[...]) }
        return root.text
    }

    private struct Branch {
        var leaves: [String: OptionValue] = [:]
        var branches: [String: Branch] = [:]

        mutating func insert(_ value: OptionValue, _ path: ArraySlice<String>) {
            guard let first = path.first else { return }
            if path.count == 1 {
                leaves[first] = value
            } else {
                branches[first, default: Branch()].insert(value, path.dropFirst())
            }
        }

        var text: String {
            var members = leaves.mapValues(CanonicalJSON.text(of:))
            members.merge(branches.mapValues(\.text)) { leaf, _ in leaf }
            // By bytes: a dictionary's own order changes with each process, and comparing strings depends on Unicode's
            // tables.
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            return "{" + sorted.map { quoted($0.key) + ":" + $0.value }.joined(separator: ",") + "}"
        }
    }

    private static func text(of value: OptionValue) -> String {
        if case .text(let text) = value { return quoted(text) }
        return value.description
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                // Every control character has the one spelling \u00XX, never \n or \t: a run's identity is the hash of
                // these bytes.
                result +=
                    "\\u" + String(repeating: "0", count: scalar.value < 0x10 ? 3 : 2)
                    + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// The members of a JSON object by dotted names; lists of whole numbers are values, null is left out.
    ///
    /// - Throws: `ConfigurationError.unreadable` for text that is no JSON object, or has other lists.
    public static func values(_ text: String) throws(ConfigurationError) -> [String: OptionValue] {
        let tree: Tree
        do { tree = try JSONDecoder().decode(Tree.self, from: Data(text.utf8)) } catch {
            throw .unreadable(reason: "it is not JSON of the kind that is recorded")
        }
        guard case .object = tree else { throw .unreadable(reason: "it is no JSON object") }
        var values: [String: OptionValue] = [:]
        tree.flatten("", into: &values)
        return values
    }

    private indirect enum Tree: Decodable {
        case object([String: Tree])
        case leaf(OptionValue)
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode([String: Tree].self) {
                self = .object(value)
            } else if let value = try? container.decode(Bool.self) {
                self = .leaf(.flag(value))
            } else if let value = try? container.decode(Int.self) {
                // Before Double, which would round whole numbers above 2^53.
                self = .leaf(.integer(value))
            } else if let value = try? container.decode(Double.self) {
                self = .leaf(.number(value))
            } else if let value = try? container.decode([Int].self) {
                self = .leaf(.integers(value))
            } else {
                self = .leaf(.text(try container.decode(String.self)))
            }
        }

        func flatten(_ prefix: String, into values: inout [String: OptionValue]) {
            switch self {
            case .object(let members):
                for (key, member) in members {
                    member.flatten(prefix.isEmpty ? key : "\(prefix).\(key)", into: &values)
                }
            case .leaf(let value): values[prefix] = value
            case .null: break
            }
        }
    }
}

extension OptionDescription {
    /// A recorded value as one of the option's sort: JSON writes 2 for the number 2.0. The option's range is not asked
    /// for, as it may have been another when the value was recorded.
    ///
    /// - Throws: `ConfigurationError.outOfRange` for a value of another sort.
    public func recorded(_ value: OptionValue) throws(ConfigurationError) -> OptionValue {
        switch (legal, value) {
        case (.numbers, .integer(let whole)): .number(Double(whole))
        case (.numbers, .number), (.integers, .integer), (.flag, .flag), (.integerList, .integers),
            (.name, .text), (.optionalName, .text):
            value
        case (.words, .text) where legal.allows(value): value
        default:
            throw .outOfRange(option: key, value: value.description, legal: legal.description)
        }
    }
}
