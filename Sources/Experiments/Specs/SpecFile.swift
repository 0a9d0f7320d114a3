import Foundation
import Options
import Yams

/// Reads a spec's YAML: merge keys resolved, and what it `extends` put below it.
struct SpecFile {
    /// Nodes that a spec may expand to; aliases of aliases would go on for ever.
    private static let mostNodes = 1_000_000
    /// Files that may extend one another in a chain.
    private static let deepest = 16

    private let file: String
    /// The text, and that of every file it extends as comments.
    private(set) var allText: String
    private let text: String
    /// Tells which of the files a node is from.
    private var source: SpecSource

    init(text: String, file: String) {
        self.text = text
        self.file = file
        allText = text
        source = SpecSource(name: file)
    }

    /// The text of a file or pipe, without the byte-order mark that it may have.
    static func text(_ file: String) throws(SpecError) -> String {
        do { return try InputFile(file).text() } catch { throw .input(error) }
    }

    /// The spec's mapping, its keys checked.
    mutating func root() throws(SpecError) -> SpecMapping {
        // One budget for all files of the chain together.
        var budget = Self.mostNodes
        let node = try load(text, file: file, ancestors: [], budget: &budget)
        return try SpecMapping(node, keys: ["name", "parts"] + ExperimentSpec.partKeys, source: source)
    }

    private mutating func load(
        _ text: String, file: String, ancestors: [String], budget: inout Int
    ) throws(SpecError) -> Node {
        guard let composed = try compose(text, file: file) else { throw .empty(file: file) }
        var node = try MergeKeys.resolved(composed, source: source, budget: &budget)
        // First the whole, which may bring the parts; then each part, which may extend a file of its own.
        node = try extended(node, ancestors + [file], &budget)
        guard var mapping = node.mapping, let parts = mapping[Node("parts")]?.sequence else { return node }
        let whole = try parts.map { part throws(SpecError) in
            try extended(part, ancestors + [file], &budget)
        }
        mapping[Node("parts")] = Node(whole)
        return .mapping(mapping)
    }

    /// The text's tree, its lines numbered on from those of the files that were read before.
    private mutating func compose(_ text: String, file: String) throws(SpecError) -> Node? {
        let plain = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        let lines = plain.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
        let before = source.add(file, lines: lines)
        // Empty lines before the text let the parser itself count on from the earlier files.
        do { return try Yams.compose(yaml: String(repeating: "\n", count: before) + plain) } catch {
            // Yams' message quotes a line by its number, which is to be the file's own.
            do { return try Yams.compose(yaml: plain) } catch {
                throw .malformed(file: file, reason: "\(error)")
            }
        }
    }

    /// `node` laid over the file that it extends, if it does.
    private mutating func extended(
        _ node: Node, _ ancestors: [String], _ budget: inout Int
    ) throws(SpecError) -> Node {
        guard var mapping = node.mapping, let extends = mapping[Node("extends")] else { return node }
        guard let name = extends.scalar?.string, !name.isEmpty else {
            throw .wrongKind(source.at(extends), key: "extends", expected: "a file's path")
        }
        // The last ancestor is the file that the node is from: what it extends is named as seen from its folder.
        let base = Self.path(name, from: ancestors.last ?? "")
        let absolute = URL(fileURLWithPath: base).path
        guard !ancestors.contains(where: { URL(fileURLWithPath: $0).path == absolute }),
            ancestors.count <= Self.deepest
        else { throw .extendsItself(source.at(extends), file: name) }
        let text = try Self.text(base)
        allText +=
            "\n# extends \(name):\n" + text.split(whereSeparator: \.isNewline).map { "# \($0)\n" }.joined()
        var below = try load(text, file: base, ancestors: ancestors, budget: &budget)
        guard below.mapping != nil else {
            throw .wrongKind(source.at(below), key: "", expected: "a mapping")
        }
        // A base may be a spec of its own, with a name; and rows of one's own take the place of its rows or its grid.
        var replaced = ["name"]
        if ["rows", "grid"].contains(where: { mapping[Node($0)] != nil }) { replaced += ["rows", "grid"] }
        for key in replaced { below.mapping?[Node(key)] = nil }
        mapping[Node("extends")] = nil
        return Self.overlay(.mapping(mapping), on: below, deep: ["settings", "scales"])
    }

    /// The path of a file that `file` names: absolute, or as seen from `file`'s folder.
    private static func path(_ name: String, from file: String) -> String {
        guard !name.hasPrefix("/") else { return name }
        return NSString(string: NSString(string: file).deletingLastPathComponent).appendingPathComponent(name)
    }

    /// The members of `upper`, and those of `lower` that it lacks; below the keys of `deep`, and everywhere below
    /// those, mappings are laid over mappings in the same way.
    private static func overlay(_ upper: Node, on lower: Node, deep: Set<String>?) -> Node {
        guard let top = upper.mapping, var result = lower.mapping else { return upper }
        for (key, value) in top {
            if let below = result[key], deep?.contains(key.string ?? "") ?? true {
                result[key] = overlay(value, on: below, deep: nil)
            } else {
                result[key] = value
            }
        }
        return .mapping(result)
    }
}

/// YAML's merge key: `<<: *name` takes over the members of another mapping, or of each of a list of them.
enum MergeKeys {
    /// `node` with all merge keys in it resolved. A mapping's own members come before merged ones, those of an earlier
    /// mapping of a list before those of a later one (yaml.org/type/merge).
    ///
    /// - Parameter budget: The nodes that may still be visited.
    static func resolved(_ node: Node, source: SpecSource, budget: inout Int) throws(SpecError) -> Node {
        budget -= 1
        guard budget > 0 else {
            throw .malformed(file: source.latest, reason: "its aliases expand to more than a million values")
        }
        switch node {
        case .mapping(let mapping): return try resolved(mapping, source, &budget)
        case .sequence(var sequence):
            for index in sequence.indices {
                sequence[index] = try resolved(sequence[index], source: source, budget: &budget)
            }
            return .sequence(sequence)
        case .scalar, .alias: return node
        }
    }

    private static func resolved(
        _ mapping: Node.Mapping, _ source: SpecSource, _ budget: inout Int
    ) throws(SpecError) -> Node {
        var own: [(Node, Node)] = []
        var merged: [Node.Mapping] = []
        for (key, value) in mapping {
            let whole = try resolved(value, source: source, budget: &budget)
            guard isMergeKey(key) else {
                own.append((key, whole))
                continue
            }
            for node in whole.sequence.map(Array.init) ?? [whole] {
                guard let members = node.mapping else {
                    throw .wrongKind(
                        source.at(value), key: "<<", expected: "a mapping, or a list of mappings")
                }
                merged.append(members)
            }
        }
        guard !merged.isEmpty else {
            return .mapping(Node.Mapping(own, mapping.tag, mapping.style, mapping.mark))
        }
        var result = Node.Mapping([], mapping.tag, mapping.style, mapping.mark)
        for members in merged {
            for (key, value) in members where result[key] == nil { result[key] = value }
        }
        for (key, value) in own { result[key] = value }
        return .mapping(result)
    }

    private static func isMergeKey(_ key: Node) -> Bool {
        guard let scalar = key.scalar else { return false }
        return scalar.string == "<<" && scalar.style == .plain
    }
}
