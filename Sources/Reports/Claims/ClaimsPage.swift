/// The paper's claims against the runs: tables/claims.md.
public struct ClaimsPage: Report {
    public let name = "claims"
    public let title = "the paper's claims, each with a verdict of our runs"
    public let spec: String? = nil
    public let files = ["tables/claims.md"]

    public func render(_ source: ReportSource) throws -> RenderedReport {
        let report = try ClaimReport(source.reader, scale: source.requestedScale)
        let shown = ResultsReader.largestFirst(report.entries.filter(\.hasRuns).map(\.scale))
        let capacity = CapacityClaims(report: CapacityReport(try source.reader.snapshot.capacity()))
        guard !shown.isEmpty || !capacity.report.points.isEmpty else {
            throw ReportError.nothingToReport(report: name, scale: source.requestedScale, available: [])
        }
        return RenderedReport(
            scale: source.requestedScale ?? shown.first ?? committedScale,
            files: [(files[0], .text(report.markdown + "\n" + capacity.markdown))])
    }
}

extension Report where Self == ClaimsPage {
    public static var claims: ClaimsPage { ClaimsPage() }
}
