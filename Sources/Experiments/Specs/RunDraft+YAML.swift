import Options
import Yams

extension RunDraft {
    /// Lays a YAML mapping over the options. Names may be nested, `loss: {alpha: 2}`, or dotted, `loss.alpha: 2`.
    ///
    /// - Throws: `SpecError.illegalOption` with the place of the option that does not exist, or whose value is none of
    ///   the legal ones.
    mutating func overlay(_ node: Node, source: SpecSource, path: String = "") throws(SpecError) {
        guard let mapping = node.mapping else {
            throw .wrongKind(source.at(node), key: path, expected: "a mapping of options")
        }
        for (keyNode, value) in mapping {
            let key = keyNode.scalar?.string ?? ""
            let name = path.isEmpty ? key : "\(path).\(key)"
            if !has(name), !words(below: name + ".").isEmpty {
                try overlay(value, source: source, path: name)
            } else if has(name) {
                try assign(name, value, source: source)
            } else {
                let known = words(below: path.isEmpty ? "" : path + ".")
                throw .illegalOption(source.at(keyNode), .unknownOption(name, known: known))
            }
        }
    }

    /// Sets one option, or those of a group, by its dotted path.
    mutating func set(_ path: String, _ value: Node, source: SpecSource) throws(SpecError) {
        try overlay(Node([(Node(path), value)]), source: source)
    }

    private mutating func assign(_ name: String, _ value: Node, source: SpecSource) throws(SpecError) {
        do { try set(name, value.written) } catch { throw .illegalOption(source.at(value), error) }
    }
}

extension Node {
    /// The text that stands here; nil for lists, mappings and YAML's `~`.
    var text: String? { written == .null ? nil : scalar?.string }

    /// What stands here, before anyone knows what it means.
    var written: WrittenValue {
        switch self {
        case .scalar(let scalar):
            // In quotation marks they are texts like any other.
            scalar.style == .plain && ["~", "null", ""].contains(scalar.string)
                ? .null : .scalar(scalar.string)
        case .sequence(let items): .list(items.map(\.written))
        case .mapping: .mapping
        case .alias(let alias): .scalar("*\(alias.anchor.rawValue)")
        }
    }

    /// The value as a label of a grid's row: `2`, `[1,2]`, `{alpha: 1, lambda: fractional}`.
    var label: String {
        switch self {
        case .scalar(let scalar): scalar.string
        case .sequence(let items): "[" + items.map(\.label).joined(separator: ",") + "]"
        case .mapping(let members):
            "{" + members.map { "\($0.key.label): \($0.value.label)" }.joined(separator: ", ") + "}"
        case .alias(let alias): "*\(alias.anchor.rawValue)"
        }
    }
}

/// Numbers of a spec that are no options of a run: its seeds, and a budget in points.
public enum RunNumbers {
    private static let seeds = OptionDescription(number: "seed", LegalValues.seeds)
    /// A budget in (query, document) points; beyond it no number of steps is legal.
    public static let points = OptionDescription(number: "points", .integers(1...1_000_000_000_000))

    static func seed(_ node: Node, source: SpecSource) throws(SpecError) -> UInt64 {
        UInt64(try seeds.read(node, source: source))
    }
}

extension OptionDescription {
    /// The whole number that stands in a spec.
    func read(_ node: Node, source: SpecSource) throws(SpecError) -> Int {
        do { return try wholeNumber(node.written) } catch { throw .illegalOption(source.at(node), error) }
    }
}

/// `--set name=v1,v2`.
struct SettingOverride {
    let name: String
    let values: [Node]
    /// Flags of options arrive as settings too, so that errors name neither.
    static let source = SpecSource(name: "the command line")

    /// Commas part values, but for those inside the brackets of a list, and those inside double quotes: `cutoffs=[1,2],[3]`
    /// has two values, `pretrained="a,b.gguf"` one. A quotation mark within quotes is written twice.
    init(_ text: String) throws(SpecError) {
        // By bytes: with a combining mark behind it the sign is part of another Character.
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals > text.startIndex else {
            throw .malformedSet(text)
        }
        name = String(text[..<equals])
        var values: [Node] = []
        var rest = text[text.utf8.index(after: equals)...].unicodeScalars
        while true {
            if rest.first == "\"" {
                guard let quoted = Self.takeQuoted(&rest) else { throw .malformedSet(text) }
                values.append(Node(quoted, .implicit, .doubleQuoted))
            } else {
                values.append(Self.node(Self.takePlain(&rest)))
            }
            guard let comma = rest.popFirst() else { break }
            guard comma == "," else { throw .malformedSet(text) }
        }
        self.values = values
    }

    /// A value that holds a comma or begins with a quotation mark as it must be written behind `name=`.
    static func quoted(_ value: OptionValue) -> String {
        guard case .text(let text) = value, text.contains(",") || text.hasPrefix("\"") || text.hasPrefix("[")
        else {
            return "\(value)"
        }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// Takes a value in double quotes; nil where the last of them is missing.
    private static func takeQuoted(_ rest: inout Substring.UnicodeScalarView) -> String? {
        rest.removeFirst()
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\"" {
                guard rest.first == "\"" else { return String(text) }
                rest.removeFirst()
            }
            text.append(scalar)
        }
        return nil
    }

    /// Takes what stands before the next comma outside brackets.
    private static func takePlain(_ rest: inout Substring.UnicodeScalarView) -> String {
        var (text, depth) = (String.UnicodeScalarView(), 0)
        while let scalar = rest.first, scalar != "," || depth > 0 {
            depth += scalar == "[" ? 1 : scalar == "]" ? -1 : 0
            text.append(rest.removeFirst())
        }
        return String(text)
    }

    private static func node(_ text: String) -> Node {
        guard case .list(let items) = WrittenValue(commandLine: text) else {
            // As if in quotation marks: nothing on a command line is YAML's null.
            return Node(text, .implicit, .doubleQuoted)
        }
        return Node(items.map { Node("\($0)", .implicit, .doubleQuoted) })
    }
}
