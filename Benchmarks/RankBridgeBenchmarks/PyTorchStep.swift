import Foundation

/// Runs one of Benchmarks/*.py, which time the same step in PyTorch, and reads its line of JSON.
struct PyTorchStep {
    struct Result: Decodable {
        let milliseconds_per_step: Double
        let losses: [Double]
        let torch: String
        /// Of the process that took the steps, where the script says it.
        let peak_memory_bytes: Int?
        /// How the decoder's attention was computed, where there is one.
        let attention: String?
    }

    let python: String
    let script: URL

    /// nil where this Python lacks a module: the ratio is then left out.
    static func find(
        python: String, script: String, folder: URL, modules: String = "torch, safetensors"
    ) -> PyTorchStep? {
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        probe.arguments = [python, "-c", "import \(modules)"]
        probe.standardOutput = FileHandle.nullDevice
        probe.standardError = FileHandle.nullDevice
        guard (try? probe.run()) != nil else { return nil }
        probe.waitUntilExit()
        guard probe.terminationStatus == 0 else { return nil }
        return PyTorchStep(python: python, script: folder.appendingPathComponent(script))
    }

    func run(_ arguments: [String]) throws -> Result {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, script.path] + arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError.script(script.lastPathComponent, process.terminationStatus)
        }
        return try JSONDecoder().decode(Result.self, from: data)
    }
}

enum BenchmarkError: Error, CustomStringConvertible {
    case script(String, Int32)
    case noProgram
    case losses(Double, Double)

    var description: String {
        switch self {
        case .script(let name, let status): "\(name) ended with status \(status)"
        case .noProgram: "this program's own file is not known, so it cannot be started anew"
        case .losses(let own, let theirs):
            "the same step has a loss of \(own) here and of \(theirs) in PyTorch"
        }
    }
}
