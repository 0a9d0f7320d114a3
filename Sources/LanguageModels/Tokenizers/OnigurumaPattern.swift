/// Regular expressions in Oniguruma's syntax, in which tokenizer.json has them, for ICU, which matches them here.
///
/// The two agree on most of what tokenizers use. Where they do not, a part is translated (`\s` of Oniguruma takes in vertical
/// tabs and next lines, `$` matches before every line feed), or the whole pattern is refused (`\w`, `\b`, nested classes).
/// Sources: Oniguruma's doc/RE, ICU's user guide on regular expressions.
struct OnigurumaPattern {
    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var result = ""

    /// The pattern for ICU; nil where a part has another meaning there.
    static func translated(_ pattern: String) -> String? {
        var translator = OnigurumaPattern(pattern)
        return translator.translate() ? translator.result : nil
    }

    private init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    private func next(_ distance: Int = 0) -> Unicode.Scalar? {
        scalars.indices.contains(place + distance) ? scalars[place + distance] : nil
    }

    private mutating func keep(_ count: Int = 1) {
        for _ in 0..<count {
            if let scalar = next() { result.unicodeScalars.append(scalar) }
            place += 1
        }
    }

    private mutating func replace(_ count: Int, by text: String) {
        result += text
        place += count
    }

    private mutating func translate() -> Bool {
        while let scalar = next() {
            switch scalar {
            case "\\": guard escape(inClass: false) else { return false }
            case "[": guard characterClass() else { return false }
            case "(": guard group() else { return false }
            // Repeated repetitions, where ICU would give nothing back or take as few as it can.
            case "}" where next(1) == "+" || next(1) == "?": return false
            case ".": replace(1, by: "[^\\n]")
            case "$": replace(1, by: "(?=\\n|\\z)")
            case "^": return false
            default: keep()
            }
        }
        return true
    }

    /// Groups without a name and look-around, as both write them.
    private mutating func group() -> Bool {
        guard next(1) == "?" else {
            keep()
            return true
        }
        let heads = ["(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!", "(?i:"]
        for head in heads {
            let wanted = Array(head.unicodeScalars)
            guard scalars[place...].starts(with: wanted) else { continue }
            keep(wanted.count)
            return true
        }
        return false
    }

    private mutating func characterClass() -> Bool {
        keep()
        if next() == "^" { keep() }
        var isFirst = true
        while let scalar = next() {
            switch scalar {
            case "]" where !isFirst:
                keep()
                return true
            case "\\": guard escape(inClass: true) else { return false }
            // Classes in classes, intersections and differences are written otherwise.
            case "[", "]": return false
            case "&" where next(1) == "&": return false
            case "-" where next(1) == "-": return false
            default: keep()
            }
            isFirst = false
        }
        return false
    }

    /// An escape with a number in braces, as both write it.
    private mutating func keepBraces() -> Bool {
        guard let end = scalars[place...].firstIndex(of: "}") else { return false }
        keep(end + 1 - place)
        return true
    }

    /// General categories and scripts. Other properties have other members in the two engines (`\p{Punct}`).
    private static let properties: Set<String> = Set(
        ("L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp Cc Cf Co "
            + "Latin Greek Cyrillic Han Hiragana Katakana Hangul Arabic Hebrew Thai Devanagari")
            .split(separator: " ").map(String.init))

    /// `\p{L}` or `\P{L}`.
    private mutating func keepProperty() -> Bool {
        guard next(2) == "{", let end = scalars[place...].firstIndex(of: "}") else { return false }
        var name = String.UnicodeScalarView()
        name.append(contentsOf: scalars[(place + 3)..<end])
        return Self.properties.contains(String(name)) && keepBraces()
    }

    /// Letters that both engines read alike behind a backslash.
    private static let alike = Set("dDrntfaexAz".unicodeScalars)

    private mutating func escape(inClass: Bool) -> Bool {
        guard let letter = next(1) else { return false }
        switch letter {
        case "s": replace(2, by: inClass ? "\\p{White_Space}" : "[\\p{White_Space}]")
        case "S": replace(2, by: inClass ? "\\P{White_Space}" : "[^\\p{White_Space}]")
        case "v": replace(2, by: "\\x0B")
        case "p", "P": return keepProperty()
        case "x" where next(2) == "{": return keepBraces()
        case _ where Self.alike.contains(letter): keep(2)
        case _ where letter.properties.isAlphabetic || letter.properties.numericType != nil: return false
        default: keep(2)
        }
        return true
    }
}
