import Foundation
import Yams

/// A configuration as a tree of named values, so that a spec can be laid over a model's defaults.
enum ConfigurationTree: Codable, Equatable {
    case object([String: ConfigurationTree])
    case array([ConfigurationTree])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode([String: ConfigurationTree].self) {
            self = .object(value)
        } else if let value = try? container.decode([ConfigurationTree].self) {
            self = .array(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else {
            self = .null
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .object(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .null: try container.encodeNil()
        }
    }

    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(ConfigurationTree.self, from: JSONEncoder().encode(value))
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: JSONEncoder().encode(self))
    }

    subscript(key: String) -> ConfigurationTree? {
        get {
            guard case .object(let members) = self else { return nil }
            return members[key]
        }
        set {
            guard case .object(var members) = self else { return }
            members[key] = newValue
            self = .object(members)
        }
    }
}

extension ConfigurationTree {
    /// Lays a YAML mapping over this tree. Every key must exist here, every value must have the kind that stands here.
    mutating func overlay(_ node: Node, source: SpecSource, path: String = "") throws(SpecError) {
        guard case .object(var members) = self, let mapping = node.mapping else {
            throw .wrongKind(source.at(node), key: path, expected: "a mapping of options")
        }
        for (keyNode, value) in mapping {
            let key = keyNode.string ?? ""
            let name = path.isEmpty ? key : "\(path).\(key)"
            guard var member = members[key] else {
                throw .unknownKey(source.at(keyNode), key: name, known: members.keys.sorted())
            }
            if case .object = member {
                try member.overlay(value, source: source, path: name)
            } else {
                member = try member.replaced(by: value, source: source, path: name)
            }
            members[key] = member
        }
        self = .object(members)
    }

    /// Sets one value by its dotted path.
    mutating func set(_ path: String, _ value: Node, source: SpecSource) throws(SpecError) {
        let keys = path.split(separator: ".").map(String.init)
        let nested = keys.reversed().reduce(value) { inner, key in Node([(Node(key), inner)]) }
        try overlay(nested, source: source)
    }

    private func replaced(by node: Node, source: SpecSource, path: String) throws(SpecError)
        -> ConfigurationTree
    {
        func fail(_ expected: String) -> SpecError {
            .wrongKind(source.at(node), key: path, expected: expected)
        }
        switch self {
        case .number:
            guard let value = node.float, value.isFinite else { throw fail("a number") }
            return .number(value)
        case .bool:
            guard let value = node.bool else { throw fail("true or false") }
            return .bool(value)
        case .string:
            guard let value = node.scalar?.string else { throw fail("a word") }
            return .string(value)
        case .array:
            guard let sequence = node.sequence else { throw fail("a list of numbers") }
            var values: [ConfigurationTree] = []
            for item in sequence {
                guard let value = item.float else { throw fail("a list of numbers") }
                values.append(.number(value))
            }
            return .array(values)
        case .object, .null:
            throw fail("a mapping of options")
        }
    }
}
