import CRankKernels
import Tensors

/// One worker's activations and scratch, grown to the largest batch it has seen.
///
/// Names follow the formulas: h is the residual stream, x a normalised input (gain folded away).
final class DecoderWorkspace {
    /// What the backward pass needs of a layer.
    struct LayerActivations {
        /// Attention's normalised inputs; [rows, width].
        var x1 = Block()
        /// What they were multiplied by; [rows].
        var inverse1 = Block()
        /// Queries, keys and values, rotated; [rows, (heads + 2 key-value heads) x head dimension].
        var qkv = Block()
        /// The logarithm of each softmax's denominator; [sequences, heads, asking rows of the sequence].
        var logSums = Block()
        /// What attention gives; [rows, heads x head dimension].
        var mixed = Block()
        /// The feed-forward block's normalised inputs; [rows, width].
        var x2 = Block()
        /// What they were multiplied by; [rows].
        var inverse2 = Block()
        /// Gate, then what it opens; [rows, 2 x feed-forward width]. Backward puts their gradient in their place.
        var gateUp = Block()
    }

    /// A buffer that grows and never shrinks; its contents do not survive growth.
    struct Block {
        private var buffer = FloatBuffer(count: 0)

        mutating func reserve(_ count: Int) {
            guard buffer.count < count else { return }
            // The old memory is given back before new is asked for, so that both never exist at once.
            buffer = FloatBuffer(count: 0)
            buffer = FloatBuffer(count: count + count / 8)
        }

        var base: UnsafeMutablePointer<Float> { buffer.base }
    }

    let configuration: DecoderConfiguration
    /// The first layer whose activations are kept; the lower ones share its buffers.
    private let firstKept: Int
    /// The fewest keys of a sequence whose attention takes products in bfloat16; 0: none does.
    private let roundedFrom: Int
    /// Rows of logits that are held at once.
    let headRows: Int
    /// Whether backward computes a layer's activations once more, from its inputs, and layers share one set of buffers.
    var recomputes = false
    var layers: [LayerActivations]
    /// The residual stream before each layer, where it is computed once more; [rows, width].
    private var inputs: [Block]
    /// The residual stream; [rows, width].
    var h = Block()
    /// SwiGLU's outputs; [rows, feed-forward width].
    var activation = Block()
    /// Inputs times their norm's gain; [rows, width].
    var gained = Block()
    /// The last norm's outputs at the rows with targets; [target rows, width].
    var xFinal = Block()
    /// The output head's inputs: xFinal, or that times the last norm's gain.
    var headInputs: UnsafePointer<Float>?
    /// The output head, from `finalNorm` until the next matrix.
    var head: UnsafePointer<Float>?
    /// A matrix that is kept in bfloat16, as floats; [outputs, inputs].
    var expanded = Block()
    /// What the last norm multiplied by; [target rows].
    var inverseFinal = Block()
    /// Logits of some rows with targets, then their gradient; [at most `headRows`, vocabulary].
    var logits = Block()
    /// The residual stream's gradient; [rows, width].
    var dh = Block()
    /// The gradient of a norm's outputs; [rows, width].
    var dx = Block()
    /// The gradient of queries, keys and values; [rows, (heads + 2 key-value heads) x head dimension].
    var dqkv = Block()
    /// The gradient of what attention gives; [rows, heads x head dimension].
    var dmixed = Block()
    /// The gradient of SwiGLU's outputs; [rows, feed-forward width].
    var dactivation = Block()
    /// The gradient of the last norm's outputs; [target rows, width].
    var dxFinal = Block()
    /// The gradient of the last norm's inputs; before, those inputs; [target rows, width].
    var dhFinal = Block()
    /// Adapters' inputs after A; [rows, rank].
    var reduced = Block()
    /// Their gradient; [rows, rank].
    var reducedGradient = Block()
    /// Attention's packed heads and a few rows' scores: as many floats as the longest sequence demands.
    var scratch = Block()
    /// A product's left operand in bfloat16; [rows, half the columns] or [half the rows, columns] pairs.
    var left = PairBuffer()
    /// Its right operand, if that is no weight; [half the rows, columns] pairs.
    var right = PairBuffer()
    /// Floats of `logSums` before each sequence's own.
    var logSumStart: [Int] = []

    init(_ configuration: DecoderConfiguration, firstKept: Int, roundsProducts: Bool, headRows: Int) {
        self.configuration = configuration
        self.headRows = headRows
        self.firstKept = firstKept
        roundedFrom = roundsProducts ? ExecutionPlan.leastRoundedKeys : 0
        layers = Array(repeating: LayerActivations(), count: configuration.layers)
        inputs = Array(repeating: Block(), count: configuration.layers)
    }

    /// Which buffers a layer's activations are in before a backward pass.
    func slot(of layer: Int) -> Int { recomputes ? 0 : max(layer, firstKept) }

    /// Remembers the residual stream before a layer, if backward will want it.
    func keepInputs(of layer: Int, rows: Int) {
        guard recomputes, layer >= firstKept else { return }
        let count = rows * configuration.width
        inputs[layer].reserve(count)
        inputs[layer].base.update(from: h.base, count: count)
    }

    /// The residual stream as it was before a layer; false where its activations are still there.
    func restoreInputs(of layer: Int, rows: Int) -> Bool {
        guard recomputes else { return false }
        h.base.update(from: inputs[layer].base, count: rows * configuration.width)
        return true
    }

    /// First row that the last layer computes in full: the first tree's, unless prompts carry loss.
    func firstAskingRow(_ layer: Int, _ batch: PackedBatch, promptsAsk: Bool) -> Int {
        layer == configuration.layers - 1 && !promptsAsk ? batch.promptRows : 0
    }

    func shape(promptsAsk: Bool) -> rk_attention_shape {
        rk_attention_shape(
            heads: Int32(configuration.heads), key_value_heads: Int32(configuration.keyValueHeads),
            head_dimension: Int32(configuration.headDimension), prompt_asks: promptsAsk ? 1 : 0,
            window: Int32(clamping: configuration.slidingWindow ?? 0), rounded_from: Int32(roundedFrom))
    }

    func reserve(_ batch: PackedBatch, backward: Bool) {
        let c = configuration
        let rows = batch.rows
        reserveAttention(batch)
        // Without a backward pass all layers use the first one's buffers.
        for layer in backward ? Set((firstKept..<c.layers).map(slot)) : [0] {
            layers[layer].x1.reserve(rows * c.width)
            layers[layer].inverse1.reserve(rows)
            layers[layer].qkv.reserve(rows * c.qkvWidth)
            layers[layer].logSums.reserve(logSumStart[logSumStart.count - 1])
            layers[layer].mixed.reserve(rows * c.mixedWidth)
            layers[layer].x2.reserve(rows * c.width)
            layers[layer].inverse2.reserve(rows)
            layers[layer].gateUp.reserve(rows * 2 * c.feedForward)
        }
        h.reserve(rows * c.width)
        activation.reserve(rows * c.feedForward)
        guard backward else { return }
        dh.reserve(rows * c.width)
        dx.reserve(rows * c.width)
        dqkv.reserve(rows * c.qkvWidth)
        dmixed.reserve(rows * c.mixedWidth)
        dactivation.reserve(rows * c.feedForward)
    }

    private func reserveAttention(_ batch: PackedBatch) {
        // The most that a layer asks for: the last one may have fewer asking rows.
        var shape = shape(promptsAsk: true)
        logSumStart = [0]
        var largest = 0
        for sequence in batch.attentionSequences {
            sequence.withC { s in
                logSumStart.append(
                    logSumStart[logSumStart.count - 1] + rk_attention_log_sums(s, &shape))
                largest = max(largest, rk_attention_scratch(s, &shape))
            }
        }
        scratch.reserve(largest)
    }
}

extension DecoderConfiguration {
    var qkvWidth: Int { (heads + 2 * keyValueHeads) * headDimension }
    var mixedWidth: Int { heads * headDimension }
}
