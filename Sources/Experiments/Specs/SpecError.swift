import Foundation
import Options
import Yams

/// Where a spec's text came from, for messages.
struct SpecSource: Sendable {
    /// A file's path, or `--set`.
    var name: String

    func at(_ node: Node) -> SpecPlace { SpecPlace(source: name, line: node.mark?.line) }
}

/// A place in a spec.
public struct SpecPlace: Equatable, Sendable, CustomStringConvertible {
    var source: String
    var line: Int?

    public var description: String { line.map { "\(source):\($0)" } ?? source }
}

/// What can be wrong with an experiment's spec.
public enum SpecError: Error, Equatable, CustomStringConvertible {
    /// A spec, or a file that it extends, cannot be read.
    case input(InputError)
    case malformed(file: String, reason: String)
    case unknownKey(SpecPlace, key: String, known: [String])
    case wrongKind(SpecPlace, key: String, expected: String)
    case missingKey(file: String, key: String)
    /// An option that does not exist, or has a value that it must not have; or a kind of ranker that does not exist.
    case illegalOption(SpecPlace, ConfigurationError)
    /// A chain of `extends` that comes back to a file, or is too long.
    case extendsItself(SpecPlace, file: String)
    case unknownScale(file: String, scale: String, known: [String])
    case empty(file: String)
    case duplicateRow(file: String, row: String)
    case illegal(file: String, row: String, reason: String)
    case malformedSet(String)

    public var description: String {
        switch self {
        case .input(let error): "\(error)"
        case .malformed(let file, let reason): "\(file) is not YAML: \(reason)"
        case .unknownKey(let place, let key, let known):
            "\(place): there is no option '\(key)'; the options here are \(known.joined(separator: ", "))"
        case .wrongKind(let place, let key, let expected):
            "\(place): \(key.isEmpty ? "the spec" : "'\(key)'") must be \(expected)"
        case .missingKey(let file, let key): "\(file): '\(key)' is missing"
        case .illegalOption(let place, let error): "\(place): \(error)"
        case .extendsItself(let place, let file):
            "\(place): extends '\(file)', which extends this file again or is one of too many"
        case .unknownScale(let file, let scale, let known):
            "\(file) has no scale '\(scale)'; it has \(known.joined(separator: ", "))"
        case .empty(let file): "\(file) expands to no run: give rows, or a grid whose axes have values"
        case .duplicateRow(let file, let row): "\(file): row '\(row)' stands twice"
        case .illegal(let file, let row, let reason): "\(file), row '\(row)': \(reason)"
        case .malformedSet(let text): "--set '\(text)' must be name=value or name=value,value,..."
        }
    }
}
