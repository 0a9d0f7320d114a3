import ArgumentParser
import Experiments
import Foundation
import Options
import Rankers

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains and evaluates one model; the run goes into results.db like any other.",
        subcommands: ModelKind.allCases.map { $0.type.trainCommand })
}

extension RankerKind {
    /// The command `train KIND`.
    fileprivate static var trainCommand: any ParsableCommand.Type { TrainRanker<Self>.self }
}

/// `train KIND`: a flag for every option of the kind, from the options' declarations.
struct TrainRanker<Kind: RankerKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Kind.name, abstract: Kind.summary,
            discussion: "Every option has a flag of its own:\n\n"
                + OptionList(kind: ModelKind(Kind.self)).flagHelp)
    }

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Options of the ranker, for example --steps 100.", valueName: "option"))
    var flags: [String] = []

    @OptionGroup var common: TrainOptions

    func validate() throws { _ = try OptionFlags(flags, of: ModelKind(Kind.self)) }

    func run() throws {
        try common.train(ModelKind(Kind.self), OptionFlags(flags, of: ModelKind(Kind.self)).settings)
    }
}

/// What all kinds of training share: seed, further settings, results, data, workers.
struct TrainOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "The seed of all that the run draws at random.",
        transform: TypedNumber("seed", .seeds).read)
    var seed = 1

    @Option(
        parsing: .unconditional, help: "The budget in (query, document) points, in place of one in steps.",
        transform: TypedNumber(RunNumbers.points).read)
    var points: Int?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help:
            "Any option by its dotted name, as specs have it, for example --set data.protocol=all. May be repeated."
    )
    var settings: [String] = []

    @OptionGroup var workers: WorkerOptions
    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    /// - Parameter named: Options that were given by flags of their own, as `name=value`.
    func train(_ model: ModelKind, _ named: [String]) throws {
        let budget = points.map { "points: \($0)\n" } ?? ""
        // A spec of one run, so that training goes the same way as a sweep.
        let text = "name: train\nmodel: \(model.rawValue)\nseeds: [\(seed)]\n\(budget)"
        let spec = try ExperimentSpec(text: text, file: "train")
        let library = inputs.open(results)
        let database = try results.database()
        // The spec has no scales of its own, so that every known one means the same.
        var runs = try spec.points(scale: "full", overrides: named + settings).map(library.resolve)
        guard runs.count == 1 else {
            throw ValidationError(
                "train makes one run: give each option one value, or use rankbridge sweep; a value with a comma stands in "
                    + "double quotes inside the shell's: --set 'name=\"a,b\"'")
        }
        runs[0].row = String(runs[0].configuration.identity.prefix(12))
        // Entering a sweep replaces its table of runs: under a scale of its own this run leaves those of earlier calls
        // alone.
        let scale = runs[0].row
        let plan = try database.enter(spec, scale: scale, points: runs)
        try database.reopen(plan, force: false, in: results.folder)
        let session = SweepSession(
            database: database, folder: results.folder, inputs: library, options: workers.options,
            retrying: "the same command")
        try session.run(plan)
        print("run \(scale)")
    }
}

/// Flags that were declared by options: `--learning-rate 0.1` and `--learning-rate=0.1`.
struct OptionFlags {
    /// As `--set` has them: `learningRate=0.1`.
    let settings: [String]

    init(_ arguments: [String], of kind: ModelKind) throws(ValidationError) {
        let keys = Dictionary(kind.options.map { ("--" + $0.flag, $0.key) }) { first, _ in first }
        var settings: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let flag = parts.first, let key = keys[String(flag)] else {
                throw ValidationError(
                    argument.hasPrefix("-")
                        ? "there is no option '\(parts.first ?? "")': see rankbridge help train \(kind.rawValue)"
                        : "'\(argument)' stands alone: an option is --name value")
            }
            // With one hyphen it may be a negative number.
            let next = rest.first.map { $0.hasPrefix("--") ? nil : $0 } ?? nil
            guard let value = parts.count > 1 ? String(parts[1]) : next else {
                throw ValidationError("\(argument) has no value")
            }
            if parts.count == 1 { rest.removeFirst() }
            settings.append("\(key)=\(value)")
        }
        self.settings = settings
    }
}
