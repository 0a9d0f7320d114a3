/// The runs that have a page, found by the digits that reports write.
struct RunLinks {
    /// Ids by their first 12 digits.
    private let known: [Substring: String]

    init(_ runs: [String]) {
        known = Dictionary(runs.map { ($0.prefix(12), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The file of a run's page, seen from the pages' folder.
    static func page(_ run: String) -> String { "run-\(run.prefix(12)).html" }

    /// Whether a run has a page.
    func has(_ run: String) -> Bool { known[run.prefix(12)] == run }

    /// `text`, which is escaped, with a link around each run's id; whole ids are cut to 12 digits.
    func linked(_ text: String) -> String {
        var result = ""
        var word = ""
        func flush() {
            // A longer word is a run's id only if all of its digits are.
            if word.count >= 12, let run = known[word.prefix(12)], run.hasPrefix(word) {
                result += "<a href=\"\(RunLinks.page(run))\">\(word.prefix(12))</a>"
            } else {
                result += word
            }
            word = ""
        }
        for character in text {
            if character.isASCII, character.isLetter || character.isNumber || character == "." {
                word.append(character)
            } else {
                flush()
                result.append(character)
            }
        }
        flush()
        return result
    }
}
