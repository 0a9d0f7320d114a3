import Yams

/// A point of a sweep: one run, and where it stands in the table or figure.
public struct SweepPoint: Sendable, Equatable {
    /// The panel of a figure; empty for a table.
    public var panel: String
    /// The row's name, or its place in the grid.
    public var row: String
    /// The seed of the run.
    public var seed: UInt64
    /// The run's options; its fingerprints are empty before `InputLibrary.resolve`.
    public var configuration: RunConfiguration
    /// A budget in (query, document) points in place of one in steps; `InputLibrary.resolve` turns it into steps.
    public var trainingPoints: Int?

    /// Whether a finished run has this one's options, but for the seed and what follows from it: a budget in points may be another
    /// number of steps with another seed.
    /// - Parameter points: Those that the run was trained on; nil where they are not known.
    func isOfOneRow(with run: RunConfiguration, points: Int?) -> Bool {
        configuration.isOfOneRow(with: run, ignoringSteps: trainingPoints != nil)
            && trainingPoints.map {
                RunLength(steps: run.steps, points: points).mayBeOfBudget($0, steps: configuration.steps)
            } ?? true
    }
}

/// An experiment as a YAML file names it: parts, each a model with settings and rows or a grid.
public struct ExperimentSpec: Sendable {
    /// The name under which the sweep is entered.
    public let name: String
    /// The file's text and that of the files it extends, kept with the sweep.
    public let text: String
    let file: String
    private let root: SpecMapping

    static let scales = ["smoke", "quick", "full"]
    static let partKeys = [
        "extends", "panel", "model", "settings", "points", "scales", "rows", "grid", "seeds",
    ]

    /// Reads a spec; the file may be a pipe.
    ///
    /// - Throws: `SpecError`.
    public init(contentsOf file: String) throws(SpecError) {
        try self.init(text: SpecFile.text(file), file: file)
    }

    /// - Parameter file: What messages call the spec, and where the files lie that it extends.
    public init(text: String, file: String) throws(SpecError) {
        self.file = file
        var loader = SpecFile(text: text, file: file)
        root = try loader.root()
        self.text = loader.allText
        guard let name = root["name"]?.text, !name.isEmpty else {
            throw .missingKey(file: file, key: "name")
        }
        self.name = name
    }

    /// The points at `scale`, in the order of running.
    ///
    /// - Parameter overrides: `name=value` or `name=v1,v2,...` each: a setting for all rows whose kind of ranker has the
    ///   option, or an axis more. One that no row has is refused.
    public func points(scale: String, overrides: [String] = []) throws(SpecError) -> [SweepPoint] {
        let overrides = try overrides.map { text throws(SpecError) in try SettingOverride(text) }
        var parts = try parts().map {
            PartExpansion(part: $0, root: root, file: file, scale: scale, overrides: overrides)
        }.filter { !$0.isLeftOut }
        for name in Set(overrides.map(\.name)) {
            var knowing: [Bool] = []
            for part in parts { knowing.append(try part.knows(name)) }
            // What no part knows is left to each of them, which refuses it.
            guard knowing.contains(true) else { continue }
            for (index, knows) in knowing.enumerated() where !knows {
                parts[index].overrides.removeAll { $0.name == name }
            }
        }
        var points: [SweepPoint] = []
        for part in parts { points += try part.points() }
        guard !points.isEmpty else { throw .empty(file: file) }
        // results.db has one run for each panel, row and seed of a sweep.
        var seen: Set<String> = []
        for point in points where !seen.insert("\(point.panel)/\(point.row)/\(point.seed)").inserted {
            throw .duplicateRow(file: file, row: point.row)
        }
        return points
    }

    private func parts() throws(SpecError) -> [SpecMapping] {
        guard let list = root["parts"] else { return [root] }
        // A part has its own; these would be read by nobody.
        for key in ["panel", "settings", "rows", "grid"] {
            if let node = root[key] { throw .notBeside(root.source.at(node), key: key, other: "parts") }
        }
        guard let sequence = list.sequence else {
            throw .wrongKind(root.source.at(list), key: "parts", expected: "a list")
        }
        return try sequence.map { node throws(SpecError) in
            try SpecMapping(node, keys: Self.partKeys, source: root.source)
        }
    }
}

/// A YAML mapping whose keys have been checked.
struct SpecMapping: @unchecked Sendable {
    let node: Node
    let source: SpecSource

    init(_ node: Node, keys: [String], source: SpecSource) throws(SpecError) {
        guard let mapping = node.mapping else {
            throw .wrongKind(source.at(node), key: "", expected: "a mapping")
        }
        for (key, _) in mapping where !keys.contains(key.string ?? "") {
            throw .unknownKey(source.at(key), key: key.string ?? "", known: keys)
        }
        self.node = node
        self.source = source
    }

    subscript(key: String) -> Node? { node.mapping?[Node(key)] }
}
