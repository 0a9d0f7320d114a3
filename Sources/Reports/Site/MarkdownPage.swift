/// The HTML of a report's Markdown page.
///
/// It reads what reports write and no more: headings, lists of one level, pipe tables, paragraphs, `code` and **bold**. All
/// else is text, and text is escaped.
struct MarkdownPage {
    private(set) var html = ""
    private var paragraph: [Substring] = []
    private var items: [String] = []
    private var table: [[String]] = []
    /// Makes links of what stands in escaped text.
    private let link: (String) -> String

    /// - Parameter link: Gets each piece of text, escaped, and returns it with links in it.
    init(_ markdown: String, link: @escaping (String) -> String = { $0 }) {
        self.link = link
        // Lines of a report end in one line feed; anything that Unicode calls a newline is part of a name.
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) { read(line) }
        close()
    }

    private mutating func read(_ line: Substring) {
        if line.hasPrefix("|") {
            close(butTable: true)
            table.append(MarkdownPage.cells(line))
        } else if line.hasPrefix("- ") {
            close(butItems: true)
            items.append(String(line.dropFirst(2)))
        } else if line.hasPrefix("#") {
            close()
            // The page's own title is the first level.
            let level = min(4, max(2, line.prefix { $0 == "#" }.count))
            html += "<h\(level)>\(inline(line.drop { $0 == "#" || $0 == " " }))</h\(level)>\n"
        } else if line.isEmpty {
            close()
        } else {
            close(butParagraph: true)
            paragraph.append(line)
        }
    }

    private mutating func close(
        butParagraph: Bool = false, butItems: Bool = false, butTable: Bool = false
    ) {
        if !butParagraph, !paragraph.isEmpty {
            html += "<p>\(inline(paragraph.joined(separator: " ")[...]))</p>\n"
            paragraph = []
        }
        if !butItems, !items.isEmpty {
            html += "<ul>\n" + items.map { "<li>\(inline($0[...]))</li>\n" }.joined() + "</ul>\n"
            items = []
        }
        if !butTable, !table.isEmpty {
            html += rendered(table)
            table = []
        }
    }

    /// The first line is the header, the second the rule below it.
    private func rendered(_ lines: [[String]]) -> String {
        let rows = lines.dropFirst(2).map { $0.map { SiteTable.Cell(html: inline($0[...]), text: $0) } }
        return SiteTable(header: lines[0], rows: rows).html
    }

    /// The cells of `| a | b |`. A bar inside a cell has a backslash before it; other backslashes stay.
    private static func cells(_ line: Substring) -> [String] {
        var cells: [String] = [""]
        var isEscaped = false
        for scalar in line.dropFirst().unicodeScalars {
            if isEscaped {
                if scalar != "|" { cells[cells.count - 1] += "\\" }
                cells[cells.count - 1].unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "|" {
                cells.append("")
            } else {
                cells[cells.count - 1].unicodeScalars.append(scalar)
            }
        }
        // A line ends in a bar, behind which there is no cell.
        return cells.dropLast().map { cell in
            String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Text with its `code` and **bold**; a mark without its partner is text, and so is a sign behind a backslash.
    private func inline(_ text: Substring) -> String {
        var result = ""
        var plain = ""
        var (isCode, isBold) = (false, false)
        var rest = text.unicodeScalars[...]
        func flush() {
            result += link(Escaping.markup(plain))
            plain = ""
        }
        while let scalar = rest.popFirst() {
            if scalar == "\\", !isCode, let next = rest.first, next.isASCII, !next.properties.isAlphabetic,
                next.properties.numericType == nil, next != " "
            {
                plain.unicodeScalars.append(rest.removeFirst())
            } else if scalar == "`", isCode || rest.contains("`") {
                flush()
                isCode.toggle()
                result += isCode ? "<code>" : "</code>"
            } else if scalar == "*", !isCode, rest.first == "*",
                isBold || String(rest.dropFirst()).contains("**")
            {
                rest.removeFirst()
                flush()
                isBold.toggle()
                result += isBold ? "<strong>" : "</strong>"
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        flush()
        return result + (isCode ? "</code>" : "") + (isBold ? "</strong>" : "")
    }
}
