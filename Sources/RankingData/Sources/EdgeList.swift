import Options

extension Taxonomy {
    private static let columns = ColumnNames(
        ["child", "hyponym", "narrower"], ["parent", "hypernym", "broader"])

    /// Reads an edge list, and says what was found in it: each line is a child, a tab and a parent. A child's parents count in
    /// the order listed.
    ///
    /// - Throws: `JudgmentsError`, `.cycle` where an edge leads back.
    public static func read(
        edges file: String, options: ImportOptions = ImportOptions()
    ) throws(JudgmentsError) -> (taxonomy: Taxonomy, findings: ImportFindings) {
        var log = LineLog(skipsBadLines: options.skipsBadLines)
        var edges = Edges()
        var isFirst = true
        try log.forEachLine(of: file) { line, findings throws(BadLine) in
            defer { isFirst = false }
            let fields = line.tabFields.map { String(decoding: $0, as: UTF8.self) }
            guard fields.count == 2, UTF8Text(fields[0]) != UTF8Text(fields[1]) else {
                throw BadLine(line, "expected a child, a tab and another entity, its parent")
            }
            for name in fields { try EntityFile.checkID(name, line) }
            if isFirst, try columns.name(fields, line) {
                findings.add(.header, at: "\(line.file):\(line.number)")
            } else if !edges.add(fields[0], below: fields[1]) {
                findings.add(.repeated, at: "\(line.file):\(line.number)")
            }
        }
        guard !edges.names.isEmpty else { throw .empty }
        let taxonomy = Taxonomy(names: edges.names, parents: edges.parents)
        do { _ = try HypernymPaths(taxonomy) } catch {
            // Paths of a taxonomy have no other fault.
            guard case .cycle(let entity) = error else { throw .empty }
            throw .cycle(entity: entity)
        }
        return (taxonomy, log.findings)
    }

    private struct Edges {
        var names: [String] = []
        var parents: [[Int32]] = []
        private var entityOf: [UTF8Text: Int32] = [:]
        private var seen: Set<Int> = []

        /// - Returns: false where the edge is known.
        mutating func add(_ child: String, below parent: String) -> Bool {
            let (child, parent) = (entity(child), entity(parent))
            guard seen.insert(Int(child) << 32 | Int(parent)).inserted else { return false }
            parents[Int(child)].append(parent)
            return true
        }

        private mutating func entity(_ name: String) -> Int32 {
            if let known = entityOf[UTF8Text(name)] { return known }
            entityOf[UTF8Text(name)] = Int32(names.count)
            names.append(name)
            parents.append([])
            return Int32(names.count - 1)
        }
    }
}
