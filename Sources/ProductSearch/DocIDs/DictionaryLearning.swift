import Foundation
import Tensors

/// Learns a dictionary whose sparse codes leave little of the titles.
///
/// Alternates codes by orthogonal matching pursuit with an update of each atom in turn that, for those codes, is best given
/// the others (Mairal et al. 2010, https://jmlr.org/papers/v11/mairal10a.html, algorithm 2, with all titles in each step).
/// An atom that no title uses becomes a title that the dictionary says little of.
struct DictionaryLearning: Sendable {
    let sample: TitleSample
    let nonzeros: Int
    let workers: WorkerPool

    static let rounds = 30

    init(_ sample: TitleSample, nonzeros: Int, workers: WorkerPool) {
        self.sample = sample
        self.nonzeros = nonzeros
        self.workers = workers
    }

    func learn(from first: MatchingPursuit) -> MatchingPursuit {
        var pursuit = first
        for _ in 0..<Self.rounds {
            let codes = pursuit.codes(
                sample.values.base, rows: sample.rows, nonzeros: nonzeros, workers: workers
            ).flatMap(\.codes)
            pursuit = updated(pursuit, codes)
        }
        return pursuit
    }

    private func updated(_ pursuit: MatchingPursuit, _ codes: [MatchingPursuit.Code]) -> MatchingPursuit {
        let (atoms, width) = (pursuit.atoms, pursuit.width)
        let (A, B) = (Self.codesByCodes(codes, atoms: atoms), codesByTitles(codes, atoms: atoms))
        // In double precision, and changed in place: each atom is best given the new values of those before it.
        var D = pursuit.dictionary.array.map(Double.init)
        var unused: [Int] = []
        for atom in 0..<atoms {
            let own = A[atom * atoms + atom]
            // Of such an atom the codes hold nothing but rounding, which its update would scale up to length 1.
            guard own > 1e-9 else {
                unused.append(atom)
                continue
            }
            // The best atom is proportional to B_j - sum over i != j of A_ji D_i. The division by A_jj is left out, as
            // the atom gets length 1 below.
            var row = (0..<width).map { B[atom * width + $0] }
            for other in 0..<atoms where other != atom {
                let weight = A[atom * atoms + other]
                guard weight != 0 else { continue }
                for column in 0..<width { row[column] -= weight * D[other * width + column] }
            }
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 1e-9 else {
                unused.append(atom)
                continue
            }
            for column in 0..<width { D[atom * width + column] = row[column] / length }
        }
        // No two unused atoms become the same title.
        let worst = unused.isEmpty ? [] : leastSaid(codes).prefix(unused.count)
        for (atom, title) in zip(unused, worst) {
            for column in 0..<width {
                D[atom * width + column] = Double(sample.values.base[title * width + column])
            }
        }
        return MatchingPursuit(dictionary: FloatBuffer(D.map { Float($0) }), atoms: atoms, width: width)
    }

    /// The sum over titles of codes by codes, [atoms, atoms]: few products a title, so one worker adds them all and there is
    /// one such matrix, 800 MB for 10,000 atoms.
    private static func codesByCodes(_ codes: [MatchingPursuit.Code], atoms: Int) -> [Double] {
        var A = [Double](repeating: 0, count: atoms * atoms)
        for code in codes {
            for (atom, coefficient) in zip(code.atoms, code.coefficients) {
                for (other, second) in zip(code.atoms, code.coefficients) {
                    A[Int(atom) * atoms + Int(other)] += Double(coefficient) * Double(second)
                }
            }
        }
        return A
    }

    /// The sum over titles of codes by titles, [atoms, width]. Blocks of titles are summed by themselves and added in their
    /// order, for the same bits with any number of threads.
    private func codesByTitles(_ codes: [MatchingPursuit.Code], atoms: Int) -> [Double] {
        // The size of a block is fixed and not a share of the titles for each thread, since where sums are cut decides
        // their rounding.
        let (block, width) = (8_192, sample.width)
        let values = SharedRows(base: sample.values.base)
        let parts = workers.map((codes.count + block - 1) / block) { task in
            var part = [Double](repeating: 0, count: atoms * width)
            for title in (task * block)..<min((task + 1) * block, codes.count) {
                let code = codes[title]
                for (atom, coefficient) in zip(code.atoms, code.coefficients) {
                    let weight = Double(coefficient)
                    for column in 0..<width {
                        part[Int(atom) * width + column] +=
                            weight * Double(values.base[title * width + column])
                    }
                }
            }
            return part
        }
        var total = [Double](repeating: 0, count: atoms * width)
        for part in parts {
            for index in total.indices { total[index] += part[index] }
        }
        return total
    }

    /// Titles by how little of them their code says, the least first: by the largest coefficient.
    private func leastSaid(_ codes: [MatchingPursuit.Code]) -> [Int] {
        // A code's first coefficient is its largest.
        let said = codes.map { abs($0.coefficients.first ?? 0) }
        return codes.indices.sorted { (said[$0], $0) < (said[$1], $1) }
    }
}
