import Foundation
import Testing

@testable import Reports

@Suite("Catalogue of reports") struct ReportCatalogueTests {
    @Test("names, files and sweeps are of one report each, and every spec is there")
    func reportsAreApart() {
        let reports = ReportCatalogue.all
        #expect(Set(reports.map(\.name)).count == reports.count)
        let files = reports.flatMap(\.files)
        #expect(Set(files).count == files.count)
        let sweeps = reports.compactMap(\.spec)
        #expect(Set(sweeps).count == sweeps.count)
        for report in reports {
            #expect(report.name == Escaping.fileName(report.name) && report.name != "all")
            #expect(ReportCatalogue.report(named: report.name)?.title == report.title)
            #expect(ReportCatalogue.help.contains(report.title))
            for file in report.files {
                #expect(file.hasPrefix("tables/") || file.hasPrefix("figures/"))
            }
            guard let spec = report.spec else { continue }
            let file = repository.appendingPathComponent("experiments/\(spec).yaml").path
            #expect(FileManager.default.fileExists(atPath: file), "\(report.name) has no \(file)")
        }
        #expect(ReportCatalogue.report(named: "") == nil && ReportCatalogue.report(ofSweep: "") == nil)
    }

    @Test("what is committed of a report is what it says that it writes")
    func committedFilesAreNamed() throws {
        let known = Set(ReportCatalogue.all.flatMap { $0.files + [$0.latexFile] })
        for folder in ["tables", "figures"] {
            let committed = try FileManager.default.contentsOfDirectory(
                atPath: repository.appendingPathComponent("results/\(folder)").path)
            for file in committed where file.contains(".") {
                #expect(known.contains("\(folder)/\(file)"), "no report writes \(folder)/\(file)")
            }
        }
    }

    @Test("pages of one scale never replace another's, whatever the scale is called")
    func scalesAreApart() throws {
        let fixture = try ResultsFixture()
        try fixture.paperTable("table1", "row,lambda,R@1\nntp,top1,99.96\n")
        let configuration = ResultsFixture.configuration(lambda: "top1")
        let scales = ["full", "quick", "smoke", "../full", "full/..", "", ".", "a b"]
        for (index, scale) in scales.enumerated() {
            try fixture.add(
                "ntp", to: "table1", scale: scale, id: "s\(index)", configuration: configuration,
                [.init("R@1", Double(index) / 100)])
        }
        let places = try scales.map { try fixture.writer().write(.table1, scale: $0)[0] }
        #expect(Set(places.map(\.standardizedFileURL.path)).count == scales.count)
        let tables = fixture.folder.appendingPathComponent("results/tables").standardizedFileURL.path
        for (index, place) in places.enumerated() {
            #expect(place.standardizedFileURL.path.hasPrefix(tables + "/"))
            let text = try String(contentsOf: place, encoding: .utf8)
            #expect(text.contains("ntp,top1,\(index).00,"), "\(place.path) is another scale's")
        }
        #expect(places[0].path.hasSuffix("results/tables/table1.csv"))
        #expect(places[2].path.hasSuffix("results/tables/smoke/table1.csv"))
    }
}
