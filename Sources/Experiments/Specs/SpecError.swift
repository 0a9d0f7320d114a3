import Foundation
import Options
import Yams

/// Where a spec's text came from, for messages.
///
/// A spec may extend other files. Their lines are numbered on from one file to the next, as if they stood in one, so that
/// the line of a node also tells its file.
struct SpecSource: Sendable {
    /// What each file is called, or `--set`, and how many lines the files before it have.
    private var files: [(name: String, before: Int)]
    private var lines = 0

    /// A source that is no file: nodes of it have no lines.
    init(name: String) { files = [(name, 0)] }

    /// The file that was added last.
    var latest: String { files[files.count - 1].name }

    /// Adds a file.
    ///
    /// - Parameter lines: At least as many as the file has.
    /// - Returns: How many lines stand before it.
    mutating func add(_ name: String, lines: Int) -> Int {
        defer { self.lines += lines }
        files.append((name, self.lines))
        return self.lines
    }

    func at(_ node: Node) -> SpecPlace {
        guard let line = node.mark?.line, let file = files.last(where: { $0.before < line }) else {
            return SpecPlace(source: files[0].name, line: nil)
        }
        return SpecPlace(source: file.name, line: line - file.before)
    }
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
    /// Two keys of which only one can be followed.
    case notBeside(SpecPlace, key: String, other: String)
    case missingKey(file: String, key: String)
    /// An option that does not exist, or has a value that it must not have; or a kind of ranker that does not exist.
    case illegalOption(SpecPlace, ConfigurationError)
    /// A chain of `extends` that comes back to a file, or is too long.
    case extendsItself(SpecPlace, file: String)
    case unknownScale(file: String, scale: String, known: [String])
    case empty(file: String)
    case duplicateRow(file: String, row: String)
    /// A grid whose axes multiply to more rows than can be entered.
    case tooManyRows(file: String, most: Int)
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
        case .notBeside(let place, let key, let other):
            "\(place): '\(key)' cannot stand beside '\(other)': one of the two would be ignored"
        case .missingKey(let file, let key): "\(file): '\(key)' is missing"
        case .illegalOption(let place, let error): "\(place): \(error)"
        case .extendsItself(let place, let file):
            "\(place): extends '\(file)', which extends this file again or is one of too many"
        case .unknownScale(let file, let scale, let known):
            "\(file) has no scale '\(scale)'; it has \(known.joined(separator: ", "))"
        case .empty(let file): "\(file) expands to no run: give rows, or a grid whose axes have values"
        case .tooManyRows(let file, let most):
            "\(file): the axes multiply to more than \(most) rows: give them fewer values"
        case .duplicateRow(let file, let row): "\(file): row '\(row)' stands twice"
        case .illegal(let file, let row, let reason): "\(file), row '\(row)': \(reason)"
        case .malformedSet(let text):
            "--set '\(text)' must be name=value or name=value,value,...; a value with a comma stands in double quotes: name=\"a,b\""
        }
    }
}
