import Foundation
import GRDB
import RankingMetrics
import Testing

@testable import Experiments
@testable import Reports

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Names are data: whatever a name holds, each target shows it as it was typed and does nothing else.
@Suite("Escaping") struct EscapingTests {
    /// Pieces that mean something to one target or another, and characters that trip readers up.
    private static let pieces =
        [
            "`touch injected`", "'", "\"", "\\", "\n", "\r\n", "\t", "%g", "%", "%%", "@macro", "$d", "${x}",
            "$(id)", "|", "||",
            ",", ";", "<script>", "</text>", "&amp;", "&", "<!--", "]]>", "_", "__", "*", "**", "~~", "#",
            "^", "{", "}", "{/Symbol a}",
            "EOD", "' . system('id') . '", "');DROP TABLE run;--", "../", "/", ".", "..", "\u{0}", "\u{7}",
            "\u{1B}[2J",
            "\u{85}", "\u{2028}", "\u{FFFE}", "\u{FEFF}", "\u{301}", ",\u{301}", "\"\u{301}", "é", "e\u{301}",
            "鹿", "🦌", "α", " ", "a",
            "frac_a2", "![x](y)", "[x](javascript:y)", "-", "=1+1", "\u{202E}",
        ]

    private static func text(_ seed: inout UInt64) -> String {
        func next(_ below: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(below))
        }
        return (0...next(6)).map { _ in
            next(8) == 0 ? String(UnicodeScalar(UInt32(next(0xD7FF))) ?? "?") : pieces[next(pieces.count)]
        }.joined()
    }

    /// `count` texts, the same in each run.
    static func texts(_ count: Int, seed: UInt64 = 1) -> [String] {
        var seed = seed
        return pieces + (0..<count).map { _ in text(&seed) }
    }

    @Test("CSV: 20,000 tables come back from a reader of RFC 4180, byte for byte")
    func csv() {
        for text in Self.texts(20_000) {
            let table = TextTable(header: ["a", text], rows: [[text, "b"]])
            let read = Self.readCSV(table.csv)
            #expect(
                read.map { $0.map { Array($0.utf8) } }
                    == [["a", text], [text, "b"]].map { $0.map { Array($0.utf8) } })
        }
    }

    /// A reader of its own, over bytes.
    private static func readCSV(_ text: String) -> [[String]] {
        var (rows, row, cell, quoted) = ([[String]](), [String](), [UInt8](), false)
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch (byte, quoted) {
            case (UInt8(ascii: "\""), true) where index < bytes.count && bytes[index] == byte:
                cell.append(byte)
                index += 1
            case (UInt8(ascii: "\""), _): quoted.toggle()
            case (UInt8(ascii: ","), false), (UInt8(ascii: "\n"), false):
                row.append(String(decoding: cell, as: UTF8.self))
                cell = []
                if byte == UInt8(ascii: "\n") {
                    rows.append(row)
                    row = []
                }
            default: cell.append(byte)
            }
        }
        return rows
    }

    @Test("Markdown: 20,000 cells keep the table's shape and open no tag, link or code")
    func markdown() {
        for text in Self.texts(20_000) {
            let lines = TextTable(header: ["a", "b"], rows: [[text, "c"]]).markdown.unicodeScalars
                .split(omittingEmptySubsequences: false) { ["\n", "\r", "\u{2028}"].contains($0) }
            #expect(lines.count == 4, "\(text.debugDescription) breaks the line")
            var bars = 0
            var escaped = false
            for scalar in lines[2] {
                if escaped {
                    escaped = false
                } else if scalar == "\\" {
                    escaped = true
                } else {
                    if scalar == "|" { bars += 1 }
                    #expect(!["<", "`", "[", "]"].contains(scalar), "\(text.debugDescription)")
                }
            }
            #expect(bars == 3, "\(text.debugDescription)")
        }
        #expect(Escaping.markdown("frac_a2 97.74* R@1 (a & b)") == "frac_a2 97.74* R@1 (a & b)")
        #expect(Escaping.markdown("_x_ **y** &lt; \\*") == "\\_x\\_ \\*\\*y\\*\\* \\&lt; \\\\\\*")
    }

    @Test("markup: 20,000 texts and attributes come back from an XML reader")
    func markup() {
        final class Reader: NSObject, XMLParserDelegate {
            var (text, attribute) = ("", "")
            func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
                qualifiedName: String?, attributes: [String: String]
            ) { attribute = attributes["b"] ?? "" }
        }
        for text in Self.texts(20_000) {
            let (parser, reader) = (
                XMLParser(data: Data("<a b=\"\(Escaping.markup(text))\">\(Escaping.markup(text))</a>".utf8)),
                Reader()
            )
            parser.delegate = reader
            #expect(parser.parse(), "\(text.debugDescription)")
            let legal = text.unicodeScalars.map { Self.isLegal($0) ? $0 : "\u{FFFD}" }
            #expect(Array(reader.text.unicodeScalars) == legal, "\(text.debugDescription)")
            let blanks = Set<Unicode.Scalar>(["\n", "\t"])
            #expect(Array(reader.attribute.unicodeScalars) == legal.map { blanks.contains($0) ? " " : $0 })
        }
    }

    private static func isLegal(_ scalar: Unicode.Scalar) -> Bool {
        [0x9, 0xA, 0xD].contains(scalar.value)
            || scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) && scalar.value != 0xFFFE
                && scalar.value != 0xFFFF
    }

    @Test("LaTeX: of 20,000 texts no special character is left bare, and braces match")
    func latex() {
        let commands = ["\\textbackslash{}", "\\textasciicircum{}", "\\textasciitilde{}"]
        for text in Self.texts(20_000) {
            var rest = Escaping.latex(text)
            for command in commands { rest = rest.replacing(command, with: "") }
            rest = rest.replacing(#/\\[{}$&#_%]/#, with: "")
            rest = rest.replacing(#/\$\\[a-z]+\$/#, with: "")
            #expect(
                !rest.unicodeScalars.contains { ["$", "&", "#", "_", "%", "^", "\n", "\r"].contains($0) },
                "\(text.debugDescription)")
            var depth = 0
            for scalar in rest.unicodeScalars {
                depth += scalar == "{" ? 1 : scalar == "}" ? -1 : 0
                #expect(depth >= 0)
            }
            #expect(depth == 0, "\(text.debugDescription)")
        }
    }

    @Test("file names: 20,000 texts give as many names, of one folder, not hidden")
    func fileNames() {
        var seen: [String: [UInt8]] = [:]
        for text in Self.texts(20_000) + [
            String(repeating: "x", count: 1000), String(repeating: "x", count: 1001),
        ] {
            let name = Escaping.fileName(text)
            #expect(!name.contains("/") && !name.hasPrefix(".") && !name.isEmpty && name.utf8.count <= 200)
            #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            #expect(seen[name].map { $0 == Array(text.utf8) } ?? true, "\(name) stands for two texts")
            seen[name] = Array(text.utf8)
        }
        #expect(Escaping.fileName("alpha-beta-R@1") == "alpha-beta-R@1")
    }

    @Test("the terminal: of 20,000 texts none moves the cursor or ends the line")
    func terminal() {
        for text in Self.texts(20_000) {
            #expect(
                Escaping.terminal(text).unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) && $0.value != 0x202E
                })
        }
    }

    @Test(
        "SQL: 2,000 names of sweeps, rows, scales and queries come back from the database, and match nothing else"
    )
    func database() throws {
        let fixture = try ResultsFixture()
        let (names, unstorable) = Self.texts(2000, seed: 7).reduce(into: ([String](), [String]())) {
            if $1.utf8.contains(0) { $0.1.append($1) } else { $0.0.append($1) }
        }
        for name in unstorable {
            #expect(throws: ResultsError.nameWithNUL(name)) {
                try fixture.database.transact {
                    try ResultsDatabase.insertSweep($0, name: "s", scale: name, spec: "")
                }
            }
        }
        #expect(unstorable.count > 20)
        try fixture.database.transact { database in
            for name in names {
                try ResultsDatabase.insertSweep(database, name: name, scale: name, spec: name)
            }
        }
        try fixture.add("r", to: "a_b")
        let listing = try fixture.database.snapshot { snapshot in
            try names.flatMap { try snapshot.listing(state: nil, sweep: $0) }
        }
        #expect(listing.isEmpty, "a name was read as a pattern")
        let bytes = try fixture.database.read {
            try Data.fetchAll($0, sql: "SELECT CAST(name AS BLOB) FROM sweep")
        }
        #expect(Set(bytes).isSuperset(of: names.map { Data($0.utf8) }))
    }

    /// All labels in one picture each time: gnuplot starts slowly.
    @Test(
        "gnuplot: 3,000 names are drawn as they were typed, and no command runs",
        .enabled(if: gnuplotIsInstalled))
    func gnuplot() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "gnuplot-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let witness = folder.appendingPathComponent("injected")
        let attack = "`touch \(witness.path)`"
        let texts =
            Self.texts(3000, seed: 3).map { $0.replacing("`touch injected`", with: attack) } + [attack]
        for start in stride(from: 0, to: texts.count, by: 50) {
            let some = texts[start..<min(start + 50, texts.count)]
            let tics = some.enumerated().map { "\(Escaping.gnuplotFormat($1)) \($0)" }.joined(separator: ", ")
            let svg = try #require(
                try Gnuplot().svg(
                    """
                    set encoding utf8
                    set terminal svg size 900,3000 noenhanced
                    set xrange [-1:\(some.count)]
                    set xtics (\(tics))
                    set title \(Escaping.gnuplot(some[some.startIndex]))
                    plot \(some.map { "0 title \(Escaping.gnuplot("t" + $0))" }.joined(separator: ", "))
                    """))
            let drawn = try #require(Self.texts(ofSVG: svg), "no XML with \(some)")
            for text in some {
                let line = Self.oneLine(text)
                #expect(drawn.contains(Self.squeezed("t" + line)), "the title \(text.debugDescription)")
                #expect(
                    line.isEmpty || drawn.contains(Self.squeezed(line)), "the tic \(text.debugDescription)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: witness.path), "a name ran as a command")
    }

    /// What a picture can show of a name: line breaks are blanks, and what XML excludes is replaced.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    ["\n", "\r", "\t", "\u{2028}", "\u{2029}"].contains(scalar)
                        ? " " : isLegal(scalar) ? scalar : "\u{FFFD}"
                }))
    }

    private static func squeezed(_ text: String) -> [UInt8] { Array(text.utf8.filter { $0 != 0x20 }) }

    /// The texts of a picture without blanks; nil where it is no XML.
    private static func texts(ofSVG svg: String) -> Set<[UInt8]>? {
        final class Reader: NSObject, XMLParserDelegate {
            var texts: Set<[UInt8]> = []
            var current = ""
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
                qualifiedName: String?, attributes: [String: String]
            ) { current = "" }
            func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }
            func parser(
                _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
            ) { texts.insert(EscapingTests.squeezed(current)) }
        }
        let (parser, reader) = (XMLParser(data: Data(svg.utf8)), Reader())
        parser.delegate = reader
        return parser.parse() ? reader.texts : nil
    }
}
