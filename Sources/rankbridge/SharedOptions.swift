import ArgumentParser
import Experiments
import Foundation
import RankingData

/// Where results lie.
struct ResultsOptions: ParsableArguments {
    @Option(name: .customLong("results"), help: "The folder of results.db, models, tables and figures.")
    var path = "results"

    var folder: ResultsFolder { ResultsFolder(URL(fileURLWithPath: path)) }

    func database() throws -> ResultsDatabase { try ResultsDatabase(results: folder.root) }

    /// For commands that only read: a folder that cannot be written will do.
    func readableDatabase(creating: Bool = false) throws -> ResultsDatabase {
        try ResultsDatabase.reading(results: folder.root, creating: creating)
    }
}

extension ResultsSnapshot {
    /// - Throws: `ValidationError`, which names the sweeps that there are, for any other name.
    func require(sweep: String) throws {
        let known = try sweeps()
        guard !known.contains(where: { $0.utf8.elementsEqual(sweep.utf8) }) else { return }
        let others = known.isEmpty ? "no sweep was entered yet" : "there are \(known.joined(separator: ", "))"
        throw ValidationError("there is no sweep '\(sweep)': \(others)")
    }
}

/// Where WordNet lies.
struct WordNetOptions: ParsableArguments {
    @Option(name: .customLong("wordnet"), help: "The folder of data.noun and index.noun.")
    var folder = Taxonomy.wordNetFolder
}

/// Where the things lie that runs are made from.
struct InputOptions: ParsableArguments {
    @OptionGroup var wordNet: WordNetOptions
    @OptionGroup var models: ModelOptions

    func open(_ results: ResultsOptions) -> InputLibrary {
        InputLibrary(wordNetFolder: wordNet.folder, folder: results.folder, models: models.store)
    }
}

/// Where pretrained models lie.
struct ModelOptions: ParsableArguments {
    @Option(name: .customLong("models"), help: "The folder of fetched models.")
    var path = "models"

    var store: ModelStore { ModelStore(URL(fileURLWithPath: path)) }
}

/// How much of the machine is used. None of it changes a number.
struct WorkerOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "The number of runs that this process does at once.",
        transform: TypedNumber("jobs", in: 1...256).read)
    var jobs = 1

    @Option(
        parsing: .unconditional,
        help: "The number of threads of each run. The default shares the processors among the jobs.",
        transform: TypedNumber("threads", in: 1...256).read)
    var threads: Int?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Seconds between checkpoints.", visibility: .hidden),
        transform: TypedDecimal("checkpoint-interval", .atLeast(0)).read)
    var checkpointInterval = 60.0

    var options: SweepRunner.Options {
        SweepRunner.Options(
            jobs: jobs, threads: threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / jobs),
            checkpointInterval: checkpointInterval)
    }
}

/// Text for people: numbers in per cent with their interval.
enum Format {
    static func percent(_ value: Double?) -> String { value.map { String(format: "%.2f", 100 * $0) } ?? "-" }

    static func duration(_ seconds: Double) -> String {
        guard seconds >= 0, seconds < 1e9 else { return "?" }
        let total = Int(seconds.rounded())
        if total >= 3600 { return "\(total / 3600) h \(total % 3600 / 60) min" }
        if total >= 60 { return "\(total / 60) min \(total % 60) s" }
        return "\(total) s"
    }

    /// `text` with blanks to `width` characters.
    static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    static func summary(_ evaluation: Evaluation) -> String {
        evaluation.summaries.filter { ["CVR", "nDCG", "R@1", "R@2", "R@3", "R@5"].contains("\($0.metric)") }
            .map { "\($0.metric) \(percent($0.value))" }.joined(separator: "  ")
    }
}
