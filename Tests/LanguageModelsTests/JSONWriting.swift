import Foundation
import Tensors

@testable import LanguageModels

extension JSONText {
    /// A file's value, which must be JSON.
    static func reading(_ path: String) throws -> JSONText { try JSONText(file: path) }

    /// The value as Python's `json.dumps(value, ensure_ascii=False)` writes it: on one line.
    var line: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.line).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.key) + ": " + $0.value.line }.joined(separator: ", ") + "}"
        }
    }

    static func quoted(_ text: String) -> String {
        let short: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u{8}": "\\b", "\u{c}": "\\f",
        ]
        var result = "\""
        for scalar in text.unicodeScalars {
            if let known = short[scalar] {
                result += known
            } else if scalar.value < 0x20 {
                result += String(format: "\\u%04x", scalar.value)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// A replacement in a file's text that found nothing to replace.
struct NothingToReplace: Error {
    let text: String
}

extension String {
    /// The text with each of some parts, which must be there, replaced: scalar by scalar, as Python replaces.
    func editing(_ replacements: [[String]]) throws -> String {
        try replacements.reduce(self) { text, pair in
            guard text.range(of: pair[0], options: .literal) != nil else {
                throw NothingToReplace(text: pair[0])
            }
            return text.replacingOccurrences(of: pair[0], with: pair[1], options: .literal)
        }
    }
}

/// A folder of the test's own, removed with it.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// A copy of a folder of fixtures.
    convenience init(copying name: String) throws {
        try self.init()
        try FileManager.default.removeItem(at: url)
        try FileManager.default.copyItem(
            at: URL(fileURLWithPath: PretrainedModelTests.path(name)), to: url)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file; the path of it.
    @discardableResult
    func write(_ name: String, _ data: Data) throws -> String {
        try data.write(to: url.appendingPathComponent(name))
        return path(name)
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appendingPathComponent(name)), as: UTF8.self)
    }
}
