import Foundation
import Tensors

/// The same work here and in PyTorch, in turns: in float32 and, there under autocast, in bfloat16.
struct PeerComparison {
    /// What the milliseconds are of, for people to read.
    let unit: String
    /// What PyTorch's side is called.
    var peer = "PyTorch"
    /// What is timed on our side.
    var precisions = Precision.allCases

    /// Prints each round, and the medians' ratios; returns our median in float32.
    @discardableResult
    func run(
        rounds: Int, theirs: (Precision) throws -> PyTorchStep.Result, ours: (Precision) throws -> Double
    ) rethrows -> Double {
        var peers: [Precision: [Double]] = [:]
        var own: [Precision: [Double]] = [:]
        for _ in 0..<rounds {
            for precision in Precision.allCases {
                let theirs = try theirs(precision)
                peers[precision, default: []].append(theirs.milliseconds_per_step)
                var line = String(
                    format: "  %@ %@ %@: %.2f %@", peer, theirs.torch, precision.rawValue,
                    theirs.milliseconds_per_step, unit)
                if precisions.contains(precision) {
                    let milliseconds = try ours(precision)
                    own[precision, default: []].append(milliseconds)
                    line += String(format: "; ours beside it %.2f", milliseconds)
                }
                print(line)
            }
        }
        for (precision, milliseconds) in own.sorted(by: { $0.key.rawValue > $1.key.rawValue }) {
            let ratios = Precision.allCases.map { peer in
                String(format: "%.2f %@", median(peers[peer] ?? []) / median(milliseconds), peer.rawValue)
            }
            print(
                "  medians of \(rounds): ours in \(precision.rawValue) is faster than \(peer) by "
                    + ratios.joined(separator: ", "))
        }
        return median(own[.float32] ?? [])
    }
}
