import Foundation
import Tensors

/// Orthogonal matching pursuit (Pati, Rezaiifar, Krishnaprasad 1993, DOI 10.1109/ACSSC.1993.342465), from inner products
/// alone as Rubinstein, Zibulevsky and Elad (2008) do it: a vector as a sum of few atoms of a dictionary.
///
/// Each step takes the atom whose inner product with what is left is largest in absolute value, the first of equal ones, and
/// fits all atoms taken so far anew by least squares.
public struct MatchingPursuit: Sendable {
    /// Unit vectors, [atoms, width].
    public let dictionary: FloatBuffer
    /// Rows of the dictionary.
    public let atoms: Int
    /// Numbers of an atom, and of a vector that is encoded.
    public let width: Int
    /// The atoms' inner products with each other, [atoms, atoms].
    private let gram: [Double]

    /// A step is not taken where no square of an inner product with what is left reaches this: float32's epsilon, as in
    /// scikit-learn for float32. What is left then is rounding, of a title that equals an atom, say.
    static let least = Double(Float.ulpOfOne)

    /// - Parameter dictionary: [atoms, width], each row of length 1.
    public init(dictionary: FloatBuffer, atoms: Int, width: Int) {
        precondition(dictionary.count == atoms * width, "\(dictionary.count) numbers are no \(atoms) atoms")
        self.dictionary = dictionary
        self.atoms = atoms
        self.width = width
        var gram = [Double](repeating: 0, count: atoms * atoms)
        for row in 0..<atoms {
            // The matrix is symmetrical, so that half of the inner products are enough.
            for column in 0...row {
                var sum = 0.0
                for place in 0..<width {
                    sum +=
                        Double(dictionary.base[row * width + place])
                        * Double(dictionary.base[column * width + place])
                }
                gram[row * atoms + column] = sum
                gram[column * atoms + row] = sum
            }
        }
        self.gram = gram
    }

    /// A vector's atoms, by falling absolute coefficient (equal ones: the smaller atom first), and their coefficients.
    public struct Code: Sendable, Equatable {
        /// Rows of the dictionary, each once.
        public var atoms: [Int32]
        /// One an atom; the code stands for the sum of the atoms times these.
        public var coefficients: [Float]
    }

    /// The codes of `rows` vectors, [rows, width]: at most `nonzeros` atoms each, fewer where those say it all, and at
    /// least one.
    ///
    /// - Returns: The codes, and the sum of the squares of what they leave.
    public func codes(
        _ vectors: UnsafePointer<Float>, rows: Int, nonzeros: Int
    ) -> (codes: [Code], residual: Double) {
        let products = FloatBuffer(count: rows * atoms)
        sgemm(
            .no, .yes, rows, atoms, width, vectors, lda: width, dictionary.base, ldb: width, products.base,
            ldc: atoms)
        var residual = 0.0
        let codes = (0..<rows).map { row in
            let (code, explained) = code(products.base + row * atoms, nonzeros: nonzeros)
            var squares = 0.0
            for place in 0..<width {
                squares += Double(vectors[row * width + place]) * Double(vectors[row * width + place])
            }
            // Rounding can make what is explained larger than the whole.
            residual += max(0, squares - explained)
            return code
        }
        return (codes, residual)
    }

    /// - Parameter products: The vector's inner products with the atoms.
    /// - Returns: The code, and the square of the length of what it stands for.
    private func code(_ products: UnsafePointer<Float>, nonzeros: Int) -> (Code, explained: Double) {
        var chosen: [Int] = []
        var coefficients: [Double] = []
        while chosen.count < nonzeros {
            var (best, most) = (0, -1.0)
            // What is left is orthogonal to the atoms that are taken, but for rounding, which could be the largest
            // product.
            for atom in 0..<atoms where !chosen.contains(atom) {
                // In double precision: of a title that its atoms say well, this is a small difference of large numbers.
                var left = Double(products[atom])
                for (taken, coefficient) in zip(chosen, coefficients) {
                    // The atom's product with what is left, from products that are known: no residual vector is ever
                    // made (Rubinstein et al.).
                    left -= coefficient * gram[taken * atoms + atom]
                }
                if abs(left) > most { (best, most) = (atom, abs(left)) }
            }
            // The first atom is taken whatever its product is, since a docID has at least one number.
            guard chosen.isEmpty || most * most >= Self.least else { break }
            guard let fitted = fit(chosen + [best], products) else { break }
            chosen.append(best)
            coefficients = fitted
        }
        var explained = 0.0
        for (atom, coefficient) in zip(chosen, coefficients) {
            // At the least-squares solution the square of the sum's length is the sum of coefficients times inner
            // products.
            explained += coefficient * Double(products[atom])
        }
        let order = chosen.indices.sorted {
            let (left, right) = (abs(coefficients[$0]), abs(coefficients[$1]))
            return left != right ? left > right : chosen[$0] < chosen[$1]
        }
        return (
            Code(
                atoms: order.map { Int32(chosen[$0]) }, coefficients: order.map { Float(coefficients[$0]) }),
            explained
        )
    }

    /// The least-squares coefficients of the chosen atoms by Cholesky's decomposition; nil where they depend on each other.
    private func fit(_ chosen: [Int], _ products: UnsafePointer<Float>) -> [Double]? {
        let n = chosen.count
        var L = [Double](repeating: 0, count: n * n)
        for row in 0..<n {
            for column in 0...row {
                var sum = gram[chosen[row] * atoms + chosen[column]]
                for k in 0..<column { sum -= L[row * n + k] * L[column * n + k] }
                guard column == row else {
                    L[row * n + column] = sum / L[column * n + column]
                    continue
                }
                // What is left on the diagonal is the square of the part of this atom that the others do not span.
                guard sum > Self.least else { return nil }
                L[row * n + row] = sum.squareRoot()
            }
        }
        var x = chosen.map { Double(products[$0]) }
        // Solves L y = products from the top, then L^T x = y from the bottom, both in the place of `x`.
        for row in 0..<n {
            for k in 0..<row { x[row] -= L[row * n + k] * x[k] }
            x[row] /= L[row * n + row]
        }
        for row in (0..<n).reversed() {
            for k in (row + 1)..<n { x[row] -= L[k * n + row] * x[k] }
            x[row] /= L[row * n + row]
        }
        return x
    }
}
