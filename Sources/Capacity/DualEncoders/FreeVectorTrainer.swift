import Foundation
import Options
import Tensors

/// Trains a dual encoder whose queries and documents are free vectors on all orders of its documents.
///
/// This is the strongest encoder that there is for the task: whatever an encoder computes from a query's text, it is
/// one vector. The loss is the mean over queries and neighbours a, b of a query's order of
/// log(1 + exp(-(score(a) - score(b)) / tau)); it is 0 in the limit exactly where all orders are right. By inner product
/// all vectors are put back on the unit sphere after every step, as in section 5.3; by distance the score is minus the
/// squared distance, which orders as equation 2 does. All queries are in every step; Adam moves the vectors.
public struct FreeVectorTrainer {
    /// What is trained and how, all in its legal ranges.
    public let configuration: FreeVectorConfiguration
    /// The queries: all k! orders of the documents, [k!][k].
    public let orders: [[Int]]
    private var queries: AdamVectors
    private var documents: AdamVectors
    private var completedSteps = 0

    /// - Parameters:
    ///   - seed: With `attempt`, decides the first vectors: N(0, 1), put on the sphere if they are to stay there.
    ///   - attempt: Which of several starts of one seed.
    public init(_ configuration: FreeVectorConfiguration, seed: UInt64, attempt: Int = 0)
        throws(ConfigurationError)
    {
        try configuration.validate()
        self.configuration = configuration
        orders = Orders.all(configuration.documents)
        let onSphere = configuration.staysOnSphere
        queries = AdamVectors(
            count: orders.count, dimension: configuration.dimension, onSphere: onSphere,
            stream: RandomStream(seed: seed, name: "capacity.queries", index: UInt64(attempt)))
        documents = AdamVectors(
            count: configuration.documents, dimension: configuration.dimension, onSphere: onSphere,
            stream: RandomStream(seed: seed, name: "capacity.documents", index: UInt64(attempt)))
    }

    /// The best of up to `attempts` trained starts; no more are made once all orders that are possible are right.
    public static func best(
        _ configuration: FreeVectorConfiguration, seed: UInt64, attempts: Int
    ) throws(ConfigurationError) -> FreeVectorTrainer {
        let possible = OrderCount.orders(
            configuration.similarity, dimension: configuration.dimension, documents: configuration.documents)
        var best = try FreeVectorTrainer(configuration, seed: seed)
        best.train()
        for attempt in 1..<max(1, attempts) where best.rightOrders < possible {
            var other = try FreeVectorTrainer(configuration, seed: seed, attempt: attempt)
            other.train()
            if other.rightOrders > best.rightOrders { best = other }
        }
        return best
    }

    /// Runs all steps that are left.
    public mutating func train() {
        while completedSteps < configuration.steps { step() }
    }

    /// The documents' vectors, [documents][dimension].
    public var documentVectors: [[Double]] { (0..<configuration.documents).map { documents[$0] } }

    /// The queries whose whole order is right, ties being wrong.
    public var rightOrders: Int {
        let vectors = documentVectors
        return orders.enumerated().filter { index, order in
            let query = queries[index]
            let scores = vectors.map { score(query, $0) }
            return Orders.isStrict(order) { scores[$0] }
        }.count
    }

    private func score(_ query: [Double], _ document: [Double]) -> Double {
        switch configuration.similarity {
        case .innerProduct: zip(query, document).reduce(0) { $0 + $1.0 * $1.1 }
        case .distance: -zip(query, document).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
    }

    private mutating func step() {
        let progress = Double(completedSteps + 1) / Double(configuration.steps)
        let (first, last) = configuration.temperatures
        // The last fifth of the steps stays at the final temperature.
        var pass = OrderGradient(
            configuration, temperature: first * pow(last / first, min(1, progress / 0.8)))
        completedSteps += 1
        let move = AdamMove(
            step: completedSteps, rate: configuration.learningRate * 0.5 * (1 + cos(.pi * progress)))
        for (index, order) in orders.enumerated() {
            queries.copy(index, to: &pass.vector)
            pass.add(order, documents: documents.values)
            // A query moves at once, as no other query's gradient depends on it; documents wait for the sum over all.
            // Its gradient need not be divided by their number: Adam's step hardly depends on a gradient's scale.
            queries.apply(move, to: index, along: pass.query)
        }
        for index in 0..<configuration.documents {
            documents.apply(
                move, to: index, along: pass.documentGradient(index, scale: 1 / Double(orders.count)))
        }
    }
}

/// The gradient of one query after the other, and the documents' summed over all of them.
private struct OrderGradient {
    private let similarity: Similarity
    private let dimension: Int
    private let temperature: Double
    private var scores: [Double]
    /// d loss / d scores.
    private var byScore: [Double]
    /// The query, and d loss / d query.
    var vector: [Double]
    private(set) var query: [Double]
    /// [documents, dimension].
    private var documents: [Double]

    init(_ configuration: FreeVectorConfiguration, temperature: Double) {
        similarity = configuration.similarity
        dimension = configuration.dimension
        self.temperature = temperature
        scores = [Double](repeating: 0, count: configuration.documents)
        byScore = scores
        vector = [Double](repeating: 0, count: dimension)
        query = vector
        documents = [Double](repeating: 0, count: configuration.documents * dimension)
    }

    func documentGradient(_ index: Int, scale: Double) -> [Double] {
        documents[index * dimension..<(index + 1) * dimension].map { scale * $0 }
    }

    /// - Parameter vectors: The documents, [documents, dimension].
    mutating func add(_ order: [Int], documents vectors: [Double]) {
        differentiateScores(order, vectors)
        for index in 0..<dimension { query[index] = 0 }
        for document in order {
            let (weight, row) = (byScore[document], document * dimension)
            for index in 0..<dimension {
                switch similarity {
                case .innerProduct:
                    query[index] += weight * vectors[row + index]
                    documents[row + index] += weight * vector[index]
                case .distance:
                    let slope = 2 * weight * (vector[index] - vectors[row + index])
                    query[index] -= slope
                    documents[row + index] += slope
                }
            }
        }
    }

    private mutating func differentiateScores(_ order: [Int], _ vectors: [Double]) {
        for document in order {
            var sum = 0.0
            for index in 0..<dimension {
                let (value, other) = (vectors[document * dimension + index], vector[index])
                sum += similarity == .innerProduct ? value * other : -(value - other) * (value - other)
            }
            (scores[document], byScore[document]) = (sum, 0)
        }
        for rank in 1..<order.count {
            let (better, worse) = (order[rank - 1], order[rank])
            // The exponential may overflow to infinity, and the slope is then 0, as it should be.
            let slope = 1 / (temperature * (1 + exp((scores[better] - scores[worse]) / temperature)))
            byScore[better] -= slope
            byScore[worse] += slope
        }
    }
}

/// What one step of Adam (Kingma and Ba 2015, arXiv 1412.6980) does to every vector.
private struct AdamMove {
    static let (beta1, beta2, epsilon) = (0.9, 0.98, 1e-8)

    let rate: Double
    let correction1: Double
    let correction2: Double

    /// - Parameter step: 1 for the first.
    init(step: Int, rate: Double) {
        self.rate = rate
        correction1 = 1 - pow(AdamMove.beta1, Double(step))
        correction2 = 1 - pow(AdamMove.beta2, Double(step))
    }
}

/// Vectors that Adam moves, on the unit sphere if they are to stay there.
private struct AdamVectors {
    let dimension: Int
    let onSphere: Bool
    /// [count, dimension].
    private(set) var values: [Double]
    private var first: [Double]
    private var second: [Double]

    init(count: Int, dimension: Int, onSphere: Bool, stream: RandomStream) {
        var stream = stream
        self.dimension = dimension
        self.onSphere = onSphere
        values = (0..<count * dimension).map { _ in Double(stream.normal()) }
        first = [Double](repeating: 0, count: values.count)
        second = first
        for index in 0..<count { project(index) }
    }

    subscript(index: Int) -> [Double] { Array(values[index * dimension..<(index + 1) * dimension]) }

    func copy(_ index: Int, to vector: inout [Double]) {
        for column in 0..<dimension { vector[column] = values[index * dimension + column] }
    }

    mutating func apply(_ move: AdamMove, to index: Int, along gradient: [Double]) {
        for column in 0..<dimension {
            let (place, slope) = (index * dimension + column, gradient[column])
            first[place] = AdamMove.beta1 * first[place] + (1 - AdamMove.beta1) * slope
            second[place] = AdamMove.beta2 * second[place] + (1 - AdamMove.beta2) * slope * slope
            let size = (second[place] / move.correction2).squareRoot() + AdamMove.epsilon
            values[place] -= move.rate * (first[place] / move.correction1) / size
        }
        project(index)
    }

    private mutating func project(_ index: Int) {
        guard onSphere else { return }
        var length = 0.0
        for place in index * dimension..<(index + 1) * dimension { length += values[place] * values[place] }
        length = length.squareRoot()
        // A zero vector has no direction to be projected along.
        guard length > 0 else { return }
        for place in index * dimension..<(index + 1) * dimension { values[place] /= length }
    }
}
