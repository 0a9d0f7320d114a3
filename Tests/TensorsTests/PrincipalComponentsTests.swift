import Testing

@testable import Tensors

@Suite struct PrincipalComponentsTests {
    /// Rows about a mean that is not 0, which differ most along one direction, less along another, and hardly else.
    private func rows(_ count: Int) -> (FloatBuffer, axes: [[Float]]) {
        var stream = RandomStream(seed: 2, name: "components")
        let axes: [[Float]] = [[0.6, 0.8, 0, 0], [0.8, -0.6, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
        let values = FloatBuffer(count: 4 * count)
        for row in 0..<count {
            let along = zip([5, 2, 0.1, 0.01], axes).map { (size: Float, axis) in
                (size * stream.normal(), axis)
            }
            for column in 0..<4 {
                values.base[4 * row + column] = 7 + along.reduce(0) { $0 + $1.0 * $1.1[column] }
            }
        }
        return (values, axes)
    }

    private func components(of values: FloatBuffer, width: Int, kept: Int) -> FloatBuffer {
        PrincipalComponents(of: values, width: width, kept: kept).coordinates(of: values)
    }

    @Test func axesComeByTheirVariance() {
        let (values, axes) = rows(500)
        let own = components(of: values, width: 4, kept: 2)
        #expect(own.count == 1000)
        for axis in 0..<2 {
            var (sum, squares) = (0.0, 0.0)
            for row in 0..<500 {
                let value = Double(own[2 * row + axis])
                sum += value
                squares += value * value
            }
            #expect(abs(sum / 500) < 1e-3)
            #expect(abs((squares / 500).squareRoot() - [5, 2][axis]) < 0.4)
            // Two rows differ along the axis by what they differ along the direction that they were made with.
            let expected = (0..<4).reduce(Float(0)) { $0 + (values[$1] - values[4 + $1]) * axes[axis][$1] }
            #expect(abs(abs(own[axis] - own[2 + axis]) - abs(expected)) < 0.2)
        }
    }

    @Test func allAxesKeepDistances() {
        let (values, _) = rows(40)
        let own = components(of: values, width: 4, kept: 4)
        for row in 1..<40 {
            func squared(_ x: FloatBuffer) -> Float {
                (0..<4).reduce(0) { $0 + (x[$1] - x[4 * row + $1]) * (x[$1] - x[4 * row + $1]) }
            }
            #expect(abs(squared(own) - squared(values)) < 1e-3 * (1 + squared(values)))
        }
    }

    /// Rows that the axes were not made of lie about the mean of those that they were.
    @Test func otherRowsHaveCoordinatesToo() {
        let (values, _) = rows(500)
        let axes = PrincipalComponents(of: values, width: 4, kept: 3)
        let (all, some) = (axes.coordinates(of: values), FloatBuffer(Array(values.array[40..<60])))
        #expect(zip(axes.coordinates(of: some).array, all.array[30..<45]).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// One row is at the mean, and rows that are equal too.
    @Test func equalRowsAreAtZero() {
        let own = components(of: FloatBuffer([1, 2, 3, 1, 2, 3]), width: 3, kept: 3)
        #expect(own.array == [0, 0, 0, 0, 0, 0])
    }
}
