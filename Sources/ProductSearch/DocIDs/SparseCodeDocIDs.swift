import Foundation
import Tensors

/// The paper's docIDs (section 5.1): the atoms of a sparse code of the title's embedding, by falling absolute coefficient.
public struct SparseCodeDocIDs: DocIDMaker {
    let configuration: DocIDConfiguration

    /// - Parameter configuration: Its atoms are titles drawn at random, or learned where its kind is `learned`. scikit-learn's
    ///   dictionary learning, which the paper names, keeps to drawn titles at its defaults: on unit vectors all its codes
    ///   are zero. A title that equals an atom has one number.
    public init(_ configuration: DocIDConfiguration) { self.configuration = configuration }

    public func codes(of titles: any EmbeddingSource, workers: WorkerPool) throws -> [[Int32]] {
        let pursuit = try pursuit(of: titles, workers: workers)
        return try codes(of: titles, by: pursuit, workers: workers).codes
    }

    /// The dictionary, ready to encode with.
    ///
    /// - Throws: `DocIDError.tooFewTitles`; what reading embeddings throws.
    public func pursuit(of titles: any EmbeddingSource, workers: WorkerPool) throws -> MatchingPursuit {
        let atoms = configuration.atoms
        let drawn = try TitleSample(
            titles, count: atoms, seed: configuration.seed, stream: "docids.atoms", distinct: true)
        guard drawn.rows == atoms else {
            throw DocIDError.tooFewTitles(drawn.rows, needed: atoms, what: DocIDError.dictionary)
        }
        let first = MatchingPursuit(dictionary: drawn.values, atoms: atoms, width: titles.width)
        guard configuration.kind == .learned else { return first }
        let sample = try TitleSample(learningFrom: titles, seed: configuration.seed)
        return DictionaryLearning(sample, nonzeros: configuration.nonzeros, workers: workers)
            .learn(from: first)
    }

    /// The codes of all titles, and the mean square of what they leave of a unit vector.
    public func codes(
        of titles: any EmbeddingSource, by pursuit: MatchingPursuit, workers: WorkerPool
    ) throws -> (codes: [[Int32]], residual: Double) {
        var codes: [[Int32]] = []
        codes.reserveCapacity(titles.count)
        var residual = 0.0
        try titles.forEachBlock(of: 4_096) { _, rows, values in
            for (part, left) in pursuit.codes(
                values, rows: rows, nonzeros: configuration.nonzeros, workers: workers)
            {
                codes += part.map(\.atoms)
                // In the order of the tasks, whichever was done first, so that the sum has the same bits for any number
                // of threads.
                residual += left
            }
        }
        return (codes, residual / Double(titles.count))
    }
}

extension MatchingPursuit {
    /// The vectors that one worker encodes at a time.
    static let taskRows = 512

    /// The codes of many vectors, `taskRows` after `taskRows`.
    func codes(
        _ vectors: UnsafePointer<Float>, rows: Int, nonzeros: Int, workers: WorkerPool
    ) -> [(codes: [Code], residual: Double)] {
        let source = SharedRows(base: vectors)
        return workers.map((rows + Self.taskRows - 1) / Self.taskRows) { task in
            let first = task * Self.taskRows
            return codes(
                source.base + first * width, rows: min(Self.taskRows, rows - first), nonzeros: nonzeros)
        }
    }
}
