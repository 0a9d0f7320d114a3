import CRankKernels
import Foundation
import Tensors

/// Gradients of the tensors that learn, and behind them the folded head's where it learns and is tied: the embedding's own
/// place then takes what comes in through the input tokens. A tied head that is not folded has its gradient in the
/// embedding's place, and what comes in through the input tokens waits until all heads have been added (`addInputs`).
///
/// Several batches may be under way and add to one buffer: each part of it takes them in the order of their
/// numbers (see `Turn`), so that sums are the same bits whoever is faster.
final class GradientBuffer: @unchecked Sendable {
    let values: FloatBuffer
    let headOffset: Int
    /// Where the first float lies in the decoder's layout.
    private let start: Int
    private let layers: Int
    /// The parts that anything is added to.
    private let parts: [Part]
    private let width: Int
    private let vocabulary: Int
    /// Whether the head's gradient lies in the embedding's place.
    private let headIsEmbedding: Bool
    /// By batches' numbers what comes in through their tokens; [tokens, width].
    private var inputs: [Int: (tokens: [Int32], gradient: FloatBuffer)] = [:]
    private let condition = NSCondition()
    /// How many batches have added to each part.
    private var added: [Int]

    /// What batches add to in one go: the head; a layer's feed-forward and attention weights; the embedding.
    enum Part {
        case head
        case feedForward(layer: Int)
        case attention(layer: Int)
        case embedding
    }

    init(_ parameters: DecoderParameters, _ learning: LearningPart, isFolded: Bool) {
        let c = parameters.configuration
        (layers, width, vocabulary) = (c.layers, c.width, c.vocabulary)
        headOffset = GradientBuffer.headOffset(parameters.layout, c, isFolded: isFolded)
        headIsEmbedding = headOffset == parameters.layout.embedding
        start = learning.tensors.start
        // A folded head's gradient is of another matrix than the embedding's, and batches add
        // to both at different turns.
        let tiedHead = learning.isAll && c.tiedHead && isFolded ? c.vocabulary * c.width : 0
        values = FloatBuffer(count: learning.tensors.count + tiedHead)
        var parts = [Part.head]
        for layer in learning.firstLayer..<c.layers {
            parts += [.feedForward(layer: layer), .attention(layer: layer)]
        }
        self.parts = learning.isAll && !headIsEmbedding ? parts + [.embedding] : parts
        added = Array(repeating: 0, count: 2 * c.layers + 2)
    }

    static func headOffset(_ layout: ParameterLayout, _ configuration: DecoderConfiguration, isFolded: Bool)
        -> Int
    {
        configuration.tiedHead && isFolded ? layout.count : layout.head
    }

    /// Zeros, and no batch has added anything.
    func reset() {
        values.fill(0)
        for index in added.indices { added[index] = 0 }
    }

    private func index(_ part: Part) -> Int {
        switch part {
        case .feedForward(let layer): 2 * layer
        case .attention(let layer): 2 * layer + 1
        case .head: 2 * layers
        case .embedding: 2 * layers + 1
        }
    }

    /// Adds what waited for all heads, in the order of batches.
    func addInputs(offset: Int) {
        for (_, batch) in inputs.sorted(by: { $0.key < $1.key }) {
            add(batch.gradient.base, of: batch.tokens, to: values.base - start + offset)
        }
        inputs = [:]
    }

    /// A token may stand in several rows, whose gradients add up in the order of rows. Input vectors have none.
    private func add(
        _ dh: UnsafePointer<Float>, of tokens: [Int32], to table: UnsafeMutablePointer<Float>
    ) {
        for (row, token) in tokens.enumerated() where Int(token) < vocabulary {
            rk_axpy(1, dh + row * width, table + Int(token) * width, width)
        }
    }

    /// One batch's place in the order of additions.
    struct Turn {
        let gradient: GradientBuffer
        /// 0 for the first batch that adds.
        let number: Int

        /// Calls `body` with the place of the layout's offset 0 once all earlier batches have added their part.
        func add(_ part: Part, _ body: (UnsafeMutablePointer<Float>) -> Void) {
            body(begin(part))
            end(part)
        }

        /// Waits until all earlier batches have added their part, and gives the place of the layout's offset 0. Later batches wait
        /// until `end`.
        func begin(_ part: Part) -> UnsafeMutablePointer<Float> {
            gradient.wait(part, for: number)
            // The buffer begins at the first tensor that learns, and offsets count from the layout's beginning.
            return gradient.values.base - gradient.start
        }

        /// Lets the next batch add its part.
        func end(_ part: Part) { gradient.finish(part) }

        /// Adds what comes in through a batch's tokens, [tokens, width], to their rows of the embedding at `offset`, or keeps it
        /// until `addInputs`.
        func addInputs(_ tokens: [Int32], _ dh: UnsafePointer<Float>, offset: Int) {
            guard gradient.headIsEmbedding else {
                return add(.embedding) { gradient.add(dh, of: tokens, to: $0 + offset) }
            }
            let kept = FloatBuffer(count: tokens.count * gradient.width)
            kept.base.update(from: dh, count: kept.count)
            gradient.condition.lock()
            gradient.inputs[number] = (tokens, kept)
            gradient.condition.unlock()
        }

        /// For a batch without targets: nothing to add, anywhere.
        func addNothing() {
            for part in gradient.parts { add(part) { _ in } }
        }
    }

    private func wait(_ part: Part, for number: Int) {
        condition.lock()
        while added[index(part)] < number { condition.wait() }
        condition.unlock()
    }

    private func finish(_ part: Part) {
        condition.lock()
        added[index(part)] += 1
        // To all, since the batches that wait are for different parts.
        condition.broadcast()
        condition.unlock()
    }
}
