/// The paper's claims against the runs: tables/claims.md.
struct ClaimsPage: Report {
    let name = "claims"
    let title = "the paper's claims, each with a verdict of our runs"
    let spec: String? = nil
    let mixesScales = true
    let files = ["tables/claims.md"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let ownScale: [any Report] = [Table2(), DocIDTable()]
        let sweeps = Set(Claim.all.flatMap(\.rows).map(\.sweep)).subtracting(ownScale.map(\.name))
        let scale = try source.scale(of: self, sweeps: sweeps.sorted())
        let scales = try Dictionary(
            uniqueKeysWithValues: ownScale.map { ($0.name, try source.scale(of: $0, sweeps: [$0.name])) })
        var paper: [String: PaperTable] = [:]
        for sweep in sweeps.union(scales.keys) { paper[sweep] = try source.paper.tableIfThere(sweep) }
        let report = try ClaimReport(source.reader, scale: scale, scales: scales, paper: paper)
        let capacity = CapacityClaims(report: CapacityReport(try source.reader.snapshot.capacity()))
        guard report.entries.contains(where: \.hasRuns) || !capacity.report.points.isEmpty else {
            throw ReportError.nothingToReport(
                report: name, scale: source.requestedScale,
                available: try source.finishedScales(sweeps.union(scales.keys).sorted()))
        }
        let byScore = ClaimReport.byScore(
            try TableReport.scores.map {
                ($0, try ClaimReport(source.reader, scale: scale, scales: scales, paper: paper, score: $0))
            })
        let sections = [report.markdown] + scoreSection(byScore) + [capacity.markdown]
        return RenderedReport(
            scale: scale, files: [(files[0], .text(sections.joined(separator: "\n")))],
            latex: LaTeXTable(
                report.summary, caption: "The paper's claims by our runs", note: "Scale \(scale)."))
    }

    private func scoreSection(_ table: TextTable) -> [String] {
        guard !table.rows.isEmpty else { return [] }
        return [
            """
            ## By another score of documents

            The same models and log-probabilities, with documents ordered by the mean of a docID's log-probabilities, by their sum, and by
            the sum over the tokens that language models' tokenizers make of the docID (`counted`, PAPER_NOTES.md). Claims whose
            differences are the same by all three are left out.

            \(table.markdown)

            """
        ]
    }
}

extension Report where Self == ClaimsPage {
    static var claims: ClaimsPage { ClaimsPage() }
}
