import Foundation
import Tensors

/// The paper's docIDs (section 5.1): the atoms of a sparse code of the title's embedding, by falling absolute coefficient.
public struct SparseCodeDocIDs: DocIDMaker {
    /// Where the atoms come from.
    public enum Dictionary: Sendable {
        /// Titles drawn at random. scikit-learn's dictionary learning, which the paper names, keeps to those at its defaults:
        /// on unit vectors all its codes are zero.
        case randomTitles
        /// Learned from a sample of the titles, with orthogonal matching pursuit in the loop.
        case learned
    }

    let dictionary: Dictionary
    let atoms: Int
    let nonzeros: Int
    let seed: UInt64

    public var symbols: Int { atoms }

    /// - Parameters:
    ///   - atoms: Of the dictionary; the paper has 100.
    ///   - nonzeros: The most numbers of a docID; the paper has 3. A title that equals an atom has one.
    public init(dictionary: Dictionary, atoms: Int = 100, nonzeros: Int = 3, seed: UInt64 = 0) {
        self.dictionary = dictionary
        self.atoms = atoms
        self.nonzeros = nonzeros
        self.seed = seed
    }

    public func codes(of titles: any EmbeddingSource, workers: WorkerPool) throws -> [[Int32]] {
        let pursuit = try pursuit(of: titles, workers: workers)
        return try codes(of: titles, by: pursuit, workers: workers).codes
    }

    /// The dictionary, ready to encode with.
    ///
    /// - Throws: `DocIDError.tooFewTitles`; what reading embeddings throws.
    public func pursuit(of titles: any EmbeddingSource, workers: WorkerPool) throws -> MatchingPursuit {
        let drawn = try TitleSample(titles, count: atoms, seed: seed, stream: "docids.atoms", distinct: true)
        guard drawn.rows == atoms else {
            throw DocIDError.tooFewTitles(drawn.rows, needed: atoms, what: DocIDError.dictionary)
        }
        let first = MatchingPursuit(dictionary: drawn.values, atoms: atoms, width: titles.width)
        switch dictionary {
        case .randomTitles: return first
        case .learned:
            let sample = try TitleSample(titles, count: 65_536, seed: seed, stream: "docids.sample")
            return DictionaryLearning(sample, nonzeros: nonzeros, workers: workers).learn(from: first)
        }
    }

    /// The codes of all titles, and the mean square of what they leave of a unit vector.
    public func codes(
        of titles: any EmbeddingSource, by pursuit: MatchingPursuit, workers: WorkerPool
    ) throws -> (codes: [[Int32]], residual: Double) {
        var codes: [[Int32]] = []
        codes.reserveCapacity(titles.count)
        var residual = 0.0
        try titles.forEachBlock(of: 4_096) { _, rows, values in
            for (part, left) in pursuit.codes(values, rows: rows, nonzeros: nonzeros, workers: workers) {
                codes += part.map(\.atoms)
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

/// Rows that workers read.
struct SharedRows: @unchecked Sendable {
    let base: UnsafePointer<Float>
}
