/// Section 3 as an experiment: figures/capacity.{csv,md,svg}.
public struct CapacityFigure: Report {
    /// `capacity`.
    public let name = "capacity"
    /// What lists of reports say of this one.
    public let title = "what dual encoders and autoregressive rankers can express (section 3)"
    /// `rankbridge capacity` measures it, by no spec.
    public let spec: String? = nil
    /// The measurements, a page about them, and their curves.
    public let files = ["figures/capacity.csv", "figures/capacity.md", "figures/capacity.svg"]

    public func render(_ source: ReportSource) throws -> RenderedReport {
        let report = CapacityReport(try source.reader.snapshot.capacity())
        guard !report.points.isEmpty else {
            throw ReportError.nothingToReport(report: name, scale: nil, available: [])
        }
        // The lab has one budget, whatever the scale of the runs.
        return .picture(
            files, scale: committedScale, csv: report.csv, markdown: report.markdown, plot: report.plot,
            latex: LaTeXTable(
                report.leastDimensions, caption: "Dimensions that all orders of k documents need"))
    }
}

extension Report where Self == CapacityFigure {
    /// Section 3 as an experiment.
    public static var capacity: CapacityFigure { CapacityFigure() }
}
