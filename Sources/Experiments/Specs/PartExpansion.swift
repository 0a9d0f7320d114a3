import RankingData
import Yams

/// One part of a spec at one scale, expanded: defaults, settings, scale, row or grid point, overrides, seed.
struct PartExpansion {
    let part: SpecMapping
    let root: SpecMapping
    let file: String
    let scale: String
    let overrides: [SettingOverride]

    /// A row before its seeds: its id and what it lays over the settings.
    private struct Draft {
        var row: String
        var changes: [(path: String?, value: Node)]
    }

    func points() throws(SpecError) -> [SweepPoint] {
        guard !isLeftOut else { return [] }
        let model = try model()
        let settings = try settings(model)
        var points: [SweepPoint] = []
        for draft in crossed(try drafts()) {
            var tree = settings
            for change in draft.changes {
                if let path = change.path {
                    try tree.set(path, change.value, source: part.source)
                } else {
                    try tree.overlay(change.value, source: part.source)
                }
            }
            for override in overrides where override.values.count == 1 && override.name != "seed" {
                try tree.set(override.name, override.values[0], source: SettingOverride.source)
            }
            for seed in try seeds() {
                let configuration = try configuration(model, seed, tree, row: draft.row)
                points.append(
                    SweepPoint(
                        panel: panel, row: draft.row, seed: seed, configuration: configuration,
                        trainingPoints: try trainingPoints()))
            }
        }
        return points
    }

    private func trainingPoints() throws(SpecError) -> Int? {
        guard let node = part["points"] ?? root["points"] else { return nil }
        guard let points = node.int, points >= 1 else {
            throw .wrongKind(part.source.at(node), key: "points", expected: "a whole number of at least 1")
        }
        return points
    }

    /// Whether the part's `scales` say nothing but `SCALE: ~`: a part that this scale does without.
    private var isLeftOut: Bool {
        guard let node = (part["scales"] ?? root["scales"])?.mapping?[Node(scale)] else { return false }
        return node.null != nil
    }

    private var panel: String { part["panel"]?.scalar?.string ?? "" }

    private func model() throws(SpecError) -> ModelKind {
        guard let node = part["model"] ?? root["model"], let name = node.string else {
            throw .missingKey(file: file, key: "model")
        }
        guard let model = ModelKind(rawValue: name) else {
            throw .unknownModel(part.source.at(node), name: name)
        }
        return model
    }

    private func settings(_ model: ModelKind) throws(SpecError) -> ConfigurationTree {
        var tree: ConfigurationTree
        do { tree = try RunConfiguration(model: model).optionTree() } catch {
            throw .illegal(file: file, row: "", reason: "\(error)")
        }
        if let node = part["settings"] { try tree.overlay(node, source: part.source) }
        guard let scales = part["scales"] ?? root["scales"] else {
            guard ExperimentSpec.scales.contains(scale) else {
                throw .unknownScale(file: file, scale: scale, known: ExperimentSpec.scales)
            }
            return tree
        }
        guard let overlay = scales.mapping?[Node(scale)] else {
            let known = scales.mapping?.keys.compactMap(\.string) ?? []
            throw .unknownScale(file: file, scale: scale, known: known)
        }
        try tree.overlay(overlay, source: part.source)
        return tree
    }

    private func drafts() throws(SpecError) -> [Draft] {
        if let rows = part["rows"] { return try rowDrafts(rows) }
        if let grid = part["grid"] { return try gridDrafts(grid) }
        return [Draft(row: root["name"]?.string ?? "run", changes: [])]
    }

    private func rowDrafts(_ rows: Node) throws(SpecError) -> [Draft] {
        guard let sequence = rows.sequence else {
            throw .wrongKind(part.source.at(rows), key: "rows", expected: "a list of rows")
        }
        return try sequence.map { node throws(SpecError) in
            guard var mapping = node.mapping, let id = mapping[Node("row")]?.scalar?.string else {
                throw .wrongKind(
                    part.source.at(node), key: "rows", expected: "mappings, each with its 'row' id")
            }
            mapping[Node("row")] = nil
            return Draft(row: id, changes: [(nil, Node.mapping(mapping))])
        }
    }

    private func gridDrafts(_ grid: Node) throws(SpecError) -> [Draft] {
        guard let axes = grid.mapping else {
            throw .wrongKind(part.source.at(grid), key: "grid", expected: "a mapping of axes to lists")
        }
        var drafts = [Draft(row: "", changes: [])]
        for (key, values) in axes {
            guard let name = key.string, let list = values.sequence else {
                throw .wrongKind(
                    part.source.at(values), key: "grid", expected: "a list of values for each axis")
            }
            drafts = PartExpansion.product(drafts, name, Array(list))
        }
        return drafts.filter { !$0.changes.isEmpty }
    }

    private func crossed(_ drafts: [Draft]) -> [Draft] {
        overrides.filter { $0.values.count > 1 && $0.name != "seed" }.reduce(drafts) {
            PartExpansion.product($0, $1.name, $1.values)
        }
    }

    private static func product(_ drafts: [Draft], _ axis: String, _ values: [Node]) -> [Draft] {
        drafts.flatMap { draft in
            values.map { value in
                let label = "\(axis)=\(value.scalar?.string ?? "?")"
                return Draft(
                    row: draft.row.isEmpty ? label : "\(draft.row),\(label)",
                    changes: draft.changes + [(axis, value)])
            }
        }
    }

    private func seeds() throws(SpecError) -> [UInt64] {
        let override = overrides.last { $0.name == "seed" }
        guard
            let nodes = override?.values
                ?? (part["seeds"] ?? root["seeds"]).map({ $0.sequence.map(Array.init) ?? [$0] })
        else { return [1] }
        return try nodes.map { node throws(SpecError) in
            guard let value = node.int, value >= 0 else {
                throw .wrongKind(part.source.at(node), key: "seeds", expected: "whole numbers of at least 0")
            }
            return UInt64(value)
        }
    }

    private func configuration(
        _ model: ModelKind, _ seed: UInt64, _ tree: ConfigurationTree, row: String
    ) throws(SpecError) -> RunConfiguration {
        do {
            let configuration = try RunConfiguration(model: model, seed: seed, options: tree)
            try configuration.validate()
            return configuration
        } catch let error as DecodingError {
            throw .illegal(file: file, row: row, reason: PartExpansion.explain(error))
        } catch {
            throw .illegal(file: file, row: row, reason: "\(error)")
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))': \(context.debugDescription)"
        @unknown default: "\(error)"
        }
    }
}
