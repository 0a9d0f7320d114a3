import ArgumentParser
import Experiments
import Foundation
import Options

struct ListOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "options",
        abstract: "Lists every option of a kind of ranker: its default, its legal values and what it means.",
        discussion: """
            The names are those of specs and of --set. An option that does not count, as alpha beside top1, may be set \
            and changes nothing: runs that differ in it are one run.
            """)

    @Argument(
        help: "A kind of ranker: \(ModelKind.allCases.map(\.rawValue).joined(separator: ", ")).",
        transform: { try ModelKind(named: $0) })
    var kind: ModelKind?

    func run() throws {
        guard let kind else {
            for kind in ModelKind.allCases { print(Format.column(kind.rawValue, 18) + kind.summary) }
            return
        }
        print(OptionList(kind: kind).text)
    }
}

/// The options of a kind of ranker as text, from their declarations.
struct OptionList {
    let kind: ModelKind

    private static let width = 78

    /// A paragraph an option: its name, its default and its legal values, then its meaning.
    var text: String {
        let all = kind.options
        let names = all.map(\.key.count).max() ?? 0
        return
            ([kind.summary, "The default of each option stands in brackets.", ""]
            + all.map { entry($0, $0.key, names) })
            .joined(separator: "\n")
    }

    /// The same with the options' flags for names.
    var flagHelp: String {
        let all = kind.options
        let names = (all.map(\.flag.count).max() ?? 0) + 2
        return all.map { entry($0, "--" + $0.flag, names) }.joined(separator: "\n")
    }

    private func entry(_ option: OptionDescription, _ name: String, _ names: Int) -> String {
        let value = "\(option.defaultValue)"
        let first = Format.column(name, names + 2) + "[\(value.isEmpty ? "empty" : value)] \(option.legal)"
        let condition = option.condition.map { " It counts only where \($0)." } ?? ""
        return ([first] + wrapped(option.meaning + condition).map { "    " + $0 }).joined(separator: "\n")
    }

    private func wrapped(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            // Each line is set in by four blanks below the option's name.
            if lines[lines.count - 1].count + word.count + 1 > Self.width - 4 { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines
    }
}
