import Tensors
import Testing

@Suite struct PrincipalComponentsTests {
    /// Vectors of a few strong directions, about a mean that is not 0.
    private static func vectors(_ count: Int, _ width: Int, directions: Int) -> FloatBuffer {
        var stream = RandomStream(seed: 3, name: "test.components")
        let basis = (0..<directions * width).map { _ in stream.normal() }
        let vectors = FloatBuffer(count: count * width)
        for row in 0..<count {
            let shares = (0..<directions).map { stream.normal() * Float(directions - $0) }
            for column in 0..<width {
                vectors[row * width + column] =
                    0.5
                    + (0..<directions).reduce(Float(0)) { $0 + shares[$1] * basis[$1 * width + column] }
            }
        }
        return vectors
    }

    private static func product(_ buffer: FloatBuffer, _ width: Int, _ left: Int, _ right: Int) -> Float {
        (0..<width).reduce(Float(0)) { $0 + buffer[left * width + $1] * buffer[right * width + $1] }
    }

    /// As many components as there are directions tell all inner products of the centred vectors.
    @Test func innerProductsAreKept() {
        let (count, width, directions) = (50, 12, 4)
        let vectors = Self.vectors(count, width, directions: directions)
        let projected = PrincipalComponents(of: vectors, width: width, components: directions)
            .project(vectors)
        #expect(projected.count == count * directions)
        let centred = FloatBuffer(count: vectors.count)
        for column in 0..<width {
            let mean = (0..<count).reduce(Float(0)) { $0 + vectors[$1 * width + column] } / Float(count)
            for row in 0..<count { centred[row * width + column] = vectors[row * width + column] - mean }
        }
        for (left, right) in [(0, 0), (0, 1), (7, 30), (49, 49)] {
            let expected = Self.product(centred, width, left, right)
            let found = Self.product(projected, directions, left, right)
            #expect(abs(found - expected) < 2e-3 * (1 + abs(expected)))
        }
    }

    /// The first component varies most, and components do not vary together.
    @Test func componentsComeByTheirVariance() {
        let (count, width) = (200, 9)
        let vectors = Self.vectors(count, width, directions: 5)
        let projected = PrincipalComponents(of: vectors, width: width, components: width).project(vectors)
        func covariance(_ left: Int, _ right: Int) -> Float {
            (0..<count).reduce(Float(0)) { $0 + projected[$1 * width + left] * projected[$1 * width + right] }
                / Float(count)
        }
        let variances = (0..<width).map { covariance($0, $0) }
        #expect(Array(variances[..<5]) == variances.sorted(by: >).prefix(5).map { $0 })
        #expect(variances[4] > 1 && variances[5...].allSatisfy { $0 < 1e-3 * variances[4] })
        for left in 0..<4 { #expect(abs(covariance(left, left + 1)) < 1e-3 * variances[0]) }
    }

    @Test func equalVectorsHaveNoComponents() {
        let vectors = FloatBuffer(count: 12)
        for index in 0..<12 { vectors[index] = Float(index % 3) }
        let projected = PrincipalComponents(of: vectors, width: 3, components: 2).project(vectors)
        #expect(projected.array == [Float](repeating: 0, count: 8))
    }

    /// Vectors of which the components are not: centred by the mean and turned by the directions that were given.
    @Test func othersAreProjectedByTheSameMeanAndDirections() {
        let components = PrincipalComponents(mean: [1, 2, 3], directions: [0, 1, 0, 0.6, 0, 0.8])
        #expect(components.width == 3 && components.components == 2)
        let projected = components.project(FloatBuffer([1, 2, 3, 2, 5, 4]))
        let expected: [Float] = [0, 0, 3, 1.4]
        #expect(zip(projected.array, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    /// More vectors than are centred at once have the mean and the covariance of all of them.
    @Test func blocksMakeNoDifference() {
        let (count, width) = (20_000, 3)
        let vectors = FloatBuffer(count: count * width)
        // The last rows vary along another axis than all before them, and more.
        for row in 0..<count {
            let sign: Float = row % 2 == 0 ? 1 : -1
            vectors[row * width + (row < 18_000 ? 0 : 1)] = sign * (row < 18_000 ? 1 : 10)
            vectors[row * width + 2] = 5
        }
        let components = PrincipalComponents(of: vectors, width: width, components: 2)
        #expect(components.mean == [0, 0, 5])
        #expect(
            abs(abs(components.directions[1]) - 1) < 1e-5 && abs(abs(components.directions[3]) - 1) < 1e-5)
        let projected = components.project(vectors)
        #expect(abs(abs(projected[2 * 19_999]) - 10) < 1e-4 && abs(projected[2 * 19_999 + 1]) < 1e-4)
    }
}
