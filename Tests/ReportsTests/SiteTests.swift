import Foundation
import RankingMetrics
import Tensors
import Testing

@testable import Experiments
@testable import Reports

@Suite struct SiteTests {
    /// What names may hold, each with what a page must not take it for.
    private static let names = [
        "frac_a2", "<script>alert(1)</script>", "\"quoted\" & 'so'", "a|b", "`date`", "**bold**", "a\\b",
        "%s%n", "../../etc",
        "été", "e\u{301}te\u{301}", "中文", "-", "trailing ", "</table>", "{{title}}", "{{{body}}}", "&amp;",
    ]

    private func site(_ fixture: ResultsFixture) throws -> Site {
        try fixture.database.snapshot {
            try Site(
                $0, paper: PaperNumbers(folder: fixture.folder.appendingPathComponent("experiments/paper")),
                gnuplot: Gnuplot())
        }
    }

    /// Sweeps and rows of every name, with a failed run and values by query.
    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        for (place, name) in Self.names.enumerated() {
            try fixture.add(
                "row " + name, to: name, id: "\(place)",
                [.init("nDCG", 0.9, 0.85, 0.95), .init("R@1", 0.5)],
                perQuery: ["nDCG": [0.9, 0.25, Double(place) / 20]])
        }
        try fixture.add("broken", to: "frac_a2", id: "f", state: "failed")
        return fixture
    }

    @Test func everyLinkLeadsToAPage() throws {
        let files = try site(fixture()).files
        #expect(files.count > Self.names.count * 2)
        for (name, text) in files where name.hasSuffix(".html") {
            for link in Self.attributes("href", of: text) + Self.attributes("src", of: text) {
                let isKnown = files[link] != nil || link == "#content" || link == "data:,"
                #expect(isKnown || link == "https://arxiv.org/abs/2601.05588", "\(name) links to \(link)")
            }
        }
    }

    /// What a reader sees of a table is what was put into it: names of columns, and no description of a value.
    @Test func tablesHaveTheirColumns() throws {
        let files = try site(fixture()).files
        let index = try #require(files["index.html"])
        for name in ["run", "sweep", "scale", "row", "model", "state"] {
            #expect(index.contains("<th scope=\"col\">\(name)</th>"), "no column \(name)")
        }
        for name in ["seed", "steps", "CPU hours, base included"] {
            #expect(index.contains("<th scope=\"col\" class=\"number\">\(name)</th>"), "no column \(name)")
        }
        for (name, text) in files where name.hasSuffix(".html") {
            #expect(!text.contains("(elements:") && !text.contains("GRDB"), "\(name) shows code")
        }
    }

    private struct StoredQueries: Decodable {
        let queries: [String]
        let values: [String]
        let runs: [String]
    }

    @Test func aQueryHasTheCommandsOfItsRuns() throws {
        let page = try #require(try site(fixture()).files[Site.page("queries-", "frac_a2")])
        let json = try #require(
            page.components(separatedBy: "id=\"queries\">").last?.components(separatedBy: "</script>").first)
        let stored = try JSONDecoder().decode(StoredQueries.self, from: Data(json.utf8))
        #expect(stored.queries == ["query0.n.01", "query1.n.01", "query2.n.01"])
        // 900, 250 and 0 tenths in base 64.
        #expect(stored.values == ["OE" + "D6" + "AA"])
        let run = ResultsFixture.id("0")
        #expect(stored.runs == [String(run.prefix(12))])
        #expect(page.contains("<a href=\"\(RunLinks.page(run))\">row frac_a2</a>"))
    }

    private static func attributes(_ name: String, of html: String) -> [String] {
        html.components(separatedBy: name + "=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }

    /// Elements are opened and closed in pairs, so that no name has become an element or ended one.
    @Test func namesStayText() throws {
        let files = try site(fixture()).files
        for (name, text) in files where name.hasSuffix(".html") {
            #expect(!text.contains("<script>alert"), "\(name)")
            for element in ["table", "td", "th", "a", "li", "code", "strong", "p", "section"] {
                let opened =
                    text.components(separatedBy: "<\(element)>").count
                    + text.components(separatedBy: "<\(element) ").count - 2
                let closed = text.components(separatedBy: "</\(element)>").count - 1
                #expect(opened == closed, "\(name): \(opened) <\(element)>, \(closed) </\(element)>")
            }
        }
        let index = try #require(files["index.html"])
        for name in Self.names {
            #expect(index.contains(Escaping.markup("row " + name)), "\(name) is not shown")
        }
    }

    @Test func runsHaveTheirFailuresMetricsAndCommands() throws {
        let files = try site(fixture()).files
        let failed = try #require(files[RunLinks.page(ResultsFixture.id("f"))])
        #expect(failed.contains("failed, autoregressive"))
        let finished = try #require(files[RunLinks.page(ResultsFixture.id("0"))])
        #expect(finished.contains("90.00") && finished.contains("85.00 to 95.00"))
        let command = "<code>rankbridge train autoregressive --seed 1"
        #expect(finished.contains(command) && finished.contains(" --results again</code>"), "\(finished)")
    }

    /// A prompt of a hundred documents would be half of a run's page.
    @Test func longValuesAreCut() throws {
        let fixture = try fixture()
        try fixture.addOrders(
            [("0", "1")], of: "query0.n.01", GoldList(relevant: ["a"], negatives: []),
            prompt: String(repeating: "word ", count: 300) + "end")
        let page = try #require(try site(fixture).files[RunLinks.page(ResultsFixture.id("0"))])
        let shown = String(repeating: "word ", count: RunPages.mostCharacters / 5)
        let remark = "... (1,503 characters: rankbridge runs show \(ResultsFixture.id("0").prefix(12)))"
        #expect(page.contains(">\(shown)\(remark)</td>"))
    }

    /// A difference has its interval and the runs of both its rows; a table of no runs has no links.
    @Test func differencesHaveIntervalsAndRuns() throws {
        let links = RunLinks(["a1", "b2"])
        let csv = "reading,k,difference,low,high,runs\ndefault,1,-11.94,-12.88,-11.02,a1;b2\n"
        let table = NumbersTable(csv, links: links)
        let html = table.table(caption: "").html
        #expect(table.hasLinks && html.contains("<small>-12.88 to -11.02</small>"))
        #expect(html.contains(RunLinks.page("a1")) && html.contains(RunLinks.page("b2")))
        #expect(!NumbersTable(csv, links: RunLinks([])).hasLinks)
        #expect(!NumbersTable("documents,orders\n3,6\n", links: links).hasLinks)
    }

    @Test func shellWordsMeanThemselves() throws {
        for word in Self.names + ["", "$HOME", "a\nb", "!x"] {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "printf %s " + shellQuoted(word)]
            process.standardOutput = pipe
            try process.run()
            let said = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            #expect(Array(said) == Array(word.utf8), "\(word)")
        }
    }

    /// Whatever a cell holds, the CSV's reader gives back, and the page shows of its Markdown.
    @Test func tablesAreReadAsTheyWereWritten() {
        var stream = RandomStream(seed: 7, name: "site")
        let signs = Array("ab,\"|\\`*_<>&'\n 1-é{}[]~$#".unicodeScalars)
        for _ in 0..<2000 {
            let cells = (0..<3).map { _ -> String in
                var text = String.UnicodeScalarView()
                for _ in 0..<stream.uniform(below: 8) {
                    text.append(signs[stream.uniform(below: signs.count)])
                }
                return String(text)
            }
            let table = TextTable(header: ["one", "two", "three"], rows: [cells])
            #expect(NumbersTable.cells(table.csv) == [["one", "two", "three"], cells])
            let html = MarkdownPage(table.markdown).html
            for cell in cells where !cell.isEmpty {
                // Markdown has one line for a row, and trims its cells.
                let shown = cell.replacing("\n", with: " ").trimmingCharacters(in: .whitespaces)
                #expect(html.contains(">\(Escaping.markup(shown))<"), "\(cell.debugDescription) in \(html)")
            }
        }
    }

    @Test func markdownOfReports() {
        let html = MarkdownPage(
            "## A `b`\n\n- one\n- **two** x\n\nText 1 * 2\nmore `c\n\n| a |\n|---|\n| 3 / 4 |\n"
        ).html
        #expect(html.contains("<h2>A <code>b</code></h2>"))
        #expect(html.contains("<li>one</li>\n<li><strong>two</strong> x</li>"))
        #expect(html.contains("<p>Text 1 * 2 more `c</p>"))
        #expect(html.contains("<th scope=\"row\" class=\"number\">3 / 4</th>"))
    }

    /// A number stands on the right without a word in its cell, text says that it is none, and the style has both.
    @Test func cellsAreNumbersUnlessTheySayOtherwise() {
        let html = MarkdownPage("| a | b | c |\n|---|---|---|\n| x | 97.02 (96.56-97.50) | y |\n").html
        #expect(
            html.contains("<th scope=\"row\">x</th><td>97.02 (96.56-97.50)</td><td class=\"text\">y</td>"))
        let style = SiteTemplates.style
        #expect(style.contains("\ntd, .number { font-variant-numeric: tabular-nums; text-align: right; }"))
        #expect(style.contains("\ntd.text, .text td { text-align: left; }"))
        let words = MarkdownPage("| a | b |\n|---|---|\n| x | y |\n").html
        #expect(words.contains("<table class=\"sortable text\">") && words.contains("<td>y</td>"))
        #expect(html.contains("<table class=\"sortable\">"))
    }

    @Test func anEmptyDatabaseHasASite() throws {
        let fixture = try ResultsFixture()
        let files = try site(fixture).files
        #expect(Set(files.keys) == ["index.html", "site.css", "site.js"])
        #expect(files["index.html"]?.contains("No run has finished yet.") == true)
    }

    @Test func aFolderOfSomethingElseStays() throws {
        let fixture = try ResultsFixture()
        let writer = SiteWriter(
            database: fixture.database, experiments: fixture.folder.appendingPathComponent("experiments"))
        let folder = fixture.folder.appendingPathComponent("mine")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        #expect(try writer.write(to: folder).lastPathComponent == "index.html")
        #expect(try writer.write(to: folder).lastPathComponent == "index.html")
        let left = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
        #expect(!left.contains { $0.hasPrefix(".site-") }, "\(left)")
        // What somebody added would be lost.
        let added = folder.appendingPathComponent("CNAME")
        try Data("rank.example".utf8).write(to: added)
        #expect(throws: ReportError.notASite(folder.path)) { try writer.write(to: folder) }
        try FileManager.default.removeItem(at: added)
        #expect(try writer.write(to: folder).lastPathComponent == "index.html")
        try FileManager.default.removeItem(at: folder.appendingPathComponent("site.css"))
        #expect(throws: ReportError.self) { try writer.write(to: folder) }
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("index.html").path))
    }
}
