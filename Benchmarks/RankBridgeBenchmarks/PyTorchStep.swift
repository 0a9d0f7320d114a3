import Foundation

/// Runs one of Benchmarks/*.py, which time the same step in PyTorch, and reads its line of JSON.
struct PyTorchStep {
    struct Result: Decodable {
        let milliseconds_per_step: Double
        let losses: [Double]
        let torch: String
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

    var description: String {
        switch self {
        case .script(let name, let status): "\(name) ended with status \(status)"
        }
    }
}
