import Foundation
import Synchronization
import Tensors
import Testing

@testable import ProductSearch

@Suite struct MatchingPursuitTests {
    struct Golden: Decodable {
        let atoms: Int
        let width: Int
        let nonzeros: Int
        let dictionary: [Float]
        let vectors: [Float]
        let codes: [[Int32]]
        let coefficients: [[Double]]
    }

    static func golden() throws -> Golden {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/omp.json")
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }

    /// Against scikit-learn's sparse_encode: Fixtures/make_omp_fixture.py made the file.
    @Test func codesAreThoseOfScikitLearn() throws {
        let golden = try Self.golden()
        let pursuit = MatchingPursuit(
            dictionary: FloatBuffer(golden.dictionary), atoms: golden.atoms, width: golden.width)
        let rows = golden.codes.count
        let (codes, residual) = golden.vectors.withUnsafeBufferPointer {
            pursuit.codes($0.baseAddress!, rows: rows, nonzeros: golden.nonzeros)
        }
        #expect(rows == 124)
        var left = 0.0
        for row in 0..<rows {
            #expect(codes[row].atoms == golden.codes[row], "vector \(row)")
            var rest = Array(golden.vectors[(row * golden.width)..<((row + 1) * golden.width)])
            for (place, coefficient) in golden.coefficients[row].enumerated() {
                #expect(abs(Double(codes[row].coefficients[place]) - coefficient) < 1e-5)
                let atom = Int(golden.codes[row][place]) * golden.width
                for column in 0..<golden.width {
                    rest[column] -= Float(coefficient) * golden.dictionary[atom + column]
                }
            }
            left += rest.reduce(0) { $0 + Double($1) * Double($1) }
        }
        #expect(abs(residual - left) < 1e-4)
        #expect(codes[120].atoms == [5] && codes[122].atoms == [3, 11] && codes[123].atoms == [9])
    }

    /// The first of equal inner products, and of equal coefficients the smaller atom.
    @Test func tiesGoToTheSmallerAtom() {
        let axes: [Float] = (0..<16).map { $0 % 5 == 0 ? 1 : 0 }
        let pursuit = MatchingPursuit(dictionary: FloatBuffer(axes), atoms: 4, width: 4)
        let (codes, residual) = pursuit.codes([0.5, -0.5, 0.5, 0.5], rows: 1, nonzeros: 3)
        #expect(codes[0].atoms == [0, 1, 2])
        #expect(codes[0].coefficients == [0.5, -0.5, 0.5])
        #expect(residual == 0.25)
    }
}

/// Titles that count how many rows have been read.
private final class CountedTitles: EmbeddingSource {
    let titles: EmbeddingMatrix
    let rows = Mutex(0)

    init(_ titles: EmbeddingMatrix) { self.titles = titles }

    var count: Int { titles.count }
    var width: Int { titles.width }
    var fingerprint: String { titles.fingerprint }

    func read(_ rows: Range<Int>, to target: UnsafeMutablePointer<Float>) {
        self.rows.withLock { $0 += rows.count }
        titles.read(rows, to: target)
    }
}

@Suite struct DocIDTests {
    /// 3,000 unit vectors around 40 centres.
    static let titles: EmbeddingMatrix = {
        var stream = RandomStream(seed: 3, name: "titles")
        let centres = (0..<40).map { _ in (0..<24).map { _ in stream.normal() } }
        return EmbeddingMatrix(
            (0..<3_000).flatMap { place in centres[place % 40].map { $0 + 0.4 * stream.normal() } },
            width: 24)
    }()
    static let two = WorkerPool(threads: 2)

    @Test(arguments: DocIDConfiguration.Kind.allCases)
    func sameCodesForAnyNumberOfThreads(kind: DocIDConfiguration.Kind) throws {
        let configuration = DocIDConfiguration(kind: kind, atoms: 20, nonzeros: 3, seed: 5)
        let one = try configuration.maker().codes(of: Self.titles, workers: WorkerPool(threads: 1))
        let two = try configuration.maker().codes(of: Self.titles, workers: Self.two)
        #expect(one == two)
        #expect(one.count == 3_000)
        #expect(one.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy { (0..<20).contains($0) } })
        var other = configuration
        other.seed = 6
        #expect(try other.maker().codes(of: Self.titles, workers: Self.two) != one)
    }

    @Test func aLearnedDictionarySaysMoreThanRandomTitles() throws {
        func residual(_ kind: DocIDConfiguration.Kind) throws -> Double {
            let maker = SparseCodeDocIDs(.init(kind: kind, atoms: 20, nonzeros: 3, seed: 1))
            let pursuit = try maker.pursuit(of: Self.titles, workers: Self.two)
            for atom in 0..<20 {
                let row = (0..<24).map { pursuit.dictionary[atom * 24 + $0] }
                #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
            }
            return try maker.codes(of: Self.titles, by: pursuit, workers: Self.two).residual
        }
        let (drawn, learned) = (try residual(.randomTitles), try residual(.learned))
        #expect(learned < 0.9 * drawn, "\(learned) against \(drawn)")
    }

    @Test func atomsAreTitlesAndATitleThatIsOneHasOneNumber() throws {
        let maker = SparseCodeDocIDs(.init(atoms: 20, nonzeros: 3, seed: 1))
        let pursuit = try maker.pursuit(of: Self.titles, workers: Self.two)
        let codes = try maker.codes(of: Self.titles, workers: Self.two)
        let all = try Self.titles.all
        for atom in 0..<20 {
            let row = (0..<24).map { pursuit.dictionary[atom * 24 + $0] }
            let title = (0..<3_000).first { Array(all[($0 * 24)..<(($0 + 1) * 24)]) == row }
            #expect(codes[try #require(title)] == [Int32(atom)])
        }
    }

    /// Titles of one centre share more of a docID that is made of them than of a random one.
    @Test(arguments: [DocIDConfiguration.Kind.residualKMeans, .hierarchicalKMeans])
    func nearTitlesShareABeginning(kind: DocIDConfiguration.Kind) throws {
        func sharing(_ kind: DocIDConfiguration.Kind) throws -> Int {
            let codes = try DocIDConfiguration(kind: kind, atoms: 20).maker()
                .codes(of: Self.titles, workers: Self.two)
            return (0..<2_960).count { codes[$0][0] == codes[$0 + 40][0] }
        }
        #expect(try sharing(kind) > 2_500)
        #expect(try sharing(.random) < 300)
    }

    /// The sums over 20,000 titles are those of three blocks of work.
    @Test func aLearnedDictionaryIsTheSameForAnyNumberOfThreads() throws {
        var stream = RandomStream(seed: 4, name: "many titles")
        let titles = EmbeddingMatrix((0..<(20_000 * 6)).map { _ in stream.normal() }, width: 6)
        let maker = SparseCodeDocIDs(.init(kind: .learned, atoms: 8, nonzeros: 2, seed: 1))
        let dictionaries = try [1, 2].map {
            try maker.pursuit(of: titles, workers: WorkerPool(threads: $0)).dictionary.array
        }
        #expect(dictionaries[0] == dictionaries[1])
        let drawn = SparseCodeDocIDs(.init(atoms: 8, nonzeros: 2, seed: 1))
        #expect(try drawn.pursuit(of: titles, workers: Self.two).dictionary.array != dictionaries[0])
    }

    /// Two hundred titles in two places and one in a third: it ends up in a cluster of its own, and has one number.
    @Test func aTitleAloneInItsClusterHasOneNumber() throws {
        let titles = EmbeddingMatrix(
            (0...200).flatMap { place in (0..<3).map { $0 == (place == 200 ? 2 : place % 2) ? Float(1) : 0 }
            },
            width: 3)
        let codes = try HierarchicalKMeansDocIDs(.init(atoms: 3, nonzeros: 3, seed: 2))
            .codes(of: titles, workers: Self.two)
        #expect(codes[200].count == 1)
        #expect(codes.filter { $0[0] == codes[200][0] } == [codes[200]])
        #expect(codes.dropLast().allSatisfy { $0.count > 1 })
    }

    /// Clusters of at most 20 titles number them, so few titles share a docID.
    @Test func hierarchicalCodesOfSmallClustersAreTheirOwn() throws {
        let codes = try HierarchicalKMeansDocIDs(.init(atoms: 20, nonzeros: 3, seed: 2))
            .codes(of: Self.titles, workers: Self.two)
        let distinct = Set(codes).count
        #expect(distinct > 2_700, "\(distinct) different of 3,000")
    }

    /// Once to learn, once to assign and once to divide; not once a cluster.
    @Test func hierarchicalCodesReadTheTitlesThreeTimes() throws {
        let titles = CountedTitles(Self.titles)
        let configuration = DocIDConfiguration(kind: .hierarchicalKMeans, atoms: 20)
        let codes = try configuration.maker().codes(of: titles, workers: Self.two)
        #expect(titles.rows.withLock { $0 } == 3 * 3_000)
        #expect(try codes == configuration.maker().codes(of: Self.titles, workers: Self.two))
    }

    @Test func clustersAreReadTogetherWhileTheyFit() {
        let parts = [5, 3, 4, 10, 1, 7].map { Array(0..<$0) }
        let groups = HierarchicalKMeansDocIDs.groups(parts, rows: 8)
        #expect(groups.map { $0.map(\.count) } == [[5, 3], [4], [10], [1, 7]])
        #expect(HierarchicalKMeansDocIDs.groups([], rows: 8).isEmpty)
    }

    @Test func kMeansFindsClustersThatAreApart() {
        let rows: [Float] = (0..<300).flatMap { place -> [Float] in
            let centre = Float(place % 3) * 10
            return [centre + Float(place % 7) * 0.01, -centre]
        }
        var stream = RandomStream(seed: 1, name: "test")
        let vectors = FloatBuffer(rows)
        let means = KMeans(
            vectors, rows: 300, width: 2, clusters: 3, random: &stream, workers: Self.two)
        let found = means.nearest(vectors.base, rows: 300, workers: Self.two).map(\.cluster)
        #expect(Set(found).count == 3)
        for place in 3..<300 { #expect(found[place] == found[place - 3]) }
    }

    /// Vectors that are all one: no cluster can have others, and nothing hangs or divides by zero.
    @Test func equalTitlesAreClusteredToo() throws {
        let titles = EmbeddingMatrix([Float](repeating: 1, count: 200 * 8), width: 8)
        for kind in [DocIDConfiguration.Kind.residualKMeans, .hierarchicalKMeans] {
            let codes = try DocIDConfiguration(kind: kind, atoms: 10).maker().codes(
                of: titles, workers: Self.two)
            #expect(codes.count == 200)
        }
        #expect(throws: DocIDError.tooFewTitles(1, needed: 10, what: "the dictionary's atoms")) {
            try DocIDConfiguration(atoms: 10).maker().codes(of: titles, workers: Self.two)
        }
    }

    @Test func dictionariesLargerThanTheCorpusAreRefused() throws {
        let titles = EmbeddingMatrix((0..<40).map { Float($0 % 7) + 1 }, width: 8)
        for kind in DocIDConfiguration.Kind.allCases where kind != .random {
            #expect(throws: DocIDError.self, "\(kind)") {
                try DocIDConfiguration(kind: kind, atoms: 10).maker().codes(of: titles, workers: Self.two)
            }
        }
        let tooFew = DocIDError.tooFewTitles(9, needed: 10, what: DocIDError.clusters)
        #expect(throws: tooFew) {
            try DocIDConfiguration(kind: .residualKMeans, atoms: 10).check(titles: 9)
        }
        try DocIDConfiguration(atoms: 10).check(titles: 10)
        try DocIDConfiguration(kind: .random, atoms: 10).check(titles: 9)
        #expect(throws: DocIDError.option("atoms", 1, legal: "in 2...10000")) {
            try DocIDConfiguration(atoms: 1).maker()
        }
        #expect(throws: DocIDError.self) { try DocIDConfiguration(atoms: 4, nonzeros: 5).maker() }
    }

    @Test func docIDsAreWrittenAndCounted() {
        let codes: [[Int32]] = [[25, 36, 39], [5], [25, 36, 39], [25, 36, 39]]
        let kept = DocIDText.docIDs(codes, collisions: .keep)
        #expect(kept == ["25,36,39", "5", "25,36,39", "25,36,39"])
        #expect(
            DocIDText.docIDs(codes, collisions: .suffix) == ["25,36,39", "5", "25,36,39#2", "25,36,39#3"])
        let statistics = DocIDStatistics(kept)
        #expect(statistics.titles == 4 && statistics.distinct == 2)
        #expect(statistics.sharing == 3 && statistics.largest == 3)
    }
}
