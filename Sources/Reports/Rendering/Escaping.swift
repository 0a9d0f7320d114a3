import Foundation

/// Text as it must be written so that a target shows it as it was typed.
///
/// Names of sweeps, rows, scales, queries and files come from whoever wrote a spec or a data set, and may hold anything.
/// Each function here takes any text at all and gives what stands for it in one language. They go by Unicode scalars:
/// a comma with an accent over it is one Character and no comma, but a comma to whoever reads the bytes. (SQL is not
/// among the targets: every value reaches SQLite as an argument, and no pattern is made of a name.)
public enum Escaping {
    /// A string constant of gnuplot, in single quotes, where neither backslashes nor backquotes mean anything.
    ///
    /// In double quotes gnuplot runs what stands between backquotes as a shell command. Characters that no SVG file may
    /// hold are replaced, line breaks by blanks: a script's line ends there, and so does a label's.
    public static func gnuplot(_ text: String) -> String {
        quoted(replacing(oneLine(text)) { $0 == standInForPercent ? "\u{FFFD}" : nil })
    }

    /// The same where gnuplot takes the text as a format for a number, as it does the labels of tics.
    ///
    /// A `%` could be doubled, but whatever goes through a format is cut after about 50 bytes. So another character stands
    /// in for it, which `gnuplotPicture` turns back.
    public static func gnuplotFormat(_ text: String) -> String {
        let legal = replacing(oneLine(text)) { $0 == standInForPercent ? "\u{FFFD}" : nil }
        return quoted(replacing(legal) { $0 == "%" ? String(standInForPercent) : nil })
    }

    /// A picture as gnuplot drew it, with `%` where something stood in for it, and well-formed: gnuplot leaves `>` as it
    /// is, which XML forbids after two closing brackets outside a CDATA section (its section 2.4).
    static func gnuplotPicture(_ svg: String) -> String {
        let text = replacing(svg) { $0 == standInForPercent ? "%" : nil }
        return text.contains("<![CDATA[")
            ? text : text.replacingOccurrences(of: "]]>", with: "]]&gt;", options: .literal)
    }

    /// Private use: a name that holds it is shown with U+FFFD in its place.
    private static let standInForPercent: Unicode.Scalar = "\u{E025}"

    /// The text between its single quotes in single quotes each, with each of them by its code: doubled quotes would do, but
    /// not two in a row in gnuplot 5.4.
    private static func quoted(_ text: String) -> String {
        text.unicodeScalars.split(separator: "'", omittingEmptySubsequences: false)
            .map { "'\(String($0))'" }.joined(separator: " . \"\\047\" . ")
    }

    /// A cell of a CSV file (RFC 4180), in quotes where it must be.
    public static func csv(_ cell: String) -> String {
        let special = cell.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
        return special ? "\"" + replacing(cell) { $0 == "\"" ? "\"\"" : nil } + "\"" : cell
    }

    /// Text within a line of Markdown, or a cell of its tables.
    ///
    /// Signs that mean nothing where they stand are left as they are, so that `frac_a2` and `97.74*` stay readable in the
    /// source too: an underscore inside a word, and a sign of emphasis that has no partner.
    public static func markdown(_ text: String) -> String {
        let scalars = Array(oneLine(text).unicodeScalars)
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let before = index > 0 ? scalars[index - 1] : nil
            let after = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch scalar {
            case "|", "`", "<", "[", "]":
                result.append("\\")
            case "*", "~", "$":
                if scalars.count(where: { $0 == scalar }) > 1 { result.append("\\") }
            case "_":
                if !(before?.isWordPart ?? false) || !(after?.isWordPart ?? false) { result.append("\\") }
            case "\\", "&":
                // A backslash before a sign, and an ampersand before a name or number, would be read as one with it.
                if let after, scalar == "\\" ? after.isASCIISign : after.isWordPart || after == "#" {
                    result.append("\\")
                }
            default: break
            }
            result.append(scalar)
        }
        return String(result)
    }

    /// Text or an attribute's value in HTML, XML and SVG.
    public static func markup(_ text: String) -> String {
        replacing(legal(text)) {
            switch $0 {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            case "\r": "&#13;"
            default: nil
            }
        }
    }

    /// Text in LaTeX, outside mathematics, for pdfTeX with UTF-8 and Latin fonts; of other scripts each character becomes
    /// its code point, since a font that lacks it would end the run.
    public static func latex(_ text: String) -> String {
        replacing(oneLine(text)) { scalar in
            if let command = latexCommands[scalar] { return command }
            let isLatin =
                scalar.isASCII || ("\u{C0}"..."\u{FF}").contains(scalar) && scalar != "×" && scalar != "÷"
            return isLatin ? nil : "\\texttt{U+\(hexadecimal(scalar.value, 4))}"
        }
    }

    /// A file's name of at most 200 bytes. Different texts give different names; none leaves its folder or is hidden.
    public static func fileName(_ text: String) -> String {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+=@,".utf8)
        var name = ""
        for (index, byte) in text.utf8.enumerated() {
            let isPlain = allowed.contains(byte) && !(index == 0 && byte == UInt8(ascii: "."))
            name += isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimal(UInt32(byte), 2)
        }
        guard name.utf8.count > 200 else { return name.isEmpty ? "%" : name }
        // A byte is written as % and two digits, so that no name in full looks like one that has been cut.
        return name.prefix(180) + "%~" + hexadecimal(checksum(name), 8)
    }

    /// Text on one line of a terminal: no control character moves the cursor, or ends the line.
    public static func terminal(_ text: String) -> String {
        replacing(text) { scalar in
            switch scalar.value {
            // From U+2400 on stand pictures of the control characters, in their order.
            case 0..<0x20: String(UnicodeScalar(0x2400 + scalar.value)!)
            case 0x7F: "\u{2421}"
            // Among these are the marks that turn the direction of writing, for all that follows on the line.
            case 0x80..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: "\u{FFFD}"
            default: nil
            }
        }
    }
}

extension Escaping {
    private static let latexCommands: [Unicode.Scalar: String] = [
        "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "_": "\\_",
        "%": "\\%", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}",
        // Braces keep two hyphens from becoming a dash, and a bracket behind a row's end from being its argument.
        ">": "\\textgreater{}", "|": "\\textbar{}", "\"": "\\textquotedbl{}", "'": "\\textquotesingle{}",
        "`": "\\textasciigrave{}", "-": "-{}", "±": "$\\pm$", "×": "$\\times$", "÷": "$\\div$",
        "α": "$\\alpha$", "β": "$\\beta$",
        "λ": "$\\lambda$", "τ": "$\\tau$", "\u{A0}": "~", "–": "--", "—": "---", "[": "{[}", "]": "{]}",
        "µ": "$\\mu$",
    ]

    /// `text` with each scalar replaced for which `substitute` gives something.
    private static func replacing(_ text: String, by substitute: (Unicode.Scalar) -> String?) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let other = substitute(scalar) {
                result.append(contentsOf: other.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// Without what XML 1.0 excludes (its section 2.2): such a character becomes U+FFFD.
    private static func legal(_ text: String) -> String {
        replacing(text) { scalar in
            switch scalar.value {
            case 0x9, 0xA, 0xD, 0x20..<0x7F, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...: nil
            default: "\u{FFFD}"
            }
        }
    }

    /// Legal in XML, with a blank for each line break and tabulator.
    private static func oneLine(_ text: String) -> String {
        replacing(legal(text)) { scalar in
            ["\n", "\r", "\t", "\u{2028}", "\u{2029}"].contains(scalar) ? " " : nil
        }
    }

    private static func hexadecimal(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// FNV-1a (Fowler, Noll and Vo), 32 bits.
    private static func checksum(_ text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}

extension Unicode.Scalar {
    fileprivate var isWordPart: Bool { properties.isAlphabetic || properties.numericType != nil }

    fileprivate var isASCIISign: Bool { isASCII && value > 0x20 && value < 0x7F && !isWordPart }
}
