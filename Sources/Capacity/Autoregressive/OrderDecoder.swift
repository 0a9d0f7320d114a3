import LanguageModels
import Options
import Tensors

/// A decoder that is trained to rank k documents in any order that its prompt asks for.
///
/// The loss is SToICaL's (equation 11) over all documents of each order, the optimiser AdamW. What is trained is the
/// same decoder as the rankers', with a width that does not grow with k.
public final class OrderDecoder {
    /// The decoder's shape and its training, all in their legal ranges.
    public let configuration: OrderDecoderConfiguration
    private let prompts: OrderPrompts
    private let decoder: Decoder
    private let optimizer: Optimizer
    private let seed: UInt64

    /// Orders laid out together.
    private static let ordersPerBatch = 32

    /// - Parameter seed: Decides the first weights and the orders of each step.
    public init(_ configuration: OrderDecoderConfiguration, seed: UInt64, workers: WorkerPool)
        throws(ConfigurationError)
    {
        try configuration.validate()
        self.configuration = configuration
        self.seed = seed
        prompts = OrderPrompts(
            docIDs: DigitDocIDs(alphabet: configuration.alphabet, documents: configuration.documents))
        let parameters = DecoderParameters(configuration.decoder(vocabulary: prompts.vocabulary), seed: seed)
        decoder = Decoder(parameters, workers: workers)
        optimizer = Optimizer(
            OptimizerConfiguration(
                kind: .adamw, learningRate: configuration.learningRate,
                warmupSteps: min(50, configuration.steps)),
            decoder.trained, totalSteps: configuration.steps, workers: workers)
    }

    /// Runs all steps. Call it once.
    ///
    /// - Returns: The loss of each step, per query.
    @discardableResult
    public func train() -> [Double] {
        (0..<configuration.steps).map { step in
            var stream = RandomStream(seed: seed, name: "capacity.orders", index: UInt64(step))
            let orders = Orders.sample(
                configuration.ordersPerStep, documents: configuration.documents, stream: &stream)
            let batches = batched(orders).map { orders in
                PackedBatch(
                    orders.map(prompts.sequence),
                    targets: orders.map { prompts.targets($0, alpha: configuration.alpha) })
            }
            let (loss, gradient) = decoder.lossAndGradient(batches, scale: 1 / Float(orders.count))
            _ = optimizer.apply(gradient, step: step)
            decoder.weightsChanged()
            return loss
        }
    }

    /// How many of `orders` come out wholly right where documents are sorted by log p(docID | query), ties being wrong.
    public func rightOrders(_ orders: [[Int]]) -> Int {
        let groups = batched(orders)
        let batches = groups.map { PackedBatch($0.map(prompts.sequence)) }
        let asked = zip(groups, batches).map { orders, batch in
            orders.indices.flatMap { index in
                prompts.asked.joined().map {
                    RowToken(row: batch.row(sequence: index, place: $0.place), token: $0.token)
                }
            }
        }
        let length = prompts.docIDs.length
        let logProbabilities = decoder.logProbabilities(batches, asked)
        return zip(groups, logProbabilities).reduce(0) { right, group in
            // The answers come order by order and document by document, each docID's tokens together.
            let scores = stride(from: 0, to: group.1.count, by: length).map { first in
                group.1[first..<first + length].reduce(0.0) { $0 + Double($1) }
            }
            return right
                + group.0.enumerated().filter { index, order in
                    Orders.isStrict(order) { scores[index * configuration.documents + $0] }
                }.count
        }
    }

    private func batched(_ orders: [[Int]]) -> [[[Int]]] {
        stride(from: 0, to: orders.count, by: OrderDecoder.ordersPerBatch).map {
            Array(orders[$0..<min($0 + OrderDecoder.ordersPerBatch, orders.count)])
        }
    }
}
