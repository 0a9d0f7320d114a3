import Foundation
import LanguageModels
import RankingData
import Tensors

/// Makes search tasks of a corpus: embeddings, the nearest titles, docIDs.
///
/// Embeddings and lists are kept on disk, so that a task with other docIDs costs those alone, and interrupted work goes on.
public struct SearchTaskMaker {
    /// What is being done, and how much of it.
    public enum Progress: Sendable {
        case titles(done: Int, all: Int)
        case queries(done: Int, all: Int)
        case lists(done: Int, all: Int)
    }

    /// What is embedded, and what tasks are made of.
    public let corpus: SearchCorpus
    private let titles: any EmbeddingSource
    private let queries: any EmbeddingSource
    private let embeddings: String
    private let cache: URL
    private let workers: WorkerPool
    private let progress: (Progress) -> Bool

    /// With embeddings that another program made.
    ///
    /// - Parameters:
    ///   - files: `titles.npy,queries.npy`: a row a title and a query, in the corpus's order.
    ///   - cache: Where lists are kept.
    ///   - progress: Hears of each block of work that had to be done; false ends the work.
    /// - Throws: `EmbeddingError`; `FileFailure`.
    public init(
        _ corpus: SearchCorpus, files: String, cache: URL, workers: WorkerPool,
        progress: @escaping (Progress) -> Bool
    ) throws {
        let own = try OwnEmbeddings(files, titles: corpus.titles.count, queries: corpus.queries.count)
        self.corpus = corpus
        (titles, queries) = (own.titles, own.queries)
        embeddings = files
        (self.cache, self.workers, self.progress) = (cache, workers, progress)
    }

    /// With an encoder's embeddings.
    ///
    /// - Parameters:
    ///   - model: What the encoder is called.
    ///   - fingerprint: The SHA-256 of its files.
    ///   - cache: Where embeddings and lists are kept.
    ///   - progress: Hears of each block of work that had to be done; false ends the work.
    /// - Throws: `FileFailure`; `CancellationError` where `progress` ended it.
    public init(
        _ corpus: SearchCorpus, encoder: TextEncoder, model: String, fingerprint: String, cache: URL,
        workers: WorkerPool, progress: @escaping (Progress) -> Bool
    ) throws {
        let kept = EmbeddingCache(cache.appendingPathComponent("embeddings"), model: fingerprint)
        self.corpus = corpus
        titles = try kept.embeddings(of: corpus.titles.map(\.text), by: encoder) {
            progress(.titles(done: $0, all: $1))
        }
        queries = try kept.embeddings(of: corpus.queries.map(\.text), by: encoder) {
            progress(.queries(done: $0, all: $1))
        }
        embeddings = model
        (self.cache, self.workers, self.progress) = (cache, workers, progress)
    }

    /// The task of the given lists and docIDs.
    ///
    /// - Parameters:
    ///   - name: The corpus, as tables name it.
    ///   - titleWords: The most words of a title that a ranker reads; 0: all.
    /// - Throws: `ListError`, `DocIDError`, `CorpusError`; what reading embeddings throws; `FileFailure`;
    ///   `CancellationError` where `progress` ended it.
    public func task(
        name: String, ranks: ListRanks, docIDs: DocIDConfiguration, titleWords: Int = 0
    ) throws -> SearchTask {
        precondition(titleWords >= 0, "a title of \(titleWords) words")
        // Before the lists, which may take hours: an option that is out of its range is found at once.
        let maker = try docIDs.maker()
        let near = NearestTitles(titles, workers: workers, cache: cache.appendingPathComponent("lists"))
        let lists = try near.lists(for: queries, ranks: ranks) { progress(.lists(done: $0, all: $1)) }
        let texts = DocIDText.docIDs(
            try maker.codes(of: titles, workers: workers), collisions: docIDs.collisions)
        let origin = SearchTask.Origin(
            corpus: name, embeddings: embeddings, ranks: ranks.ranks.count, step: ranks.step,
            docIDs: docIDs, docIDStatistics: DocIDStatistics(texts), titleWords: titleWords,
            cutTitles: 0, queriesWithoutList: 0, dropped: corpus.dropped)
        return try SearchTask(corpus, lists: lists, docIDs: texts, origin: origin)
    }
}
