import ArgumentParser
import Experiments
import Foundation
import LanguageModels
import Options
import ProductSearch
import RankingData
import Tensors

/// How a corpus becomes product search: embeddings, lists, docIDs.
struct SearchOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "Ranks of a list before the filter: 1, step, 2 step, ... (default: 101)",
        transform: TypedNumber("ranks", in: 1...1_000_000).read)
    var ranks = 101

    @Option(
        name: .customLong("docids"),
        help:
            "What a docID's numbers are: \(DocIDConfiguration.Kind.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var docIDs = DocIDConfiguration.Kind.randomTitles

    @Option(
        parsing: .unconditional, help: "Atoms of the docIDs' dictionary, or clusters. (default: 100)",
        transform: TypedNumber("atoms", in: 2...10_000).read)
    var atoms = 100

    @Option(
        parsing: .unconditional, help: "Numbers of a docID. (default: 3)",
        transform: TypedNumber("nonzeros", in: 1...8).read)
    var nonzeros = 3

    @Option(
        help: """
            What titles with one code get: keep (the same docID) or suffix (#2, #3, ... behind it; rankers then read all docIDs as \
            pieces of text, not as numbers).
            """)
    var collisions = DocIDCollisions.keep

    @Option(
        name: .customLong("docid-seed"), parsing: .unconditional, help: "Seeds the docIDs. (default: 0)",
        transform: TypedNumber("docid-seed", .seeds).read)
    var docIDSeed = 0

    @Option(
        parsing: .unconditional,
        help:
            "The most words of a title that a ranker reads; 0: all. Embeddings are of whole titles. (default: 0)",
        transform: TypedNumber("title-words", in: 0...1_000_000).read)
    var titleWords = 0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Takes one title and one query of this many, for a quick look. (default: 1)"),
        transform: TypedNumber("every", in: 1...1_000_000).read)
    var every = 1

    @Option(
        help: ArgumentHelp(
            "Embeddings of your own in place of the model's: two .npy files, a row a title and a row a query.",
            valueName: "titles.npy,queries.npy"))
    var embeddings: String?

    @Option(
        help:
            "The encoder: a fetched model's name, or a folder of model.safetensors and vocab.txt. (default: \(KnownModel.minilm.name))"
    )
    var model: String?

    @Option(
        parsing: .unconditional, help: "Threads; the default takes all processors.",
        transform: TypedNumber("threads", in: 1...256).read)
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @OptionGroup var results: ResultsOptions
    @OptionGroup var models: ModelOptions

    func validate() throws {
        try configuration.validate()
        guard embeddings == nil || model == nil else {
            throw ValidationError("--embeddings has the vectors already: --model would be ignored")
        }
    }

    private var configuration: DocIDConfiguration {
        DocIDConfiguration(
            kind: docIDs, atoms: atoms, nonzeros: nonzeros, collisions: collisions, seed: UInt64(docIDSeed))
    }

    /// Makes the task, keeps it under `name` and says what it is. What can be refused is refused before titles are
    /// embedded, which takes long.
    ///
    /// - Parameters:
    ///   - description: The corpus, as tables name it.
    ///   - read: Reads the corpus, whole, which takes long for a large one.
    func make(description: String, step: Int, name: String, _ read: () throws -> SearchCorpus) throws {
        try ImportedData.checkName(name)
        let whole = try read()
        whole.report()
        let corpus = try whole.thinned(every: every)
        let listed = try ListRanks(count: ranks, step: step)
        try listed.check(titles: corpus.titles.count)
        try configuration.check(titles: corpus.titles.count)
        let start = Date()
        Interruption.shared.listen()
        let task: SearchTask
        do {
            task = try maker(corpus).task(
                name: every == 1 ? description : "\(description), every \(every)th",
                ranks: listed, docIDs: configuration, titleWords: titleWords)
            // DocIDs, and what was kept already, are made without asking.
            guard Interruption.shared.signal == nil else { throw CancellationError() }
        } catch is CancellationError {
            StandardError.write("interrupted: the same command goes on from here\n")
            throw ExitCode(Interruption.shared.exitCode)
        }
        try ImportedData.write(task, as: name, in: results.folder)
        task.report()
        print("time                 \(Format.duration(Date().timeIntervalSince(start)))")
        print("imported as '\(name)': train with --set data.source=\(name)")
    }

    private func maker(_ corpus: SearchCorpus) throws -> SearchTaskMaker {
        let workers = WorkerPool(threads: threads)
        let cache = results.folder.cache
        let progress = SearchProgress()
        if let embeddings {
            return try SearchTaskMaker(
                corpus, files: embeddings, cache: cache, workers: workers, progress: progress.hear)
        }
        let model = self.model ?? KnownModel.minilm.name
        let encoder = try TextEncoder(folder: models.store.path(of: model), workers: workers)
        return try SearchTaskMaker(
            corpus, encoder: encoder, model: model, fingerprint: models.store.fingerprint(of: model),
            cache: cache, workers: workers, progress: progress.hear)
    }
}

/// Tells how far the work is, at most every ten seconds.
private final class SearchProgress {
    private var last = Date.distantPast

    func hear(_ progress: SearchTaskMaker.Progress) -> Bool {
        let (what, done, all) =
            switch progress {
            case .titles(let done, let all): ("titles embedded", done, all)
            case .queries(let done, let all): ("queries embedded", done, all)
            case .lists(let done, let all): ("lists", done, all)
            }
        if done == all || Date().timeIntervalSince(last) >= 10 {
            last = Date()
            StandardError.write("\(what): \(done) of \(all)\n")
        }
        return Interruption.shared.signal == nil
    }
}
