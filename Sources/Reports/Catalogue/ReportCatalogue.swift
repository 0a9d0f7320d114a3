/// The reports that there are.
public enum ReportCatalogue {
    /// In the order of `report all`.
    public static let all: [any Report] = [
        PaperTableReport.table1, Table2(), DocIDTable(), PaperTableReport.table3, Figure3(), Figure4(),
        Figure4Readings(),
        PretrainedCurves(),
        CapacityFigure(), ClaimsPage(), ChecklistPage(),
    ]

    /// The report of a name, as the command and make call it; nil where there is none.
    public static func report(named name: String) -> (any Report)? {
        all.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The report that shows a sweep's runs while they are made; nil where there is none of its own.
    public static func report(ofSweep sweep: String) -> (any Report)? {
        all.first { $0.spec?.utf8.elementsEqual(sweep.utf8) ?? false }
    }

    /// The reports by name, each with what it shows, on a line of its own.
    public static var help: String {
        let width = all.map(\.name.count).max() ?? 0
        return all.map { report in
            report.name + String(repeating: " ", count: width + 2 - report.name.count) + report.title
        }.joined(separator: "\n")
    }
}
