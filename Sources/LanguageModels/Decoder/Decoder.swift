import CRankKernels
import Tensors

/// A decoder with all that workers need: weights, gradients and a workspace each.
///
/// Batches are dealt out to a fixed number of gradients, which take them in their order and are added up in
/// theirs. So losses and gradients are the same bits for any number of threads.
public final class Decoder {
    private let plan: ExecutionPlan
    private let tuning: FineTuning
    /// Whether activations are computed once more for the backward pass; nil: where they would not fit into memory.
    private let recomputes: Bool?
    /// The weights that it computes with, adapters left out.
    public let parameters: DecoderParameters
    private let inputVectors: InputVectors?
    private let folded: FoldedWeights
    private let rounded: RoundedWeights?
    private let learning: LearningPart
    private let workers: WorkerPool
    private let workspaces: [DecoderWorkspace]
    private var rotary: RotaryTable
    private var gradients: [GradientBuffer] = []

    /// - Parameters:
    ///   - tuning: What of it learns.
    ///   - seed: Of the adapters' first weights, where there are any.
    ///   - precision: Of the inputs of the layers' and the head's products, and of attention's in long sequences; adapters' are
    ///     in float32. A model whose weights are kept in bfloat16 computes in float32.
    ///   - inputVectors: What token ids from the vocabulary's size on stand for; nil: sequences have none.
    public convenience init(
        _ parameters: DecoderParameters, workers: WorkerPool, tuning: FineTuning = .full, seed: UInt64 = 0,
        precision: Precision = .float32, inputVectors: InputVectors? = nil
    ) {
        self.init(
            parameters, workers: workers, tuning: tuning, seed: seed, precision: precision,
            inputVectors: inputVectors, plan: ExecutionPlan(parameters.configuration), recomputes: nil)
    }

    /// - Parameter recomputes: Whether activations are computed once more for the backward pass rather than kept, which
    ///   gives the same bits for a third more time; nil: where a large model's would not fit into memory.
    init(
        _ parameters: DecoderParameters, workers: WorkerPool, tuning: FineTuning = .full, seed: UInt64 = 0,
        precision: Precision = .float32, inputVectors: InputVectors? = nil, plan: ExecutionPlan,
        recomputes: Bool? = false
    ) {
        precondition(
            inputVectors.map { $0.width == parameters.configuration.width } ?? true,
            "input vectors are as wide as the decoder")
        self.parameters = parameters
        self.inputVectors = inputVectors
        self.workers = workers
        self.plan = plan
        self.tuning = tuning
        self.recomputes = recomputes
        folded = FoldedWeights(
            parameters, isFolded: plan.foldsGains && tuning.isFull && parameters.halves == nil)
        let isRounded = precision == .bfloat16 && parameters.halves == nil
        rounded = isRounded ? RoundedWeights(parameters, folded) : nil
        let learning = LearningPart(tuning, parameters, seed: seed)
        self.learning = learning
        workspaces = (0..<workers.threads).map { _ in
            DecoderWorkspace(
                parameters.configuration, firstKept: learning.firstLayer, roundsProducts: isRounded,
                headRows: plan.headRows)
        }
        rotary = RotaryTable(parameters.configuration, positions: 256)
        // The folded and rounded copies are made for the first time.
        weightsChanged()
    }

    /// Whether sequences may hold vectors in the place of tokens.
    public var readsVectors: Bool { inputVectors != nil }

    /// What an optimiser moves.
    public var trained: TensorBlock { learning.tensors }

    /// The weights of one of the layout's tensors as the decoder computes with them: in single precision, with its
    /// adapter's product.
    public func write(_ entry: ParameterLayout.Entry, to target: UnsafeMutablePointer<Float>) {
        parameters.write(entry, to: target)
        learning.adapters?.add(to: target, of: entry, in: parameters)
    }

    /// Call after the weights have changed.
    public func weightsChanged() {
        folded.update(workers)
        rounded?.update(workers)
    }

    /// Loss of all batches' targets, and its gradient, laid out as the `trained` tensors.
    ///
    /// - Parameter scale: Multiplies loss and gradient, say 1 / (number of points).
    /// - Returns: The loss in nats, and the gradient; its first `trained.count` floats are valid
    ///   until the next call.
    public func lossAndGradient(_ batches: [PackedBatch], scale: Float) -> (
        loss: Double, gradient: FloatBuffer
    ) {
        precondition(!learning.isAll || parameters.halves == nil, "weights in bfloat16 do not learn")
        prepare(batches)
        // A decoder that has only scored until now has no copies for the products backward, and no gradients.
        rounded?.prepareToLearn(workers)
        chooseActivations(batches)
        while gradients.count < plan.gradients {
            gradients.append(GradientBuffer(parameters, learning, isFolded: folded.isFolded))
        }
        let (work, gradients) = (passes(), gradients)
        workers.run(gradients.count) { gradients[$0].reset() }
        var losses = [Double](repeating: 0, count: batches.count)
        losses.withUnsafeMutableBufferPointer { losses in
            guard let base = losses.baseAddress else { return }
            let results = SendablePointer(base)
            // Ascending, since a batch waits for smaller numbers to have added: those have all been started.
            workers.runAscending(batches.count) { worker, index in
                // Which gradient a batch adds to, and after which others, follows from its number and not from who is faster.
                let turn = GradientBuffer.Turn(
                    gradient: gradients[index % gradients.count], number: index / gradients.count)
                results.base[index] = work.passes[worker].lossAndGradient(
                    batches[index], scale: scale, into: turn)
            }
        }
        for gradient in gradients { gradient.addInputs(offset: parameters.layout.embedding) }
        addGradients()
        // Once for all batches: unfolding is linear, so it may follow the sum.
        if learning.isAll { folded.unfold(gradients[0], workers) }
        return (sum(losses), gradients[0].values)
    }

    /// The batches' losses added up as their gradients are.
    private func sum(_ losses: [Double]) -> Double {
        (0..<plan.gradients).reduce(0.0) { total, first in
            total + stride(from: first, to: losses.count, by: plan.gradients).reduce(0.0) { $0 + losses[$1] }
        }
    }

    /// log p(token | row) for each batch's asked pairs.
    public func logProbabilities(_ batches: [PackedBatch], _ asked: [[RowToken]]) -> [[Float]] {
        scores(batches, asked).map(\.logProbabilities)
    }

    /// log p(token | row) for each batch's asked pairs, and the most probable token of each row where that is wanted.
    ///
    /// - Parameter pieces: The most probable token is sought among the ids below this one, as a tokenizer may have fewer
    ///   pieces than the decoder has ids; nil: it is not sought.
    public func scores(
        _ batches: [PackedBatch], _ asked: [[RowToken]], pieces: Int? = nil
    ) -> [TokenScores] {
        precondition(batches.count == asked.count, "one list of pairs a batch")
        prepare(batches)
        var results = [TokenScores](repeating: TokenScores(count: 0), count: batches.count)
        results.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let target = SendablePointer(base)
            let work = passes()
            workers.runAscending(batches.count) { worker, index in
                target.base[index] = work.passes[worker].scores(
                    batches[index], asked[index], pieces: pieces)
            }
        }
        return results
    }

    /// Logits of the given rows of one batch, [rows, vocabulary].
    public func logits(_ batch: PackedBatch, rows: [Int]) -> [Float] {
        prepare([batch])
        return passes().passes[0].logits(batch, rows: rows)
    }

    /// log p of every token after each of the given rows of one batch, [rows, vocabulary].
    public func logProbabilities(_ batch: PackedBatch, rows: [Int]) -> [Float] {
        prepare([batch])
        return passes().passes[0].logProbabilities(batch, rows: rows)
    }

    private func prepare(_ batches: [PackedBatch]) {
        let longest = batches.reduce(0) { max($0, Int($1.positions.max() ?? 0)) } + 1
        if longest > rotary.positions {
            // Twice as many, so that batches which grow little by little do not make it anew each time.
            rotary = RotaryTable(parameters.configuration, positions: 2 * longest)
        }
    }

    /// Keeps activations for the backward pass, or has them computed once more, as the longest batch and memory demand.
    private func chooseActivations(_ batches: [PackedBatch]) {
        let rows = batches.reduce(0) { max($0, $1.rows) }
        let recomputes =
            recomputes
            ?? !parameters.configuration.keepsActivations(
                tuning, rows: rows, threads: workers.threads, precision: rounded == nil ? .float32 : .bfloat16
            )
        for workspace in workspaces { workspace.recomputes = recomputes }
    }

    private func passes() -> WorkerPasses {
        WorkerPasses(
            passes: workspaces.map {
                DecoderPass(
                    parameters: parameters, inputVectors: inputVectors, folded: folded, rounded: rounded,
                    rotary: rotary, learning: learning, workspace: $0)
            })
    }

    /// Adds the gradients into the first, in order, by ranges that workers share.
    private func addGradients() {
        guard gradients.count > 1 else { return }
        let count = gradients[0].values.count
        let first = SendablePointer(gradients[0].values.base)
        let others = gradients.dropFirst().map { SendablePointer($0.values.base) }
        workers.runRanges(count) { _, range in
            let parts = others.map { UnsafePointer($0.base + range.lowerBound) as UnsafePointer<Float>? }
            rk_add_all(parts, parts.count, first.base + range.lowerBound, range.count)
        }
    }
}

/// One pass a worker.
private struct WorkerPasses: @unchecked Sendable {
    let passes: [DecoderPass]
}

/// A pointer that workers write through at disjoint places.
struct SendablePointer<Pointee>: @unchecked Sendable {
    let base: UnsafeMutablePointer<Pointee>

    init(_ base: UnsafeMutablePointer<Pointee>) { self.base = base }
}
