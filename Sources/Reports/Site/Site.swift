import Experiments
import Foundation

/// A folder of static pages about everything in results.db.
///
/// The pages need no server, nothing from another place, and no scripts but for sorting and searching.
struct Site {
    /// Contents by file name.
    private(set) var files: [String: String] = [:]
    private let templates: SiteTemplates
    private var links: [(href: String, text: String)] = [("index.html", "Overview")]

    /// - Throws: What the database and gnuplot throw, and `ReportError`.
    init(_ snapshot: ResultsSnapshot, paper: PaperNumbers, gnuplot: Gnuplot) throws {
        templates = try SiteTemplates()
        let reader = ResultsReader(snapshot: snapshot)
        let source = ReportSource(reader: reader, paper: paper, requestedScale: nil)
        let exhibits = try Site.exhibits(source, gnuplot)
        let runs = try Site.runs(snapshot)
        let queryPages = try snapshot.sweeps().compactMap { sweep in
            // The scale of the sweep's own page, where it has one.
            let scale = try ReportCatalogue.report(ofSweep: sweep).map { report in
                try source.scale(of: report, sweeps: [sweep])
            }
            return try QueryPage(reader.results(sweep, scale: scale), reader: reader)
        }
        links += exhibits.map { (Site.page("", $0.name), $0.name) }
        let runLinks = RunLinks(runs.map(\.id))
        for exhibit in exhibits { add(exhibit, runLinks) }
        let pages = RunPages(snapshot: snapshot, templates: templates)
        for run in runs { add(RunLinks.page(run.id), run.title, try pages.body(run)) }
        for page in queryPages {
            add(Site.page("queries-", page.sweep), "Queries of \(page.sweep)", try page.body(templates))
        }
        add("index.html", "Overview", try index(snapshot, exhibits, queryPages))
        files["site.css"] = SiteTemplates.style
        files["site.js"] = SiteTemplates.script
    }

    /// The file of a page about `name`, which may be any text. Different names have different files, and none of them has a
    /// character that means something in a link.
    static func page(_ prefix: String, _ name: String) -> String {
        prefix + Escaping.fileName(name).replacing("%", with: "~") + ".html"
    }

    private mutating func add(_ file: String, _ title: String, _ body: String) {
        let links = links.map { link -> [String: Any] in
            ["href": link.href, "text": link.text, "current": link.href == file]
        }
        files[file] = templates.render(["title": title, "body": body, "links": links], "layout")
    }
}

// MARK: Reports

extension Site {
    /// What each report of the catalogue that has something to show is made of.
    private static func exhibits(_ source: ReportSource, _ gnuplot: Gnuplot) throws -> [Exhibit] {
        try ReportCatalogue.all.compactMap { report in
            do {
                return try exhibit(report, source, gnuplot)
            } catch let error as ReportError {
                guard case .nothingToReport = error else { throw error }
                return nil
            }
        }
    }

    private static func exhibit(
        _ report: any Report, _ source: ReportSource, _ gnuplot: Gnuplot
    ) throws -> Exhibit {
        var exhibit = Exhibit(name: report.name, title: report.title, markdown: "")
        for (path, content) in try report.render(source).files {
            switch content {
            case .text(let text) where path.hasSuffix(".csv"): exhibit.csv = text
            case .text(let text): exhibit.markdown = text
            // Without gnuplot the page has its numbers and no picture.
            case .plot(let script): exhibit.svg = try gnuplot.svg(script).map(inlined)
            }
        }
        return exhibit
    }

    /// A picture within a page: without the lines that begin a file of its own.
    private static func inlined(_ svg: String) -> String {
        svg.range(of: "<svg").map { String(svg[$0.lowerBound...]) } ?? ""
    }

    private mutating func add(_ exhibit: Exhibit, _ runs: RunLinks) {
        var values: [String: Any] = ["text": MarkdownPage(exhibit.text, link: runs.linked).html]
        if let svg = exhibit.svg { values["svg"] = svg }
        if let csv = exhibit.csv {
            let numbers = NumbersTable(csv, links: runs)
            values["numbers"] = numbers.table(caption: exhibit.title).html
            values["links"] = numbers.hasLinks
        }
        add(Site.page("", exhibit.name), exhibit.heading, templates.render(values, "exhibit"))
    }
}

// MARK: Runs

extension Site {
    /// Every run that stands in a sweep and is finished or failed, in the order of sweeps and rows.
    private static func runs(_ snapshot: ResultsSnapshot) throws -> [SiteRun] {
        var runs: [SiteRun] = []
        var places: [String: Int] = [:]
        for (sweep, scale) in try snapshot.sweepScales() {
            for entry in try snapshot.entries(sweep, scale: scale)
            where entry.state == .finished || entry.state == .failed {
                let place = SiteRun.Place(sweep: sweep, scale: scale, entry: entry)
                if let known = places[entry.run] {
                    runs[known].places.append(place)
                } else {
                    places[entry.run] = runs.count
                    runs.append(SiteRun(id: entry.run, places: [place]))
                }
            }
        }
        return runs
    }

    private func index(
        _ snapshot: ResultsSnapshot, _ exhibits: [Exhibit], _ queries: [QueryPage]
    ) throws -> String {
        let rows = try snapshot.sweepScales().flatMap { sweep, scale in
            try snapshot.entries(sweep, scale: scale).map { Site.cells($0, sweep, scale) }
        }
        let table = SiteTable(
            header: [
                "run", "sweep", "scale", "row", "seed", "model", "state", "steps", "evaluated queries",
                "CPU hours, base included",
            ], rows: rows, caption: "Every run of every sweep")
        return templates.render(
            [
                "exhibits": exhibits.map { ["href": Site.page("", $0.name), "title": $0.heading] },
                "sweeps": table.html, "hasQueries": !queries.isEmpty,
                "queries": queries.map {
                    [
                        "href": Site.page("queries-", $0.sweep),
                        "title": "Queries of \($0.sweep), scale \($0.scale)",
                    ]
                },
            ], "index")
    }

    private static func cells(_ entry: SweepEntry, _ sweep: String, _ scale: String) -> [SiteTable.Cell] {
        let short = String(entry.run.prefix(12))
        let hasPage = entry.state == .finished || entry.state == .failed
        let link = hasPage ? "<a href=\"\(RunLinks.page(entry.run))\">\(short)</a>" : short
        let texts = [
            sweep, scale, (entry.panel.isEmpty ? "" : entry.panel + ": ") + entry.row, "\(entry.seed)",
            entry.model,
            entry.state.rawValue, entry.steps.map(String.init) ?? "",
            entry.evaluationQueries.map(String.init) ?? "", String(format: "%.2f", entry.cpuSeconds / 3600),
        ]
        return [SiteTable.Cell(html: link, text: short)]
            + texts.map { SiteTable.Cell(html: Escaping.markup($0), text: $0) }
    }
}
