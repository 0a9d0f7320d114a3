import Foundation
import Tensors
import Testing

@Suite struct ResourceUsageTests {
    @Test("the peak takes in what was held once, and never falls")
    func peakStays() {
        let bytes = 64 << 20
        func touch() -> Int {
            FloatBuffer(count: bytes / 4).fill(1)
            return ResourceUsage.current.peakMemoryBytes
        }
        let peak = touch()
        #expect(peak > bytes)
        #expect(ResourceUsage.current.peakMemoryBytes >= peak)
    }

    /// What a shell prints of itself lies below what this process held when it started that shell.
    @Test("Linux counts a program's peak from its own start")
    func peakIsTheProgramsOwn() throws {
        guard FileManager.default.fileExists(atPath: "/proc/self/status") else { return }
        let large = FloatBuffer(count: 64 << 18)
        large.fill(1)
        let (shell, output) = (Process(), Pipe())
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "grep VmHWM /proc/$$/status"]
        shell.standardOutput = output
        try shell.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        let kilobytes = try #require(
            text.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
        #expect(kilobytes * 1024 < 32 << 20, "\(kilobytes) kB")
        #expect(ResourceUsage.current.peakMemoryBytes > large.count * 4)
    }
}
