import Options
import Yams

/// One part of a spec at one scale, expanded: defaults, settings, scale, row or grid point, overrides, seed.
struct PartExpansion {
    let part: SpecMapping
    let root: SpecMapping
    let file: String
    let scale: String
    var overrides: [SettingOverride]

    /// More rows than anybody trains; a product of a few long axes is more than memory holds.
    private static let mostRows = 100_000

    /// A row before its seeds: its id and what it lays over the settings.
    private struct Draft {
        var row: String
        var changes: [(path: String?, value: Node)]
    }

    func points() throws(SpecError) -> [SweepPoint] {
        let (panel, settings) = (try panel(), try settings(model()))
        let (seeds, trainingPoints) = (try seeds(), try trainingPoints())
        var points: [SweepPoint] = []
        for row in try crossed(drafts()) {
            if trainingPoints != nil { try refuseSteps(row) }
            var draft = settings
            for change in row.changes {
                if let path = change.path {
                    try draft.set(path, change.value, source: part.source)
                } else {
                    try draft.overlay(change.value, source: part.source)
                }
            }
            // After the row: what stands on the command line has the last word.
            for override in overrides where override.values.count == 1 && override.name != "seed" {
                try draft.set(override.name, override.values[0], source: SettingOverride.source)
            }
            for seed in seeds {
                points.append(
                    SweepPoint(
                        panel: panel, row: row.row, seed: seed,
                        configuration: try configuration(draft, seed, row: row.row),
                        trainingPoints: trainingPoints))
            }
        }
        return points
    }

    /// A budget in points sets the steps, whatever a row or the command line says of them.
    private func refuseSteps(_ row: Draft) throws(SpecError) {
        for change in row.changes {
            let value = change.path == "steps" ? change.value : change.value.mapping?["steps"]
            guard let value else { continue }
            throw .notBeside(part.source.at(value), key: "steps", other: "points")
        }
        if let override = overrides.first(where: { $0.name == "steps" }), let value = override.values.first {
            throw .notBeside(SettingOverride.source.at(value), key: "steps", other: "points")
        }
    }

    private func trainingPoints() throws(SpecError) -> Int? {
        guard let node = part["points"] ?? root["points"] else { return nil }
        return try RunNumbers.points.read(node, source: part.source)
    }

    /// Whether the part's `scales` say nothing but `SCALE: ~`: a part that this scale does without.
    var isLeftOut: Bool {
        guard let node = (part["scales"] ?? root["scales"])?.mapping?[Node(scale)] else { return false }
        return node.null != nil
    }

    /// Whether the part's rows have an option of this name, or a group of options.
    func knows(_ name: String) throws(SpecError) -> Bool {
        let draft = RunDraft(try model())
        return name == "seed" || draft.has(name) || !draft.words(below: name + ".").isEmpty
    }

    private func panel() throws(SpecError) -> String {
        guard let node = part["panel"], node.written != .null else { return "" }
        guard let name = node.scalar?.string else {
            throw .wrongKind(part.source.at(node), key: "panel", expected: "a panel's name")
        }
        return name
    }

    private func model() throws(SpecError) -> ModelKind {
        guard let node = part["model"] ?? root["model"], let name = node.text else {
            throw .missingKey(file: file, key: "model")
        }
        do { return try ModelKind(named: name) } catch {
            throw .illegalOption(part.source.at(node), error)
        }
    }

    private func settings(_ model: ModelKind) throws(SpecError) -> RunDraft {
        var draft = RunDraft(model)
        if let node = part["settings"] { try draft.overlay(node, source: part.source) }
        guard let scales = part["scales"] ?? root["scales"] else {
            guard ExperimentSpec.scales.contains(scale) else {
                throw .unknownScale(file: file, scale: scale, known: ExperimentSpec.scales)
            }
            return draft
        }
        guard let byName = scales.mapping else {
            throw .wrongKind(
                part.source.at(scales), key: "scales", expected: "a mapping of scales to settings")
        }
        guard let overlay = byName[Node(scale)] else {
            throw .unknownScale(file: file, scale: scale, known: byName.keys.compactMap(\.string))
        }
        try draft.overlay(overlay, source: part.source)
        return draft
    }

    private func drafts() throws(SpecError) -> [Draft] {
        if let rows = part["rows"] {
            if let grid = part["grid"] { throw .notBeside(part.source.at(grid), key: "grid", other: "rows") }
            return try rowDrafts(rows)
        }
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
            // What is left of a row are its options.
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
            drafts = try product(drafts, name, Array(list))
        }
        return drafts.filter { !$0.changes.isEmpty }
    }

    private func crossed(_ drafts: [Draft]) throws(SpecError) -> [Draft] {
        var crossed = drafts
        for override in overrides where override.name != "seed" {
            let rest = Self.withoutAxis(override.name, crossed)
            // One value is laid over every row, and names none, unless it takes the place of an axis that does.
            guard override.values.count > 1 || rest != nil else { continue }
            crossed = try product(rest ?? crossed, override.name, override.values)
        }
        return crossed
    }

    /// The rows of a grid without one of its axes, each once; nil where it is none of theirs.
    private static func withoutAxis(_ axis: String, _ drafts: [Draft]) -> [Draft]? {
        guard drafts.contains(where: { $0.changes.contains { $0.path == axis } }) else { return nil }
        var seen: Set<String> = []
        return drafts.map { draft in
            let kept = draft.changes.filter { $0.path != axis }
            let labels = kept.compactMap { change in change.path.map { label($0, change.value) } }
            return Draft(row: labels.joined(separator: ","), changes: kept)
        }.filter { seen.insert($0.row).inserted }
    }

    private static func label(_ axis: String, _ value: Node) -> String { "\(axis)=\(value.label)" }

    private func product(
        _ drafts: [Draft], _ axis: String, _ values: [Node]
    ) throws(SpecError) -> [Draft] {
        guard drafts.count * values.count <= Self.mostRows else {
            throw .tooManyRows(file: file, most: Self.mostRows)
        }
        return drafts.flatMap { draft in
            values.map { value in
                let label = Self.label(axis, value)
                return Draft(
                    row: draft.row.isEmpty ? label : "\(draft.row),\(label)",
                    changes: draft.changes + [(axis, value)])
            }
        }
    }

    private func seeds() throws(SpecError) -> [UInt64] {
        if let override = overrides.last(where: { $0.name == "seed" }) {
            return try override.values.map { value throws(SpecError) in
                try RunNumbers.seed(value, source: SettingOverride.source)
            }
        }
        guard let node = part["seeds"] ?? root["seeds"] else { return [1] }
        return try (node.sequence.map(Array.init) ?? [node]).map { value throws(SpecError) in
            try RunNumbers.seed(value, source: part.source)
        }
    }

    private func configuration(
        _ draft: RunDraft, _ seed: UInt64, row: String
    ) throws(SpecError) -> RunConfiguration {
        let configuration = draft.configuration(seed: seed)
        do { try configuration.validate() } catch {
            throw .illegal(file: file, row: row, reason: "\(error)")
        }
        return configuration
    }
}
