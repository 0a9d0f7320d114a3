import ArgumentParser
import AutoregressiveRanker
import Experiments
import Foundation

struct ExportJob: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-job",
        abstract: "Writes a pretrained model's run as files for another machine to train.",
        discussion: """
            Enter the run first: rankbridge sweep SPEC --enter-only. The folder gets the packed minibatches and the \
            evaluated queries as safetensors, and job.json. Tools/finetune.py trains on them, on one accelerator or many, \
            and writes scores.safetensors; rankbridge import-scores puts those into results.db.
            """)

    @Argument(help: "The id of the run, or its first digits.")
    var id: String

    @Argument(help: "The folder that the job is written into.")
    var folder: String

    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    func run() throws {
        let run = try results.readableDatabase().run(id)
        let library = inputs.open(results)
        guard let model = try library.pretrainedModel(of: run),
            let options = run.configuration.ranker as? AutoregressiveConfiguration
        else { throw ValidationError("run \(run.id.prefix(12)) starts from no pretrained model") }
        guard run.configuration.evaluation.candidates == .own else {
            throw ValidationError(
                "run \(run.id.prefix(12)) ranks the whole corpus: only own candidates are handed over")
        }
        let task = try library.task(of: run)
        let job = try TrainingJob(
            configuration: options, task: task, seed: run.configuration.seed, pretrained: model)
        let target = URL(fileURLWithPath: folder)
        let queries = task.queries(of: run.configuration.evaluation.split)
        try job.write(to: target, run: run.id, model: model.path, queries: queries)
        print("\(target.path): \(options.steps) steps, \(queries.count) evaluated queries")
    }
}

struct ImportScores: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-scores",
        abstract: "Puts a run that another machine trained into results.db, with its metrics.")

    @Argument(help: "The file scores.safetensors that Tools/finetune.py wrote.")
    var file: String

    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    func run() throws {
        let scores = try ImportedScores(contentsOf: URL(fileURLWithPath: file))
        let runner = SweepRunner(
            database: try results.database(), folder: results.folder, inputs: inputs.open(results),
            options: SweepRunner.Options(threads: 1))
        let (run, evaluation) = try runner.record(scores)
        print("\(run.id.prefix(12)) finished: \(Format.summary(evaluation))")
    }
}
