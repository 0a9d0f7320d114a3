/// The paper's claims against the runs: tables/claims.md.
struct ClaimsPage: Report {
    let name = "claims"
    let title = "the paper's claims, each with a verdict of our runs"
    let spec: String? = nil
    let files = ["tables/claims.md"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let sweeps = Set(Claim.all.flatMap(\.rows).map(\.sweep))
        let scale = try source.scale(of: self, sweeps: sweeps.sorted())
        let report = try ClaimReport(source.reader, scale: scale)
        let capacity = CapacityClaims(report: CapacityReport(try source.reader.snapshot.capacity()))
        guard report.entries.contains(where: \.hasRuns) || !capacity.report.points.isEmpty else {
            throw ReportError.nothingToReport(report: name, scale: source.requestedScale, available: [])
        }
        return RenderedReport(
            scale: scale, files: [(files[0], .text(report.markdown + "\n" + capacity.markdown))],
            latex: LaTeXTable(
                report.summary, caption: "The paper's claims by our runs", note: "Scale \(scale)."))
    }
}

extension Report where Self == ClaimsPage {
    static var claims: ClaimsPage { ClaimsPage() }
}
