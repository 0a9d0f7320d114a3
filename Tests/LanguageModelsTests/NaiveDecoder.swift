import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// The decoder once more, written for reading: one token at a time, double precision, no packing
/// and no folding. The fast one is checked against it.
struct NaiveDecoder {
    let configuration: DecoderConfiguration
    var weights: [String: [Double]]
    /// What ids beyond the vocabulary stand for.
    var inputVectors: [[Double]] = []

    init(_ parameters: DecoderParameters) {
        configuration = parameters.configuration
        weights = parameters.named(parameters.values).mapValues { $0.values.map(Double.init) }
    }

    /// Logits at each place; place i sees the places in `visible[i]`, itself included.
    func logits(tokens: [Int32], positions: [Int], visible: [[Int]]) -> [[Double]] {
        let c = configuration
        let embedding = weights["model.embed_tokens.weight"]!
        var h = tokens.map { token in
            Int(token) < c.vocabulary
                ? Array(embedding[(Int(token) * c.width)..<((Int(token) + 1) * c.width)])
                : inputVectors[Int(token) - c.vocabulary]
        }
        for layer in 0..<c.layers {
            let prefix = "model.layers.\(layer)."
            let x = h.map { norm($0, weights[prefix + "input_layernorm.weight"]!) }
            let mixed = attention(prefix, x, positions, visible)
            for i in h.indices { h[i] = add(h[i], product(prefix + "self_attn.o_proj.weight", mixed[i])) }
            for i in h.indices {
                let y = norm(h[i], weights[prefix + "post_attention_layernorm.weight"]!)
                let gate = product(prefix + "mlp.gate_proj.weight", y).map { $0 / (1 + exp(-$0)) }
                let up = product(prefix + "mlp.up_proj.weight", y)
                h[i] = add(h[i], product(prefix + "mlp.down_proj.weight", zip(gate, up).map { $0 * $1 }))
            }
        }
        let head = c.tiedHead ? "model.embed_tokens.weight" : "lm_head.weight"
        return h.map { product(head, norm($0, weights["model.norm.weight"]!)) }
    }

    /// Sum of weight * -log p(token | place).
    func loss(_ sequence: PackedSequence, _ targets: [TokenTarget]) -> Double {
        var visible: [[Int]] = []
        var positions: [Int] = []
        // How many tokens stand before a place, which is what a window counts.
        var depths: [Int] = []
        for place in sequence.tokens.indices {
            if place < sequence.promptLength {
                let block = sequence.blocks.first { $0.contains(place) }
                visible.append(
                    (0...place).filter { key in
                        guard let block else { return true }
                        return block.contains(key) || key < sequence.blocks[0].lowerBound
                    })
                depths.append(place)
                // Blocks begin side by side; what follows them stands behind the longest.
                let first = sequence.blocks.first?.lowerBound ?? 0
                let end = sequence.blocks.last?.upperBound ?? 0
                let longest = sequence.blocks.map(\.count).max() ?? 0
                if let block {
                    positions.append(first + place - block.lowerBound)
                } else {
                    positions.append(place < end ? place : place - end + first + longest)
                }
            } else {
                let parent = Int(sequence.branchParents[place - sequence.promptLength])
                visible.append(visible[parent] + [place])
                positions.append(positions[parent] + 1)
                depths.append(depths[parent] + 1)
            }
        }
        if let window = configuration.slidingWindow {
            for place in visible.indices {
                visible[place] = visible[place].filter { depths[place] - depths[$0] < window }
            }
        }
        let all = logits(tokens: sequence.tokens, positions: positions, visible: visible)
        return targets.reduce(0) { sum, target in
            let row = all[Int(target.place)]
            let top = row.max()!
            let logSum = top + log(row.reduce(0) { $0 + exp($1 - top) })
            return sum + Double(target.weight) * (logSum - row[Int(target.token)])
        }
    }

    private func attention(_ prefix: String, _ x: [[Double]], _ positions: [Int], _ visible: [[Int]])
        -> [[Double]]
    {
        let c = configuration
        let d = c.headDimension
        let q = x.indices.map { rotate(product(prefix + "self_attn.q_proj.weight", x[$0]), positions[$0]) }
        let k = x.indices.map { rotate(product(prefix + "self_attn.k_proj.weight", x[$0]), positions[$0]) }
        let v = x.map { product(prefix + "self_attn.v_proj.weight", $0) }
        return x.indices.map { i in
            (0..<c.heads).flatMap { head -> [Double] in
                let own = (head * d)..<((head + 1) * d)
                let shared = head / (c.heads / c.keyValueHeads)
                let given = (shared * d)..<((shared + 1) * d)
                let scores = visible[i].map { j in zip(q[i][own], k[j][given]).reduce(0) { $0 + $1.0 * $1.1 }
                }
                let e = scores.map { exp($0 / Double(d).squareRoot()) }
                let total = e.reduce(0, +)
                var out = [Double](repeating: 0, count: d)
                for (weight, j) in zip(e, visible[i]) {
                    for (index, value) in v[j][given].enumerated() { out[index] += weight / total * value }
                }
                return out
            }
        }
    }

    private func rotate(_ vector: [Double], _ position: Int) -> [Double] {
        let d = configuration.headDimension
        var out = vector
        for head in stride(from: 0, to: vector.count, by: d) {
            for c in 0..<(d / 2) {
                let angle = Double(position) * pow(configuration.rotaryBase, -2 * Double(c) / Double(d))
                let (a, b) = (vector[head + c], vector[head + c + d / 2])
                out[head + c] = a * cos(angle) - b * sin(angle)
                out[head + c + d / 2] = b * cos(angle) + a * sin(angle)
            }
        }
        return out
    }

    private func norm(_ x: [Double], _ gain: [Double]) -> [Double] {
        let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
        let factor = 1 / (mean + Double(configuration.normEpsilon)).squareRoot()
        return zip(x, gain).map { $0 * factor * $1 }
    }

    private func product(_ name: String, _ x: [Double]) -> [Double] {
        let w = weights[name]!
        return (0..<(w.count / x.count)).map { row in
            var sum = 0.0
            for column in x.indices { sum += w[row * x.count + column] * x[column] }
            return sum
        }
    }

    private func add(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
}

extension NaiveDecoder {
    /// Expects `loss` to be this decoder's over the cases, and `gradient` its central differences at a few weights of each tensor.
    func expect(
        _ loss: Double, _ gradient: FloatBuffer, of cases: [(PackedSequence, [TokenTarget])], scale: Double,
        at layout: ParameterLayout, stream: inout RandomStream
    ) {
        func total(_ decoder: NaiveDecoder) -> Double {
            cases.reduce(0) { $0 + scale * decoder.loss($1.0, $1.1) }
        }
        #expect(abs(loss - total(self)) < 1e-5 * max(1, abs(loss)))
        for entry in layout.entries {
            for _ in 0..<4 {
                let place = stream.uniform(below: entry.count)
                var shifted = self
                shifted.weights[entry.name]![place] += 1e-5
                let above = total(shifted)
                shifted.weights[entry.name]![place] -= 2e-5
                let difference = (above - total(shifted)) / 2e-5
                let own = Double(gradient[entry.offset + place])
                #expect(
                    abs(own - difference) < 2e-4 * max(1, abs(difference)),
                    "\(entry.name)[\(place)]: \(own), expected \(difference)")
            }
        }
    }
}
