import ArgumentParser
import Experiments
import Foundation

struct CompareRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compares two runs query by query: differences, significance, the queries that moved most.",
        discussion: """
            Each difference (first - second, in percentage points) has a paired 95 % bootstrap interval, the two-sided \
            p of a paired randomisation test, that p after Holm's correction over the metrics listed, and the p of \
            Student's paired t test. Metrics of which either run keeps no values by query are unpaired, and so are runs on \
            different queries: runs keep R@k for the k of the tables and no recall@k, and older published runs keep none.
            """)

    @Argument(help: "The id of one run, or its first digits.")
    var first: String

    @Argument(help: "The id of the other run, or its first digits.")
    var second: String

    @Option(
        parsing: .unconditional, help: "How many queries are listed, those whose nDCG differs most.",
        transform: TypedNumber("queries", in: 0...1_000_000_000).read)
    var queries = 10

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let database = try results.readableDatabase()
        let (a, b) = (try database.run(first), try database.run(second))
        let comparison = try RunComparison(database, a, b)
        print(line("metric", "first", "second", "first - second", ["p", "p (Holm)", "p (t test)"]))
        for row in comparison.rows { print(text(row)) }
        printMoves(comparison.moves)
        printOptions(comparison.options)
    }

    private func text(_ row: RunComparison.Difference) -> String {
        let difference = Format.percent(row.first - row.second)
        guard let paired = row.paired else {
            return line(
                row.metric, Format.percent(row.first), Format.percent(row.second), "\(difference)  unpaired",
                [])
        }
        let p = [paired.p, paired.adjustedP, paired.tTestP].map {
            $0.map { String(format: "%.4f", $0) } ?? "-"
        }
        return line(
            row.metric, Format.percent(row.first), Format.percent(row.second),
            "\(difference)  [\(Format.percent(paired.low)), \(Format.percent(paired.high))]", p)
    }

    private func line(
        _ metric: String, _ first: String, _ second: String, _ difference: String, _ p: [String]
    ) -> String {
        let columns = [(metric, 12), (first, 9), (second, 9), (difference, 26)] + p.map { ($0, 10) }
        return columns.map { Format.column($0.0, $0.1) }.joined().trimmingCharacters(in: .whitespaces)
    }

    private func printMoves(_ moves: [RunComparison.Move]) {
        guard !moves.isEmpty, queries > 0 else { return }
        print("\nnDCG differs on \(moves.count) queries, most on")
        for move in moves.prefix(queries) {
            let numbers = [move.first, move.second, move.difference].map {
                Format.column(Format.percent($0), 9)
            }
            print(numbers.joined() + move.query)
        }
    }

    private func printOptions(_ options: [RunComparison.OptionDifference]) {
        guard !options.isEmpty else { return }
        print("\noptions that differ, first / second")
        for option in options { print("\(option.name): \(option.first ?? "-") / \(option.second ?? "-")") }
    }
}
