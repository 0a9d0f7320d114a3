import Foundation
import LookupTables
import Rankers
import RankingData
import Tensors
import Testing

@testable import CrossEncoder

@Suite struct WeightedSigmoidLossTests {
    /// A minibatch of a tree's pairs, with the fast loss and its gradient in the naive version's order.
    private struct Case {
        var naive: NaiveCrossEncoder
        let batch: [Int32]
        let permutation: [Int32]
        let loss: Double
        let gradient: [Double]

        init(
            configuration: CrossEncoderConfiguration, weighting: RankWeighting? = nil, entities: Int
        ) throws {
            let (n, size) = (configuration.dimension, configuration.batch)
            let pairs = try TrainingPairs(
                treeTask(entities: entities).training, entities: entities,
                weighting: weighting ?? configuration.weighting)
            var stream = RandomStream(seed: 8, name: "sigmoid")
            let table = EmbeddingTable(rows: entities, columns: n)
            table.fillNormal(deviation: 1, from: &stream)
            let perceptron = Perceptron(shape: PerceptronShape(dimension: n))
            perceptron.initialize(seed: 2)
            for layer in 0..<4 {
                for o in 0..<perceptron.shape.outputs(layer) {
                    perceptron.biases(layer)[o] = 0.1 * stream.normal()
                }
            }
            var archive = TensorArchive(tensors: perceptron.tensors(prefix: "mlp."))
            archive.tensors["embeddings"] = table.tensor
            naive = NaiveCrossEncoder(
                archive, entities: entities, configuration: configuration, pairs: pairs,
                weighting: weighting)
            batch = (0..<size).map { _ in Int32(stream.uniform(below: pairs.count)) }
            permutation = stream.permutation(size)

            var indexed = PairBatch(entities: entities)
            indexed.assign(batch, of: pairs)
            let rows = EmbeddingTable(rows: 2 * size, columns: n)
            let slotGradient = EmbeddingTable(rows: 2 * size, columns: n)
            for (slot, entity) in indexed.entities.enumerated() {
                rows.row(slot).update(from: table.row(Int(entity)), count: table.stride)
            }
            let perceptronGradient = Perceptron(shape: perceptron.shape)
            let equation = WeightedSigmoidLoss(
                batch: size, shape: perceptron.shape, workers: WorkerPool(threads: 2))
            loss = equation.evaluate(
                indexed, permutation: permutation, rows: rows, perceptron: perceptron, gradient: slotGradient,
                perceptronGradient: perceptronGradient)

            var values = [Double](repeating: 0, count: entities * n)
            for (slot, entity) in indexed.entities.enumerated() {
                for k in 0..<n { values[Int(entity) * n + k] = Double(slotGradient.row(slot)[k]) }
            }
            let count = perceptron.shape.biases(3) + 1
            gradient = values + (0..<count).map { Double(perceptronGradient.buffer.base[$0]) }
        }
    }

    @Test(arguments: [1, 5, 128, 300], [1, 3, 8])
    func lossAndGradientAreTheFormulas(batch: Int, dimension: Int) throws {
        let fast = try Case(
            configuration: CrossEncoderConfiguration(
                dimension: dimension, weighting: .fractional(alpha: 1.5), batch: batch),
            entities: 40)
        let expected = fast.naive.loss(fast.batch, fast.permutation)
        #expect(abs(fast.loss - expected) <= 1e-5 * expected)
        let slopes = fast.naive.gradient(fast.batch, fast.permutation)
        #expect(slopes.count == fast.gradient.count)
        for (found, slope) in zip(fast.gradient, slopes) {
            #expect(abs(found - slope) <= 1e-5 * max(abs(slope), 0.1))
        }
    }

    @Test(arguments: [RankWeighting.top1, .stepwise, .fractional(alpha: 3)])
    func everyWeightingOfSection42WeighsTheLoss(weighting: RankWeighting) throws {
        let fast = try Case(
            configuration: CrossEncoderConfiguration(dimension: 3, batch: 100), weighting: weighting,
            entities: 40)
        let expected = fast.naive.loss(fast.batch, fast.permutation)
        #expect(abs(fast.loss - expected) <= 1e-5 * expected)
        for (found, slope) in zip(fast.gradient, fast.naive.gradient(fast.batch, fast.permutation)) {
            #expect(abs(found - slope) <= 1e-5 * max(abs(slope), 0.1))
        }
    }

    /// Central differences of the loss as printed, for every element of every tensor.
    @Test func gradientIsTheLossesSlope() throws {
        var fast = try Case(
            configuration: CrossEncoderConfiguration(
                dimension: 3, weighting: .fractional(alpha: 2), batch: 30), entities: 15)
        let h = 1e-6
        for index in fast.naive.parameters.indices {
            let value = fast.naive.parameters[index]
            fast.naive.parameters[index] = value + h
            let above = fast.naive.loss(fast.batch, fast.permutation)
            fast.naive.parameters[index] = value - h
            let below = fast.naive.loss(fast.batch, fast.permutation)
            fast.naive.parameters[index] = value
            #expect(abs(fast.gradient[index] - (above - below) / (2 * h)) < 5e-6, "parameter \(index)")
        }
    }

    /// With alpha = 0 a positive weighs 1/B, as a negative does.
    @Test func alphaZeroIsTheUnweightedLoss() throws {
        let configuration = CrossEncoderConfiguration(
            dimension: 2, weighting: .fractional(alpha: 0), batch: 25)
        let fast = try Case(configuration: configuration, entities: 30)
        let terms = fast.naive.terms(fast.batch, fast.permutation)
        let unweighted = terms.reduce(0) { sum, term in
            sum + log1p(exp(-term.sign * fast.naive.layers(term.q, term.d)[4][0])) / 25
        }
        #expect(abs(fast.loss - unweighted) <= 1e-5 * unweighted)
    }

    @Test func anAlphaThatUnderflowsStaysFinite() throws {
        let fast = try Case(
            configuration: CrossEncoderConfiguration(
                dimension: 2, weighting: .fractional(alpha: 1e4), batch: 25), entities: 30)
        #expect(fast.loss.isFinite)
        #expect(fast.gradient.allSatisfy { $0.isFinite })
    }
}
