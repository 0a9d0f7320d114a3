/// A report as a page of the site shows it: the files that the report writes, in memory.
struct Exhibit {
    /// The report's name, of which the page's file name is made.
    var name: String
    /// One line for headings and links.
    var title: String
    /// The report's Markdown page.
    var markdown: String
    /// Its CSV file, if it has one.
    var csv: String?
    /// Its picture, if it has one.
    var svg: String?

    /// The heading of the Markdown page, or the title where it has none.
    var heading: String { ownHeading ?? title }

    /// The Markdown page below its heading.
    var text: String {
        ownHeading == nil ? markdown : String(markdown.drop { $0 != "\n" }.dropFirst())
    }

    private var ownHeading: String? {
        guard markdown.hasPrefix("# ") else { return nil }
        return String(markdown.dropFirst(2).prefix { $0 != "\n" })
    }
}
