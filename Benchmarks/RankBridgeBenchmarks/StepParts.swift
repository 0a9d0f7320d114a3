import CRankKernels
import Foundation

/// Where the time of a step goes: products, each kind of kernel, and the rest (Swift's own loops, memory, waiting).
struct StepParts {
    /// What stands in the table, and the beginnings of the names of what it adds up.
    private static let groups: [(title: String, kernels: [String])] = [
        ("products", ["sgemm", "rk_pair_product"]),
        ("attention", ["rk_attention"]),
        ("norms and gains", ["rk_rms_norm", "rk_scale_columns"]),
        ("rotary positions", ["rk_rotate"]),
        ("SwiGLU", ["rk_swiglu"]),
        ("softmax and cross entropy", ["rk_softmax_row", "rk_log_sum_exp", "rk_counted_softmax"]),
        ("rows of the table, gathered and updated", ["rk_sphere", "rk_adam_"]),
        (
            "ReLU layers",
            ["rk_pair_relu", "rk_bias_relu", "rk_relu_backward", "rk_outer", "rk_sum_rows", "rk_dot"]
        ),
        ("adding gradients", ["rk_axpy", "rk_add_all"]),
        ("optimiser", ["rk_adamw", "rk_sum_of_squares"]),
        ("rounding to bfloat16", ["rk_pair_", "rk_round", "rk_expand"]),
    ]

    private let seconds: [(title: String, seconds: Double)]

    /// Begins to add up, from zero.
    static func start() { rk_take_times(1) }

    /// Ends that, with what was spent where since then.
    static func stop() -> StepParts {
        rk_take_times(0)
        var totals = groups.map { (title: $0.title, seconds: 0.0) }
        for part in 0..<rk_part_count() {
            let name = String(cString: rk_part_name(part))
            guard let group = groups.firstIndex(where: { $0.kernels.contains { name.hasPrefix($0) } }) else {
                totals.append((name, rk_part_seconds(part)))
                continue
            }
            totals[group].seconds += rk_part_seconds(part)
        }
        return StepParts(seconds: totals)
    }

    /// One line a part, largest first: milliseconds of all threads a step, and the share of what the threads had.
    ///
    /// - Parameters:
    ///   - steps: How many there were.
    ///   - wall: Milliseconds that a step of those takes, the stopwatch included.
    func report(steps: Int, wall: Double, threads: Int) -> String {
        let own = seconds.map { (title: $0.title, milliseconds: $0.seconds * 1000 / Double(steps)) }
        let all = wall * Double(threads)
        let rest = (title: "the rest", milliseconds: all - own.reduce(0) { $0 + $1.milliseconds })
        let lines =
            own.filter { $0.milliseconds >= all / 1000 }.sorted { $0.milliseconds > $1.milliseconds } + [rest]
        return lines.map { part in
            let share = 100 * part.milliseconds / all
            return String(format: "    %7.2f ms %5.1f %%  ", part.milliseconds, share) + part.title
        }.joined(separator: "\n")
    }
}
