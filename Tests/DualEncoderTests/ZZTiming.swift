import Foundation
import RankingData
import Tensors
import Testing

@testable import DualEncoder

@Suite(.enabled(if: ProcessInfo.processInfo.environment["RB_TIMING"] != nil))
struct DualEncoderTiming {
    @Test func timing() throws {
        let env = ProcessInfo.processInfo.environment
        let steps = Int(env["RB_TIMING"]!)!
        let threads = Int(env["RB_THREADS"] ?? "2")!
        let task = try RankingTask(WordNet(), DataConfiguration(splitProtocol: .all))
        var configuration = DualEncoderConfiguration(steps: max(steps, 2000))
        if let text = env["RB_CONFIG"] {
            var object =
                try JSONSerialization.jsonObject(with: JSONEncoder().encode(configuration)) as! [String: Any]
            for (k, v) in try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any] {
                object[k] = v
            }
            configuration = try JSONDecoder().decode(
                DualEncoderConfiguration.self, from: JSONSerialization.data(withJSONObject: object))
        }
        let trainer = try DualEncoderTrainer(
            configuration: configuration, task: task, seed: 1, workers: WorkerPool(threads: threads))
        let clock = ContinuousClock()
        var times: [Double] = []
        var last = clock.now
        var loss = 0.0
        try trainer.train { p in
            let now = clock.now
            times.append(
                Double((now - last).components.attoseconds) / 1e15 + Double((now - last).components.seconds)
                    * 1e3)
            last = now
            loss += p.loss
            if p.step % (steps / 10) == 0 {
                print("step", p.step, "loss", loss / Double(steps / 10)); loss = 0
            }
            return p.step >= steps ? .stop : .more
        }
        let tail = times.suffix(max(steps - 50, 1))
        let mean = tail.reduce(0, +) / Double(tail.count)
        print("DualEncoder ms/step mean", mean, "median", tail.sorted()[tail.count / 2], "max", tail.max()!)
        let start = clock.now
        let ranker = try trainer.ranker()
        print("ranker", clock.now - start)
        let scores = try ranker.scores(for: task.evaluation)
        print("scores", clock.now - start)
        var hits = [Double](repeating: 0, count: 11), violations = 0.0
        for (q, s) in zip(task.evaluation, scores) {
            let n = q.documents.count
            let order = s.indices.sorted { s[$0] > s[$1] }
            for k in 1...10 {
                hits[k] += Double(order.prefix(k).filter { $0 < k && $0 < n }.count) / Double(min(k, n))
            }
            if s[..<n].min()! < s[n] { violations += 1 }
        }
        let count = Double(task.evaluation.count)
        print("R@k", hits[1...].map { ($0 / count * 1000).rounded() / 10 }, "CVR", violations / count * 100)
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        print(status.split(separator: "\n").filter { $0.hasPrefix("VmHWM") })
    }
}
